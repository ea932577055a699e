"""A typed line in, options out: expressions evaluated, files read, all checked before a byte is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.checks import check_word
from langtail_nb._line.images import image_parts
from langtail_nb._line.namespace import Namespace
from langtail_nb._line.naming import naming
from langtail_nb._line.option import Option
from langtail_nb._line.options import OPTIONS, Options
from langtail_nb._line.scanner import Expr
from langtail_nb._line.typed_line import Named, Typed, TypedLine, Variable
from langtail_nb._types.deployed import DEPLOYED, is_deployed
from langtail_nb._types.field_checks import check
from langtail_nb._types.fields import FIELDS, Field
from langtail_nb._types.json_value import json_value, mapping_of, text_of
from langtail_nb._types.plain_form import opened

_BY_WIRE: Final = {name: field for field in FIELDS.values() for name in (field.name, field.wire)}
# Read by ways of their own: several of these make one value, or one of them several.
_APART: Final = ("variables", "vars_expr", "images", "extra", "sweep", "score")
# Their values keep what they are: a frame its index and types, a reply its messages.
_AS_GIVEN: Final = ("rows", "prefix")


def evaluate(line: TypedLine, namespace: Mapping[str, Any], *, folder: Path | None = None) -> Options:
    """Return what a line means.

    Args:
        line: As :func:`parse` returned it.
        namespace: The kernel's variables, where expressions are evaluated.
        folder: What relative paths start from; the working directory by default.

    Raises:
        ConfigurationError: An expression fails, a file or name is missing, or a value is not allowed; the
            message begins with the option as typed.
    """
    values = _Values(Namespace(namespace, folder), line)
    options = [OPTIONS[name] for name in line.given]
    parameters = {option.name: values.parameter(option.field) for option in options if option.field}
    extra = values.extra()
    for name in [name for name in extra if name in _BY_WIRE]:
        parameters[_BY_WIRE[name].name] = extra.pop(name)
    return Options(
        target=line.target,
        variables=values.variables(),
        parameters=parameters,
        extra=extra,
        images=values.images(),
        sweep=values.sweep(),
        score=values.scores(),
        body=line.body,
        **{one.name: values.single(one) for one in options if not one.field and one.name not in _APART},
    )


class _Values:
    def __init__(self, namespace: Namespace, line: TypedLine) -> None:
        self._namespace = namespace
        self._given = line.given
        self._spelled = line.spelled

    def single(self, option: Option) -> Any:
        """Return the value of an option that stands alone: a flag, a text, a Python object."""
        (typed,), spelled = self._given[option.name], self._spelled[option.name]
        if option.name in _AS_GIVEN:
            return self._value(typed, spelled)
        value = opened(self._value(typed, spelled))
        if option.reads == "seconds" and isinstance(typed, str):
            value = _number(typed)
        return option.check(value, spelled) if option.check else check_word(option, value, spelled)

    def variables(self) -> dict[str, str | None]:
        values: dict[str, str | None] = {}
        for typed in self._given.get("vars_expr", ()):
            spelled = self._spelled["vars_expr"]
            given = mapping_of(spelled, self._value(typed, spelled))
            values |= {_name(spelled, name): self._as_text(spelled, name, v) for name, v in given.items()}
        for variable in self._given.get("variables", ()):
            assert isinstance(variable, Variable)
            spelled = self._spelled["variables"]
            values[variable.name] = self._as_text(spelled, variable.name, self._named(variable, spelled))
        return values

    def parameter(self, field: Field) -> Any:
        given, spelled = self._given[field.name], self._spelled[field.name]
        if DEPLOYED in given:
            return DEPLOYED
        if OPTIONS[field.name].reads == "pair":
            return self._check(field, self._pairs(given, spelled), spelled)
        values = [self._value(one, spelled) for one in given]
        if OPTIONS[field.name].repeated:
            several = [form if isinstance(form := opened(one), list) else [one] for one in values]
            return self._check(field, [one for some in several for one in some], spelled)
        return self._field_value(field, values[0], isinstance(given[0], str), spelled)

    def extra(self) -> dict[str, Any]:
        if not (given := self._given.get("extra")):
            return {}
        spelled = self._spelled["extra"]
        values = self._pairs(given, spelled)
        written = {one.name for one in given if isinstance(one, Variable) and one.form == "text"}
        for name in values:
            shown = f"{spelled} {name}"
            if field := _BY_WIRE.get(name):
                is_deployed = name in written and values[name] == "deployed"
                value = DEPLOYED if is_deployed else values[name]
                values[name] = self._field_value(field, value, name in written, shown)
            else:
                values[name] = json_value(shown, values[name])
        return values

    def images(self) -> tuple[dict[str, Any], ...]:
        return tuple(part for typed in self._given.get("images", ()) for part in self._image(typed))

    def sweep(self) -> dict[str, Any]:
        """Return the values to try by name; text is a list with commas, Python is left as it is."""
        if not (given := self._given.get("sweep")):
            return {}
        values = self._pairs(given, self._spelled["sweep"])
        written = {one.name: one.text for one in given if isinstance(one, Variable) and one.form == "text"}
        return values | {name: self._listed(name, text) for name, text in written.items()}

    def _listed(self, name: str, text: str) -> list[Any]:
        items = [item.strip() for item in text.split(",")]
        if not all(items):
            spelled = self._spelled["sweep"]
            raise ConfigurationError(f"{spelled} {name} has an empty value; write {spelled} {name}=V1,V2")
        return [swept(name, item) for item in items]

    def scores(self) -> tuple[Named, ...]:
        """Return what is to be measured, each with its name if it was given one."""
        found = []
        for one in self._given.get("score", ()):
            assert isinstance(one, Variable)
            shown = f"{self._spelled['score']} {one.name}{':=' * bool(one.name)}{one.text}"
            found.append(Named(one.name, one.text, self._namespace.value(one.text, shown)))
        return tuple(found)

    def _image(self, typed: Typed) -> list[dict[str, Any]]:
        spelled = self._spelled["images"]
        value = self._value(typed, spelled)
        with naming(f"{spelled} {typed.text}" if isinstance(typed, Expr) else spelled):
            return image_parts(value, folder=self._namespace.folder)

    def _value(self, typed: Typed, spelled: str) -> Any:
        if isinstance(typed, Expr):
            return self._namespace.value(typed.text, f"{spelled} {typed.text}")
        return typed

    def _named(self, variable: Variable, spelled: str) -> Any:
        shown = f"{spelled} {variable.name}"
        match variable.form:
            case "expr":
                return self._namespace.value(variable.text, f"{shown}:={variable.text}")
            case "file":
                return self._namespace.file(variable.text, shown)
            case "name":
                return self._namespace.named(variable.name, spelled)
        return variable.text

    def _pairs(self, given: Sequence[Typed], spelled: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for one in given:
            if isinstance(one, Variable):
                values[one.name] = self._named(one, spelled)
                continue
            text = one.text if isinstance(one, Expr) else one
            several = mapping_of(f"{spelled} :={text}", self._value(one, spelled))
            values |= {_name(spelled, name): value for name, value in several.items()}
        return values

    def _as_text(self, spelled: str, name: str, value: Any) -> str | None:
        with naming(f"{spelled} {name}", instead_of=f"variable {name!r}"):
            return text_of(value, name)

    def _field_value(self, field: Field, value: Any, written: bool, spelled: str) -> Any:
        if value is DEPLOYED:
            return DEPLOYED
        return self._check(field, _converted(field, value) if written else value, spelled)

    def _check(self, field: Field, value: Any, spelled: str) -> Any:
        with naming(spelled, instead_of=field.name):
            return check(field, value)


def swept(name: str, text: str) -> Any:
    """Return a value to try as it is typed among others: a number, where the field takes one."""
    if is_deployed(name, text):
        return DEPLOYED
    field = _BY_WIRE.get(name)
    return text if field is None else _converted(field, text)


def _name(spelled: str, name: Any) -> str:
    text = opened(name)
    if not isinstance(text, str):
        raise ConfigurationError(f"{spelled} has the name {name!r}; names must be text")
    return text


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
