"""One block's text in, spans of Markdown out."""

import html
import re
from dataclasses import dataclass, field

from langtail_nb._text.markdown import formulas, links
from langtail_nb._text.markdown.code_blocks import span
from langtail_nb._text.markdown.direction import runs_left
from langtail_nb._text.markdown.escaping import literal, literal_each

_SPECIAL = re.compile("[\\\\`$<&\\[\\]!*_~\n\x0b\x0c\x1c-\x1f\x85\u2028\u2029\ufeff]|@@+|://|www\\.")
_BACKTICKS = re.compile("`+")
_RUN = re.compile(r"\*+|_+|~+")
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_DUNDER = re.compile(r"__[a-z][a-z0-9]*(?:_[a-z0-9]+)*__(?![A-Za-z0-9_])")
_DUNDER_NAMES = {f"__{name}__" for name in ("all", "file", "main", "version")} | {
    name for kind in (object, type, int, list, dict, type(re), type(literal)) for name in dir(kind)
}
_NAME_BEFORE = frozenset(".\"'")
_NAME_AFTER = frozenset("(\"'")
_BREAK = re.compile(r"</?br[ \t]*/?>", re.IGNORECASE)
# Breaks in a row, and the newline that often follows them.
_BREAKS = re.compile(_BREAK.pattern + r"(?:\s*" + _BREAK.pattern + r")*[ \t]*\n?[ \t]*", re.IGNORECASE)
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_END_OF_ENVIRONMENT = {"(": r"\)", "[": r"\]"}
_LONG_TARGET = 300
_LONG_ALT = 300


@dataclass(slots=True)
class _Bracket:
    """An open bracket that may turn out to begin a link."""

    index: int  # in the output
    start: int  # in the source, after the bracket
    image: bool


@dataclass(slots=True)
class Inline:
    """Reads the text of one block.

    Args:
        text: The block's text, lines joined by newlines, without the marks of lists, quotes, headings.
        definitions: Addresses by label, for reference links.
        cell: Whether the text is a cell of a table.
    """

    text: str
    definitions: dict[str, str]
    cell: bool = False
    out: list[str] = field(default_factory=list)
    _brackets: list[_Bracket] = field(default_factory=list)
    _standing: list[tuple[int, str]] = field(default_factory=list)
    _open_runs: dict[str, int] = field(default_factory=dict)
    _closers: dict[int, list[int]] | None = None
    _next_close: dict[str, int] = field(default_factory=dict)
    _linked_below: int = 0  # open brackets under this height hold a link already
    _from_the_right: bool = False

    def render(self) -> str:
        """Return the text as Markdown; a newline in it stands for a newline of the text."""
        position, text = 0, self.text
        self._from_the_right = not text.isascii() and runs_left([text])
        while found := _SPECIAL.search(text, position):
            self.out.append(text[position : found.start()])
            position = self._special(found[0], found.start(), found.end())
        self.out.append(text[position:])
        return "".join(self.out)

    def _special(self, mark: str, start: int, end: int) -> int:
        """Write what begins at ``start`` and return where it ends."""
        step = _STEPS.get(mark)
        if step:
            return step(self, start)
        # Left: "@@", which JupyterLab takes for the place of a formula, and odd spaces.
        self.out.append(literal(mark))
        return end

    def _write(self, markdown: str, end: int) -> int:
        self.out.append(markdown)
        return end

    def _newline(self, start: int) -> int:
        self.out[-1] = self.out[-1].rstrip(" ")
        return self._write("\n", start + 1)

    def _backslash(self, start: int) -> int:
        following = self.text[start + 1 : start + 2]
        if following in ("(", "["):
            return self._bracketed_math(start, following)
        if following == "b" and (found := formulas.ENVIRONMENT.match(self.text, start)):
            return self._environment(start, found)
        if following == "\n":
            return self._newline(start + 1)
        if following in _PUNCTUATION:
            return self._write(literal(following), start + 2)
        return self._write(literal("\\"), start + 1)

    def _bracketed_math(self, start: int, opening: str) -> int:
        end = self._find_close(start + 2, _END_OF_ENVIRONMENT[opening])
        if end < 0:
            return self._write(literal(opening), start + 2)
        if end - start > formulas.LIMIT or not formulas.is_symbolic(self.text[start + 2 : end]):
            return self._write(literal(opening), start + 2)
        source = self.text[start + 2 : end]
        return self._formula(source, start, end + 2, display=opening == "[")

    def _find_close(self, start: int, closing: str) -> int:
        """Return where ``closing`` stands next, not as the second half of a double backslash, or -1."""
        known = self._next_close.get(closing, 0)
        if known < 0 or known >= start:
            return known
        end = self.text.find(closing, start)
        while end > 0 and self._is_escaped(end):
            end = self.text.find(closing, end + 2)
        self._next_close[closing] = end
        return end

    def _is_escaped(self, position: int) -> bool:
        """Return whether an odd number of backslashes stands before the position."""
        first = position
        while first and self.text[first - 1] == "\\":
            first -= 1
        return (position - first) % 2 == 1

    def _environment(self, start: int, found: re.Match[str]) -> int:
        closing = f"\\end{{{found[1]}}}"
        end = self._find_close(found.end(), closing)
        if end < 0:
            return self._write(literal("\\"), start + 1)
        return self._formula(self.text[start : end + len(closing)], start, end + len(closing), display=True)

    def _formula(self, source: str, start: int, end: int, *, display: bool) -> int:
        """Write a formula, or its source as code where it cannot be shown safely."""
        formula = formulas.clean(source)
        if formula is None:
            return self._code(self.text[start:end], end)
        return self._write(self._marked(formula, "$$" if display else "$"), end)

    def _marked(self, formula: str, marks: str) -> str:
        if self.cell:
            formula = formula.replace("\\|", r"\Vert ").replace("|", r"\vert ")
        return f"{marks}{formula}{marks}"

    def _dollar(self, start: int) -> int:
        if formula := formulas.between_dollars(self.text, start):
            marks = "$$" if formula.display else "$"
            return self._write(self._marked(formula.source, marks), formula.end)
        marks = "$$" if self.text.startswith("$$", start) else "$"
        return self._write(literal(marks), start + len(marks))

    def _backtick(self, start: int) -> int:
        run = _BACKTICKS.match(self.text, start)
        assert run
        close = self._closing_run(len(run[0]), run.end())
        if close is None:
            return self._write(literal(run[0]), run.end())
        source = self.text[run.end() : close].replace("\n", " ")
        if source.startswith(" ") and source.endswith(" ") and source.strip():
            source = source[1:-1]
        return self._code(source, close + len(run[0]))

    def _code(self, source: str, end: int) -> int:
        """Write code; in a text that runs from right to left it keeps a direction of its own."""
        joined = next((piece for piece in reversed(self.out) if piece), "").endswith("`")
        code = span(source, cell=self.cell, joined=joined)
        if self._from_the_right:
            code = f'<span dir="auto">{code}</span>'
        return self._write(code, end)

    def _closing_run(self, length: int, start: int) -> int | None:
        if self._closers is None:
            self._closers = {}
            for run in _BACKTICKS.finditer(self.text):
                self._closers.setdefault(len(run[0]), []).append(run.start())
            for starts in self._closers.values():
                starts.reverse()
        starts = self._closers.get(length, [])
        while starts and starts[-1] < start:
            starts.pop()
        return starts[-1] if starts else None

    def _less(self, start: int) -> int:
        if found := _BREAKS.match(self.text, start):
            return self._break(found)
        if found := links.ANGLE.match(self.text, start):
            written = found[1] if ":" in found[1] else f"mailto:{found[1]}"
            goal = links.address(written)
            if goal:
                return self._standing_link(literal(found[1]), goal, found.end())
        return self._write("&lt;", start + 1)

    def _break(self, found: re.Match[str]) -> int:
        """Write line breaks that a model wrote as HTML."""
        count = len(_BREAK.findall(found[0]))
        if self.cell:
            # Where a reader drops the tag, as on the way to PDF, the space still parts the words.
            return self._write(" " + "<br>" * count, found.end())
        self.out[-1] = self.out[-1].rstrip(" ")
        if found.start() == 0 or found.end() == len(self.text):
            return found.end()
        return self._write("\n" + "<br>" * (count - 1), found.end())

    def _ampersand(self, start: int) -> int:
        if found := _REFERENCE.match(self.text, start):
            meant = html.unescape(found[0])
            if meant != found[0]:
                return self._write(literal(meant), found.end())
        return self._write("&amp;", start + 1)

    def _exclamation(self, start: int) -> int:
        if self.text.startswith("[", start + 1):
            return self._open(start + 2, image=True)
        return self._write("!", start + 1)

    def _left(self, start: int) -> int:
        return self._open(start + 1, image=False)

    def _open(self, end: int, *, image: bool) -> int:
        self._brackets.append(_Bracket(len(self.out), end, image))
        return self._write("!&#91;" if image else "&#91;", end)

    def _right(self, start: int) -> int:
        if not self._brackets:
            return self._write("&#93;", start + 1)
        bracket = self._brackets.pop()
        height = len(self._brackets)
        taken = not bracket.image and height < self._linked_below
        self._linked_below = min(self._linked_below, height)
        goal, end = self._target(bracket, start)
        if goal is None or taken:
            return self._no_link(start, end)
        if bracket.image:
            return self._image(bracket, start, goal, end)
        self._close_link(bracket, goal)
        return end

    def _target(self, bracket: _Bracket, start: int) -> tuple[str | None, int]:
        """Return the address of a link whose text ends at ``start``, and where the link ends."""
        after = start + 1
        if found := links.TARGET.match(self.text, after):
            return links.address(found[1]), found.end()
        key = self.text[bracket.start : start] if start - bracket.start <= 400 else ""
        end = after
        if found := links.LABEL.match(self.text, after):
            key, end = found[1] or key, found.end()
        goal = self.definitions.get(links.label(key))
        return goal, end if goal else after

    def _close_link(self, bracket: _Bracket, goal: str) -> None:
        self._forget_links(bracket.index, keep_text=True)
        self._no_picture(bracket.index)
        self.out[bracket.index] = "["
        if not "".join(self.out[bracket.index + 1 :]).strip():
            self.out.append(literal(goal))
        self.out.append(f"]({goal})")
        self._linked_below = len(self._brackets)

    def _forget_links(self, index: int, *, keep_text: bool) -> None:
        """Make the links written since ``index`` plain text, because a link closes around them."""
        while self._standing and self._standing[-1][0] > index:
            at, plain = self._standing.pop()
            if keep_text:
                self.out[at] = plain

    def _standing_link(self, plain: str, goal: str, end: int) -> int:
        """Write a link that a link around it may yet turn into text."""
        self._no_picture(len(self.out))
        self._standing.append((len(self.out), plain))
        return self._write(links.link(plain, goal), end)

    def _no_picture(self, index: int) -> None:
        """Keep an exclamation mark from making a picture of the link that begins at ``index``."""
        before = next((at for at in range(index - 1, -1, -1) if self.out[at]), None)
        if before is not None and self.out[before].endswith("!"):
            self.out[before] = f"{self.out[before][:-1]}&#33;"

    def _image(self, bracket: _Bracket, start: int, goal: str, end: int) -> int:
        alt = literal(self.text[bracket.start : min(start, bracket.start + _LONG_ALT)]).strip()
        self._forget_links(bracket.index, keep_text=False)
        del self.out[bracket.index :]
        return self._standing_link(f"image: {alt}" if alt else "image", goal, end)

    def _no_link(self, start: int, end: int) -> int:
        """Write the end of a text that is no link; the data of a picture, if such follows, cut short."""
        if end - start > _LONG_TARGET:
            return self._write(f"&#93;{literal(self.text[start + 1 : start + _LONG_TARGET])}…)", end)
        return self._write("&#93;", start + 1)

    def _emphasis(self, start: int) -> int:
        found = _RUN.match(self.text, start)
        assert found
        run, end = found[0], found.end()
        before = self.text[start - 1 : start] if start else " "
        after = self.text[end : end + 1] or " "
        if run == "_" and _joins(before, after):
            return self._write("_", end)  # no reader takes it for emphasis inside a name
        if run[0] == "_" and (dunder := _DUNDER.match(self.text, start)) and self._is_dunder(dunder):
            return self._write(literal(dunder[0]), dunder.end())
        if not self._keeps(run, before, after):
            return self._write(literal(run), end)
        closes = self._open_runs.get(run, 0) > 0 and not before.isspace()
        self._open_runs[run] = self._open_runs.get(run, 0) + (-1 if closes else not after.isspace())
        # Markdown does not close after a mark of punctuation if a letter follows, as in "**Note:**This" and
        # in any Chinese or Japanese text, nor open between a letter and such a mark. A reference is one too.
        if closes and after.isalnum() and not before.isalnum():
            return self._write(run + literal_each(after), end + 1)
        if not closes and before.isalnum() and not after.isalnum() and self.out[-1].endswith(before):
            self.out[-1] = self.out[-1][:-1] + literal_each(before)
        return self._write(run, end)

    def _is_dunder(self, found: re.Match[str]) -> bool:
        before = self.text[max(found.start() - 1, 0) : found.start()]
        after = self.text[found.end() : found.end() + 1]
        return found[0] in _DUNDER_NAMES or before in _NAME_BEFORE or after in _NAME_AFTER

    def _keeps(self, run: str, before: str, after: str) -> bool:
        """Return whether a run of marks is emphasis: not a product, a name, or a mark alone."""
        if run[0] == "~":
            return len(run) == 2
        if len(run) > 3 or (before.isspace() and after.isspace()):
            return False
        return run[0] != "_" and self._open_runs.get(run, 0) > 0 if _joins(before, after) else True

    def _scheme(self, start: int) -> int:
        written = self.out[-1]
        scheme = re.search(r"https?$", written[-5:], re.IGNORECASE)
        found = links.BARE.match(self.text, start + 1)
        if scheme and found and (made := links.bare_address(f"{scheme[0]}:{found[0]}")):
            self.out[-1] = written[: -len(scheme[0])]
            return self._standing_link(literal(made[0]), made[1], start - len(scheme[0]) + len(made[0]))
        return self._write("&#58;//", start + 3)

    def _www(self, start: int) -> int:
        found = links.WWW.match(self.text, start)
        if found and (made := links.bare_address(found[0])):
            return self._standing_link(literal(made[0]), made[1], start + len(made[0]))
        return self._write("www&#46;", start + 4)


def _joins(before: str, after: str) -> bool:
    """Return whether a run stands inside a product or a name, as in ``2*3*4`` or ``(a)*(b)``.

    ASCII only: Chinese and Japanese have no spaces, so there emphasis always stands inside.
    """
    left = before.isascii() and (before.isalnum() or before in ")]}")
    return left and after.isascii() and (after.isalnum() or after in "([{")


_STEPS = {
    "\n": Inline._newline,
    "\\": Inline._backslash,
    "$": Inline._dollar,
    "`": Inline._backtick,
    "<": Inline._less,
    "&": Inline._ampersand,
    "!": Inline._exclamation,
    "[": Inline._left,
    "]": Inline._right,
    "*": Inline._emphasis,
    "_": Inline._emphasis,
    "~": Inline._emphasis,
    "://": Inline._scheme,
    "www.": Inline._www,
}


def inline_markdown(text: str, definitions: dict[str, str], *, cell: bool = False) -> str:
    """Return the text of one block as Markdown."""
    if not _SPECIAL.search(text):
        return text
    return Inline(text, definitions, cell).render()
