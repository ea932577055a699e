"""Options in, values out: expressions evaluated, files read, everything checked before a byte is sent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.call import Call
from langtail_nb._line.images import image_parts, read_file
from langtail_nb._line.options import OPTIONS
from langtail_nb._line.reading import Options, Typed, Variable
from langtail_nb._line.scanner import Expr
from langtail_nb._text.near import near
from langtail_nb._types.deployed import DEPLOYED, Deployed
from langtail_nb._types.fields import FIELDS, Field, check_timeout
from langtail_nb._types.json_value import json_value, plain_number, text_of
from langtail_nb._types.messages import Message, check_messages

_LARGEST_FILE = 10_000_000
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def evaluate(options: Options, namespace: Mapping[str, Any], *, folder: Path | None = None) -> Call:
    """Return what the options mean.

    Args:
        options: As :func:`parse` returned them.
        namespace: The kernel's variables, where expressions are evaluated.
        folder: What relative paths start from; the working directory by default.

    Raises:
        ConfigurationError: An expression fails, a file or name is missing, or a value is not allowed; the
            message begins with the option as typed.
    """
    reader = _Values(namespace, folder or Path.cwd(), options.spelled)
    parameters = {name: reader.parameter(FIELDS[name], typed) for name, typed in options.parameters.items()}
    extra = reader.extra(options.extra)
    for name in [name for name in extra if name in _BY_WIRE]:
        parameters[_BY_WIRE[name].name] = extra.pop(name)
    flags = {name: getattr(options, name) for name in _FLAGS}
    return Call(
        target=options.target,
        variables=reader.variables(options),
        parameters=parameters,
        extra=extra,
        messages=tuple(reader.messages(options.messages)),
        images=tuple(part for typed in options.images for part in reader.image(typed)),
        thread=reader.thread(options.thread),
        timeout=reader.timeout(options.timeout),
        compare=reader.compare(options.compare),
        body=options.body,
        **flags,
    )


def expression(text: str, namespace: Mapping[str, Any], *, spelled: str) -> Any:
    """Return what Python of the user's is in the kernel.

    Raises:
        ConfigurationError: It fails; the message begins with ``spelled``.
    """
    return _Values(namespace, Path(), {})._eval(text, spelled)


MOST_COMPARED = 6
"""Answers side by side, the cell's own included."""


def _check_compared(items: list[str], spelled: str) -> tuple[str, ...]:
    if not items or not all(items):
        raise ConfigurationError(
            f"{spelled} has an empty item; write {spelled} deployed,/staging,@3, without spaces"
        )
    if len(items) >= MOST_COMPARED:
        raise ConfigurationError(
            f"{spelled} takes up to {MOST_COMPARED - 1} settings beside this cell's, not {len(items)}"
        )
    if twice := [item for item in items if items.count(item) > 1]:
        raise ConfigurationError(f"{spelled} names {twice[0]!r} twice")
    return tuple(items)


_FLAGS = [o.name for o in OPTIONS.values() if o.reads in ("nothing", "choice", "name") and o.field is None]
_BY_WIRE = {name: field for field in FIELDS.values() for name in (field.name, field.wire)}


class _Values:
    def __init__(self, namespace: Mapping[str, Any], folder: Path, spelled: Mapping[str, str]) -> None:
        self._namespace = namespace
        self._folder = folder
        self._spelled = spelled

    def variables(self, options: Options) -> dict[str, str | None]:
        values: dict[str, str | None] = {}
        if options.vars_expr is not None:
            spelled = self._spelled["vars_expr"]
            given = self._value(options.vars_expr, spelled)
            if not isinstance(given, Mapping):
                raise ConfigurationError(f"{spelled} must be a dict, not {type(given).__name__}")
            values = {
                _variable_name(spelled, name): self._as_text(spelled, name, v) for name, v in given.items()
            }
        for variable in options.variables:
            spelled = self._spelled["variables"]
            values[variable.name] = self._as_text(spelled, variable.name, self._named(variable, spelled))
        return values

    def parameter(self, field: Field, typed: Any) -> Any:
        spelled = self._spelled[field.name]
        if isinstance(typed, list):
            if DEPLOYED in typed:
                return DEPLOYED
            if field.kind == "object":
                return self._check(field, self._pairs(typed, spelled), spelled)
            flat: list[Any] = []
            for one in typed:
                value = self._value(one, spelled)
                flat += value if isinstance(value, list | tuple) else [value]
            return self._check(field, flat, spelled)
        value = self._value(typed, spelled)
        if typed is DEPLOYED or value is DEPLOYED:
            return DEPLOYED
        return self._check(field, _converted(field, value) if isinstance(typed, str) else value, spelled)

    def extra(self, typed: list[Variable | Expr]) -> dict[str, Any]:
        if not typed:
            return {}
        spelled = self._spelled["extra"]
        values = self._pairs(typed, spelled)
        written = {one.name for one in typed if isinstance(one, Variable) and one.form == "text"}
        for name in values:
            shown = f"{spelled} {name}"
            if field := _BY_WIRE.get(name):
                values[name] = self._field_value(field, values[name], name in written, shown)
            else:
                values[name] = json_value(shown, values[name])
        return values

    def _field_value(self, field: Field, value: Any, written: bool, spelled: str) -> Any:
        if value is DEPLOYED or (written and value == "deployed"):
            return DEPLOYED
        return self._check(field, _converted(field, value) if written else value, spelled)

    def messages(self, typed: Typed | None) -> list[Message]:
        if typed is None:
            return []
        spelled = self._spelled["messages"]
        return check_messages(spelled, self._value(typed, spelled))

    def image(self, typed: Typed) -> list[dict[str, Any]]:
        spelled = self._spelled["images"]
        value = self._value(typed, spelled)
        with _naming(f"{spelled} {typed.text}" if isinstance(typed, Expr) else spelled):
            return image_parts(value, folder=self._folder)

    def thread(self, typed: Typed | None) -> str | None:
        value = None if typed is None else self._value(typed, self._spelled["thread"])
        if value is not None and (not isinstance(value, str) or not value):
            raise ConfigurationError(f"{self._spelled['thread']} must be a name, not {value!r}")
        return value

    def compare(self, typed: Typed | None) -> tuple[str, ...]:
        if typed is None:
            return ()
        value = "deployed" if isinstance(typed, Deployed) else self._value(typed, self._spelled["compare"])
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
            raise ConfigurationError(f"{self._spelled['compare']} takes names with commas, not {value!r}")
        return _check_compared([item.strip() for item in items], self._spelled["compare"])

    def timeout(self, typed: Typed | None) -> float | None:
        if typed is None:
            return None
        spelled = self._spelled["timeout"]
        value = self._value(typed, spelled)
        with _naming(spelled, instead_of="timeout"):
            return check_timeout(_number(value) if isinstance(typed, str) else value)

    def _value(self, typed: Typed | bool, spelled: str) -> Any:
        return self._eval(typed.text, f"{spelled} {typed.text}") if isinstance(typed, Expr) else typed

    def _named(self, variable: Variable, spelled: str) -> Any:
        shown = f"{spelled} {variable.name}"
        match variable.form:
            case "expr":
                return self._eval(variable.text, f"{shown}:={variable.text}")
            case "file":
                return self._file(variable.text, shown)
            case "name":
                return self._kernel_variable(variable.name, spelled)
        return variable.text

    def _pairs(self, typed: list[Any], spelled: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for one in typed:
            given = (
                {one.name: self._named(one, spelled)}
                if isinstance(one, Variable)
                else self._value(one, spelled)
            )
            if not isinstance(given, Mapping):
                raise ConfigurationError(f"{spelled} :={one.text} must be a dict, not {type(given).__name__}")
            values |= {_variable_name(spelled, name): value for name, value in given.items()}
        return values

    def _as_text(self, spelled: str, name: str, value: Any) -> str | None:
        if value is None:
            return None
        with _naming(f"{spelled} {name}", instead_of=f"variable {name!r}"):
            return text_of(value, name)

    def _check(self, field: Field, value: Any, spelled: str) -> Any:
        with _naming(spelled, instead_of=field.name):
            return field.check(value)

    def _eval(self, text: str, shown: str) -> Any:
        with _naming(shown, known=self._namespace):
            # In parentheses, so that an expression may span continued lines.
            code = compile(f"({text}\n)", "<langtail option>", "eval")
            return plain_number(eval(code, dict(self._namespace)))

    def _kernel_variable(self, name: str, spelled: str) -> Any:
        if name not in self._namespace:
            names = [known for known in self._namespace if not known.startswith("_")]
            raise ConfigurationError(
                f"{spelled} {name}: the kernel has no variable {name!r}{near(name, names)}; "
                f"for text write {spelled} {name}=TEXT"
            )
        return plain_number(self._namespace[name])

    def _file(self, name: str, shown: str) -> str:
        with _naming(f"{shown}=@{name}"):
            data = read_file(self._folder / Path(name).expanduser(), name, largest=_LARGEST_FILE)
            try:
                return data.decode("utf-8-sig")
            except UnicodeDecodeError as exc:
                raise ConfigurationError(f"the file is not UTF-8 text (byte {exc.start})") from exc


class _naming:  # noqa: N801
    """Turn what is raised inside into one ConfigurationError that begins with the option as typed.

    A user's expression may raise anything; nothing is swallowed.
    """

    def __init__(self, spelled: str, *, instead_of: str = "", known: Mapping[str, Any] = _NOTHING) -> None:
        self._spelled = spelled
        self._instead_of = instead_of
        self._known = known

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, Exception):
            return
        if not isinstance(error, ConfigurationError):
            raise ConfigurationError(f"{self._spelled}: {self._described(error)}") from error
        text = str(error)
        if self._instead_of and text.startswith(self._instead_of):
            raise ConfigurationError(self._spelled + text.removeprefix(self._instead_of)) from error
        raise ConfigurationError(f"{self._spelled}: {text}") from error

    def _described(self, error: Exception) -> str:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        names = [name for name in self._known if not name.startswith("_")]
        hint = near(error.name, names) if isinstance(error, NameError) and error.name else ""
        return f"{type(error).__name__}: {text}".removesuffix(": ") + hint


def _variable_name(spelled: str, name: Any) -> str:
    if not isinstance(name, str):
        raise ConfigurationError(f"{spelled} has the name {name!r}; names must be text")
    return name


def _converted(field: Field, text: Any) -> Any:
    """Return typed text as the value the field wants; what cannot be one stays, for the check to name."""
    if not isinstance(text, str):
        return text
    if field.kind in ("number", "integer"):
        return _number(text)
    if field.kind == "flag":
        return {"true": True, "false": False}.get(text.lower(), text)
    return text


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
