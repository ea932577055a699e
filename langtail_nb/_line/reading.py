"""Text in, a typed line out: what ``%%langtail`` and its options say, before anything is evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from keyword import iskeyword
from typing import Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.checks import check_word
from langtail_nb._line.option import Option
from langtail_nb._line.options import OPTIONS, spellings
from langtail_nb._line.scanner import Expr, Scanner
from langtail_nb._line.typed_line import Typed, TypedLine, Variable
from langtail_nb._types.deployed import DEPLOYED, Deployed

# Members of the body that have an option of their own, because the thread logic must know them.
_NOT_FIELDS = {
    "threadId": "--thread", "messages": "--messages", "variables": "-v", "stream": "--no-stream",
}  # fmt: skip
_NAMED_EXPR: Final = re.compile(r"([^\W\d]\w*)?:=")


def split_cell(line: str, body: str) -> tuple[str, str]:
    r"""Return the whole option line of a cell and its message.

    Lines that follow a trailing ``\`` move from the body to the line. Of the message the one newline is
    dropped that IPython adds.
    """
    last = line
    while last.rstrip().endswith("\\"):
        last, _, body = body.partition("\n")
        line = f"{line.rstrip()[:-1].rstrip()} {last.strip()}"
    return line, body.removesuffix("\n")


def parse(line: str, body: str | None = None, *, where: str = "cell") -> TypedLine:
    """Return what an option line says.

    Args:
        line: The text after ``%%langtail``.
        body: The cell's body as IPython hands it over; its continued lines count as options.
        where: ``cell`` for a call, ``set`` for what ``%langtail set`` takes.

    Raises:
        ConfigurationError: An option is unknown, given twice or has no value; a quote is never closed.
    """
    if body is not None:
        line, body = split_cell(line, body)
    else:
        line, _ = split_cell(*line.partition("\n")[::2])
    typed, known = TypedLine(body=body), spellings(where)
    scanner = Scanner(line)
    # As in Python, a # where a word could begin makes a remark of the rest; quoted, it is the word's.
    while scanner.more() and not scanner.next_is("#"):
        if scanner.next_is("-"):
            _read_option(scanner, typed, known, where)
        else:
            _read_target(scanner, typed, where)
    _check_together(typed)
    return typed


def _read_target(scanner: Scanner, typed: TypedLine, where: str) -> None:
    text = scanner.text()
    if text == ";":
        raise ConfigurationError("a ; means nothing on this line; -q shows nothing of an answer")
    _check_dashes(text, where)
    if where == "set":
        raise ConfigurationError(f"unexpected {text!r}: {_meant(text, scanner, where)}")
    if typed.target is not None:
        raise ConfigurationError(f"two targets, {typed.target!r} and {text!r}{_SPACES}")
    typed.target = text


def _check_dashes(text: str, where: str) -> None:
    """Refuse what a word processor makes of two hyphens."""
    bare = text.lstrip("\u2010\u2011\u2012\u2013\u2014\u2212-")
    if bare != text and f"--{bare}" in spellings(where):
        raise ConfigurationError(f"{text!r} begins with another dash; write two hyphens: --{bare}")
    if bare != text and f"-{bare}" in spellings(where):
        raise ConfigurationError(f"{text!r} begins with another dash; write a hyphen: -{bare}")


def _meant(text: str, scanner: Scanner, where: str) -> str:
    """Return what helps whoever writes a setting without its dashes, as ``unset`` takes it."""
    name, equals, value = text.partition("=")
    option = f"--{name.replace('_', '-')}"
    if option in spellings(where):
        value = value if equals else scanner.text() if scanner.more() else "VALUE"
        return f"write {option} {value}"
    return f"%langtail set takes options only{_SPACES}"


_SPACES = "; a value with spaces needs quotes, an expression with spaces parentheses"


def _read_option(scanner: Scanner, typed: TypedLine, known: Mapping[str, Option], where: str) -> None:
    spelled = scanner.word()
    option = known.get(spelled)
    if option is None:
        raise ConfigurationError(_unknown(spelled, known, where))
    if option.name in typed.spelled and not option.repeated:
        raise ConfigurationError(f"{spelled} is given twice")
    typed.spelled[option.name] = spelled
    if option.reads not in ("nothing", "optional") and not scanner.more():
        raise ConfigurationError(f"{spelled} needs a value: {spelled} {option.metavar}")
    _store(typed, option, read_value(scanner, option, spelled))


def _unknown(spelled: str, known: Mapping[str, Option], where: str) -> str:
    name, equals, value = spelled.partition("=")
    if equals and name in known:
        return f"unknown option {spelled!r}; write {name} {value}"
    if spelled[:2] in known and not spelled.startswith("--"):
        return f"unknown option {spelled!r}; write {spelled[:2]} {spelled[2:]}"
    elsewhere = any(spelled in option.spellings for option in OPTIONS.values())
    if elsewhere:
        place = "in %langtail set" if where == "cell" else "in a cell"
        return f"{spelled} works {place} only"
    return f"unknown option {spelled!r}{_near_option(spelled, known)}; %%langtail? lists all"


def _near_option(spelled: str, known: Mapping[str, Option]) -> str:
    # Without the dashes, which all have in common.
    bare = {name.lstrip("-"): name for name in known if name.startswith("--")}
    typed = spelled.lstrip("-")
    begins = [name for name in bare if len(typed) > 2 and name.startswith(typed)][:2]
    close = begins or get_close_matches(typed, bare, n=2, cutoff=0.7)
    return f" (did you mean {' or '.join(bare[name] for name in close)}?)" if close else ""


def read_value(scanner: Scanner, option: Option, spelled: str) -> Typed:
    """Take the value that follows ``option``, as typed; True for a flag."""
    if option.reads == "nothing" or (option.reads == "optional" and _is_left_out(scanner)):
        return True
    if option.reads in ("pair", "variable"):
        return _read_named(scanner, option, spelled)
    if option.reads == "score":
        return _read_score(scanner, spelled)
    # Quotes make text of anything, so that a text may be ":=" or the word deployed.
    if scanner.next_is(":="):
        return _read_expr(scanner, spelled)
    bare = not scanner.quoted()
    if option.reads == "expr":
        text = scanner.expression()
        return DEPLOYED if option.field and text == "deployed" else Expr(text)
    text = scanner.text()
    if bare and option.field and text == "deployed":
        return DEPLOYED
    check_word(option, text, spelled)
    return text


def _is_left_out(scanner: Scanner) -> bool:
    return not scanner.more() or scanner.next_is("-") or scanner.next_is("#")


def _read_score(scanner: Scanner, spelled: str) -> Variable:
    match = _NAMED_EXPR.match(scanner.line, scanner.at)
    scanner.at += len(match[0]) if match else 0
    text = scanner.expression()
    if not text:
        raise ConfigurationError(f"{spelled} has nothing after :=")
    return Variable((match[1] if match else None) or "", "expr", text)


def _read_expr(scanner: Scanner, spelled: str) -> Expr:
    scanner.at += 2
    text = scanner.expression()
    if not text:
        raise ConfigurationError(f"{spelled} has nothing after :=")
    return Expr(text)


def _read_named(scanner: Scanner, option: Option, spelled: str) -> Variable | Expr | Deployed:
    if option.reads == "pair" and scanner.next_is(":="):
        return _read_expr(scanner, spelled)
    if scanner.quoted():
        return _split_quoted(scanner, option, spelled)
    name, separator = scanner.name()
    _check_spaces(scanner, name, separator, spelled)
    if separator == ":=":
        scanner.at -= 2
        return Variable(_named(name, option, spelled), "expr", _read_expr(scanner, f"{spelled} {name}").text)
    if separator == "=":
        _named(name, option, spelled)
        if option.reads == "variable" and scanner.next_is("@"):
            scanner.at += 1
            return Variable(name, "file", scanner.text())
        return Variable(name, "text", scanner.text())
    if name == "deployed" and option.field:
        return DEPLOYED
    return _bare_name(name, option, spelled)


def _check_spaces(scanner: Scanner, name: str, separator: str, spelled: str) -> None:
    """Refuse ``name = "value"``: without the spaces it says what is meant, with them something else."""
    rest = scanner.line[scanner.at :]
    after = rest.lstrip()
    is_apart = rest != after and (after[:1] == "=" or after[:2] == ":=")
    if separator == "=" and rest != after and after[:1] in ("'", '"'):
        is_apart = True
    if name and is_apart:
        sign = separator or (":=" if after[:2] == ":=" else "=")
        value = after.removeprefix(sign).lstrip() if not separator else after
        raise ConfigurationError(f"no spaces around {sign}: write {spelled} {name}{sign}{value[:40]}")


def _split_quoted(scanner: Scanner, option: Option, spelled: str) -> Variable:
    """Read ``"name=two words"``: quoted as a whole, as a shell would have it."""
    inner = Scanner(scanner.text())
    name, separator = inner.name()
    value = inner.line[inner.at :]
    if not separator:
        return _bare_name(inner.line, option, spelled)
    if separator == "=" and value.startswith("@") and option.reads == "variable":
        return Variable(_named(name, option, spelled), "file", value[1:])
    return Variable(_named(name, option, spelled), "expr" if separator == ":=" else "text", value)


def _named(name: str, option: Option, spelled: str) -> str:
    if not name:
        raise ConfigurationError(f"{spelled} names nothing; write {spelled} {option.metavar}")
    return name


def _bare_name(name: str, option: Option, spelled: str) -> Variable:
    if option.reads == "variable" and name.isidentifier() and not iskeyword(name):
        return Variable(name, "name", "")
    raise ConfigurationError(f"{spelled} {name} has no value; write {spelled} {option.metavar}")


def _store(typed: TypedLine, option: Option, value: Typed) -> None:
    spelled = typed.spelled[option.name]
    if isinstance(value, Variable) and option.name == "extra" and value.name in _NOT_FIELDS:
        raise ConfigurationError(f"{spelled} cannot set {value.name}; use {_NOT_FIELDS[value.name]}")
    values = typed.given.setdefault(option.name, [])
    if (
        isinstance(value, Variable)
        and value.name
        and value.name in [v.name for v in values if isinstance(v, Variable)]
    ):
        raise ConfigurationError(f"{spelled} {value.name} is given twice")
    values.append(value)
    if DEPLOYED in values and len(values) > 1:
        raise ConfigurationError(f"{spelled} deployed stands alone")


def _check_together(typed: TypedLine) -> None:
    threads = [typed.spelled[name] for name in ("thread", "new_thread", "no_thread") if name in typed.spelled]
    if len(threads) > 1:
        raise ConfigurationError(f"{' and '.join(threads)} exclude each other")
