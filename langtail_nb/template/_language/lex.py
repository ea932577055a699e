"""Tokens of a tag, as Handlebars' lexer cuts them.

Source: Handlebars 4.7.10, rules of the generated lexer, in their order.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from langtail_nb.template._language.nodes import TemplateError

_SPACE: Final = "[\\t\\n\\v\\f\\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"
_NOT_IN_A_NAME: Final = (
    '\\t\\n\\v\\f\\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff!"#%-,./;->@\\[-^`{-~'
)
_AFTER_LITERAL: Final = f"(?=[~}})]|{_SPACE})"

OPENER: Final = re.compile(
    rf"""\{{\{{(?:
    (?P<raw>\{{\{{) | (?P<tilde>~?)(?:
        (?P<partial>>) | (?P<partial_block>\#>) | (?P<block>\#) | (?P<end>/)
      | (?P<inverse>(?:\^ | {_SPACE}*else){_SPACE}*(?P<inverse_tilde>~?)\}}\}})
      | (?P<open_inverse>\^) | (?P<chain>{_SPACE}*else\b)
      | (?P<unescaped>\{{) | (?P<ampersand>&) | (?P<comment>!(?:--)?) | (?P<mustache>)
    ))""",
    re.VERBOSE | re.ASCII,
)
RAW_END: Final = re.compile(rf"\{{\{{\{{\{{/([^{_NOT_IN_A_NAME}]+)\}}\}}\}}\}}")

_TOKEN = re.compile(
    rf"""(?:{_SPACE}*+)(?:
    (?P<open>\() | (?P<shut>\)) | (?P<close_raw>\}}\}}\}}\}}) | (?P<equals>=)
  | (?P<relative>\.\. | \.(?=[=~}}/.)|]|{_SPACE})) | (?P<separator>[/.])
  | (?P<close_unescaped>\}}~?\}}\}}) | (?P<close>~?\}}\}})
  | (?P<quote>["']) | (?P<at>@) | (?P<boolean>true{_AFTER_LITERAL} | false{_AFTER_LITERAL})
  | (?P<undefined>undefined{_AFTER_LITERAL}) | (?P<null>null{_AFTER_LITERAL})
  | (?P<number>-?[0-9]+(?:\.[0-9]+)?{_AFTER_LITERAL})
  | (?P<as>as{_SPACE}+\|) | (?P<pipe>\|)
  | (?P<name>[^{_NOT_IN_A_NAME}]++(?=[=~}}/.)|]|{_SPACE})) | (?P<bracket>\[)
    )""",
    re.VERBOSE | re.ASCII,
)
_NAME_RUN = re.compile(rf"{_SPACE}*+[^{_NOT_IN_A_NAME}]*+")
_UNESCAPED: Final = {mark: re.compile(rf"(?<!\\){re.escape(mark)}") for mark in "\"']"}
LINE_BREAK = re.compile("[\n\r\u2028\u2029]")


class Token(NamedTuple):
    """One token; ``text`` is its value, without quotes and escapes.

    ``literal`` marks a name in brackets, where ``this`` and ``..`` mean nothing special.
    """

    kind: str
    text: str
    start: int
    end: int
    literal: bool = False


def token(text: str, position: int) -> Token:
    """Return the token at a position inside a tag.

    Raises:
        TemplateError: No token begins there.
    """
    match = _TOKEN.match(text, position)
    if match is None:
        raise _no_token(text, position)
    kind = match.lastgroup or ""
    start, end = match.span(kind)
    if kind == "quote":
        return _string(text, start)
    if kind == "bracket":
        return _bracketed(text, start)
    return Token("name" if kind == "relative" else kind, match[kind], start, end)


def _string(text: str, start: int) -> Token:
    quote = text[start]
    end = _closing(text, start, quote)
    if end < 0:
        raise TemplateError(f"The text that starts with {quote} is never closed: add {quote}.", start)
    return Token("string", text[start + 1 : end].replace("\\" + quote, quote), start, end + 1)


def _bracketed(text: str, start: int) -> Token:
    end = _closing(text, start, "]")
    if end < 0:
        raise TemplateError("The name that starts with [ is never closed: add ].", start)
    raw = re.sub(r"\\([\\\]])", r"\1", text[start : end + 1])
    if LINE_BREAK.search(raw):
        return Token("name", raw, start, end + 1)
    return Token("name", raw[1:-1], start, end + 1, literal=True)


def _closing(text: str, start: int, mark: str) -> int:
    """Return where a quoted text ends: at the first mark without a backslash before it.

    If there is none, at the last mark of all: that is where Handlebars' expression backtracks to.
    """
    match = _UNESCAPED[mark].search(text, start + 1)
    return match.start() if match else text.rfind(mark, start + 1)


def _no_token(text: str, position: int) -> TemplateError:
    run = _NAME_RUN.match(text, position)
    at = run.end() if run else position
    end, following = text.find("}}", at), text.find("{{", at)
    if following == at:
        return TemplateError("A tag starts inside another one: close the first with }}.", at)
    if end < 0 or 0 <= following < end:
        return TemplateError("The tag is never closed: add }}.", at)
    return TemplateError(f"{text[at]!r} has no meaning here: put the name in brackets, [like this].", at)
