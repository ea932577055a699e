"""Values in, text out: the exact inverse of reading a line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.option import Option
from langtail_nb._line.options import OPTIONS, Options
from langtail_nb._line.reading import read_value
from langtail_nb._line.scanner import Expr, Scanner
from langtail_nb._line.typed_line import Typed, Variable
from langtail_nb._line.values import swept
from langtail_nb._types.deployed import DEPLOYED
from langtail_nb._types.json_value import json_text
from langtail_nb._types.request import Request

_VARIABLE: Final = OPTIONS["variables"]
_INDENT: Final = " \\\n    "
# IPython takes prompts out of a cell: ">>>" on any line (seen with 9.18), its own on the second.
_PROMPT: Final = re.compile(r"(?m)^\s*>>>|\A(\s*\.\.\.|.{0,6}In \[\d+\]:)")


def write(what: Options | Request, *, width: int | None = 100, **flags: Any) -> str:
    r"""Return the option line that says ``what``; reading it gives an equal request.

    The message is no part of a line; :func:`write_cell` writes it.

    Args:
        what: Options, or a request with ``flags`` such as ``show`` and ``out`` beside it.
        width: Characters after which the line goes on, after a ``\``, in the next; None never breaks it.
        **flags: Attributes of ``Options``.
    """
    options = Options.of(what, **flags) if isinstance(what, Request) else what
    return _wrap(list(_parts(options)), width)


def write_cell(what: Options | Request, **flags: Any) -> str:
    """Return the whole cell: ``%%langtail`` with the message, or ``%langtail run`` where there is none."""
    options = Options.of(what, **flags) if isinstance(what, Request) else what
    if options.body is not None and _PROMPT.search(options.body):
        user = {"role": "user", "content": options.content()}
        options = replace(options, body=None, images=(), messages=(*options.messages, user))
    if options.body is None or not options.body.strip():
        return f"%langtail run {write(options, width=None)}".rstrip()
    # IPython adds a newline, which is dropped again, only where none stands at the end.
    ending = "\n" if options.body.endswith("\n") else ""
    return f"%%langtail {write(options)}".rstrip() + f"\n{options.body}{ending}"


def _wrap(parts: list[str], width: int | None) -> str:
    line = " ".join(parts)
    if width is None or len(line) <= width:
        return line
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part) + 1 > width:
            lines.append(part)
        else:
            lines[-1] = f"{lines[-1]} {part}".lstrip()
    return _INDENT.join(lines)


def _parts(options: Options) -> Iterator[str]:
    if (target := options.target) is not None:
        yield target if _plain(target) and target == _read_back(target) else _quoted_target(target)
    for option in OPTIONS.values():
        spelled = min(option.spellings, key=len)
        for value in _values(option, options):
            yield spelled if value is True else f"{spelled} {value}"
    yield from _unlisted(options)


def _read_back(text: str) -> str | None:
    scanner = Scanner(text)
    try:
        taken = scanner.text() if not text.startswith(("-", "#")) else None
    except ConfigurationError:
        return None
    return taken if scanner.at == len(text) else None


def _quoted_target(target: str) -> str:
    for written in (f'"{target}"', f"'{target}'"):
        if _read_back(written) == target:
            return written
    raise ConfigurationError(f"target {target!r} cannot be written on a line")


def _values(option: Option, options: Options) -> Iterator[str | bool]:
    """Yield what to write after each occurrence of an option; True for a flag."""
    if option.field is not None:
        if option.name in options.parameters:
            yield from _field_values(option, options.parameters[option.name])
        return
    match option.name:
        case "variables":
            yield from (_variable(*one) for one in _variables(options, nameable=True).items())
        case "vars_expr":
            if rest := _variables(options, nameable=False):
                yield repr(rest)
        case "extra":
            yield from _pairs(option, options.extra)
        case "sweep":
            yield from (_axis(option, name, values) for name, values in options.sweep.items())
        case "score":
            yield from (f"{one.name}:={one.text}" if one.name else one.text for one in options.score)
        case "images":
            yield from (spell(option, part["image_url"]["url"]) for part in options.images)
        case name:
            yield from _single(option, getattr(options, name))


def _single(option: Option, value: Any) -> Iterator[str | bool]:
    if value is True:
        yield True
    elif value in (None, False, ()):
        return
    elif option.reads == "expr":
        yield _literal(list(value))
    elif isinstance(value, int):
        yield str(value)
    elif not isinstance(value, str | tuple):
        yield f":={_literal(value)}"
    elif option.reads == "seconds":
        yield repr(value)
    else:
        yield spell(option, ",".join(value) if isinstance(value, tuple) else value)


def _field_values(option: Option, value: Any) -> Iterator[str | bool]:
    if value is DEPLOYED:
        # A flag has no value that could be the word.
        if option.reads != "nothing":
            yield "deployed"
    elif option.reads == "nothing":
        if value is True:
            yield True
    elif option.reads == "pair":
        yield from _pairs(option, value)
    elif isinstance(value, list) and option.repeated:
        # An empty list is said too: it takes back what the settings say.
        yield from [spell(option, one) for one in value] or [":=[]"]
    elif option.reads == "text":
        yield spell(option, value) if isinstance(value, str) else _number_or_literal(value)
    else:
        yield _literal(value)


def _axis(option: Option, name: str, values: Any) -> str:
    """Return values to try: with commas where that reads back as the same, else as Python."""
    if isinstance(values, list) and values:
        words = ["deployed" if one is DEPLOYED else str(one) for one in values]
        is_plain = all(word == word.strip() and word and "," not in word for word in words)
        written = _named(option, name, ",".join(words))
        if is_plain and not written.startswith(f"{name}:=") and [swept(name, w) for w in words] == values:
            return written
        values = ["deployed" if one is DEPLOYED else one for one in values]
    return f"{name}:={_literal(values)}"


def _number_or_literal(value: Any) -> str:
    return json_text("value", value) if isinstance(value, int | float) else f":={_literal(value)}"


def _unlisted(options: Options) -> Iterator[str]:
    """Yield the parameters that no option of their own can say, through ``--field``."""
    for name, value in options.parameters.items():
        option = OPTIONS.get(name)
        if option is None or (option.reads == "nothing" and value is not True):
            yield f"--field {name}" + ("=deployed" if value is DEPLOYED else f":={_literal(value)}")


def _variables(options: Options, *, nameable: bool) -> dict[str, str | None]:
    return {name: text for name, text in options.variables.items() if _nameable(_VARIABLE, name) is nameable}


def _variable(name: str, text: str | None) -> str:
    if text is None:
        return f"{name}:=None"
    return _named(_VARIABLE, name, text)


def _pairs(option: Option, values: Mapping[str, Any]) -> Iterator[str]:
    if not all(_nameable(option, name) for name in values):
        yield f":={_literal(dict(values))}"
        return
    for name, value in values.items():
        yield _named(option, name, value) if isinstance(value, str) else f"{name}:={_literal(value)}"
    if not values and option.field is not None:
        yield ":={}"


def _nameable(option: Option, name: str) -> bool:
    """Return whether a name can stand as it is after this option."""
    written = f"{name}=x"
    return _plain(written) and _reads_as(option, written, Variable(name, "text", "x"))


def _named(option: Option, name: str, text: str) -> str:
    for written in (f"{name}={text}", f'{name}="{text}"', f"{name}='{text}'"):
        if _plain(written) and _reads_as(option, written, Variable(name, "text", text)):
            return written
    return f"{name}:={_literal(text)}"


def spell(option: Option, text: str) -> str:
    """Return how ``text`` is written as the value of an option, quoted or as Python where it must be."""
    for written in (text, f'"{text}"', f"'{text}'"):
        if written and _plain(written) and _reads_as(option, written, text):
            return written
    return f":={_literal(text)}"


def _plain(written: str) -> bool:
    # From Python 3.12 on, IPython runs no line with a null in it. A final backslash would continue the line,
    # and a final question mark is a call for help there.
    return written.isprintable() and not written.endswith(("\\", "?"))


def _reads_as(option: Option, written: str, value: Typed) -> bool:
    scanner = Scanner(f"{written} ")
    try:
        taken = read_value(scanner, option, option.spellings[0])
    except ConfigurationError:
        return False
    return bool(taken == value) and scanner.at == len(written)


def _spelt(value: Any) -> str:
    """Return a value as Python, also a number that has no literal."""
    match value:
        case float() if not math.isfinite(value):
            return f"float('{value}')"
        case list():
            return f"[{', '.join(map(_spelt, value))}]"
        case dict():
            return f"{{{', '.join(f'{_spelt(name)}: {_spelt(one)}' for name, one in value.items())}}}"
    return repr(value)


def _literal(value: Any) -> str:
    """Return JSON values as Python, in one token."""
    text = _spelt(value)
    scanner = Scanner(text)
    return text if Expr(scanner.expression()) == Expr(text) else f"({text})"
