"""What is set: settings of a kernel, parameters of a call, a project's table, variables, files."""

from __future__ import annotations

from typing import Final

from langtail_nb._environment import VARIABLES
from langtail_nb._kernel.files import FILES, ON_REQUEST
from langtail_nb._kernel.project_settings import PROJECT_SETTINGS, TABLE
from langtail_nb._kernel.settings import Settings
from langtail_nb._types.fields import FIELDS, Field
from reference.markdown import entry, prose, sentence

_ONE_OF: Final = "…"
_KINDS: Final = {
    "number": "A number",
    "integer": "A whole number",
    "text": "A text",
    "texts": "A text, or several",
    "flag": "True or False",
    "choice": f"A word: {_ONE_OF}",
    "tool_choice": f"A word ({_ONE_OF}), or a function as a dict",
    "object": "A dict",
    "messages": "A list of messages, or a text",
    "tools": "A list of dicts",
}


def kernel_settings() -> str:
    """Return the settings that are no parameters of a call."""
    traits = Settings.class_traits()
    return "\n".join(
        entry("confval", name, [f"{sentence(trait.help)}{_default(trait.default_value)}"])
        for name, trait in traits.items()
        if name not in FIELDS and trait.help
    )


def _default(value: object) -> str:
    return f" Default: `{value}`." if isinstance(value, str | int) and value != "" else ""


def parameters() -> str:
    """Return every field that a call may set."""
    return "\n".join(map(_parameter, FIELDS.values()))


def _parameter(field: Field) -> str:
    option = next(iter(field.options), "")
    spelled = f"{{option}}`{option} <cell {option}>`" if option else f"`--field {field.name}:=EXPR`"
    wire = f" In the request's body it is `{field.wire}`." if field.wire != field.name else ""
    kind = f"{_KINDS[field.kind].replace(_ONE_OF, field.range)}{_allowed(field)}."
    return entry("confval", field.name, [f"{sentence(field.help)} {kind} In a cell {spelled}.{wire}"])


def _allowed(field: Field) -> str:
    if field.range and not field.choices:
        return f", {field.range}"
    return f", {field.low:g} or more" if field.low is not None else ""


def project_settings() -> str:
    """Return what ``[tool.langtail-nb]`` may say."""
    return "\n".join(
        entry("confval", f"tool.{TABLE}.{name}", [sentence(setting.help)])
        for name, setting in PROJECT_SETTINGS.items()
    )


def environment() -> str:
    """Return every variable of the environment that is read."""
    return "\n".join(entry("envvar", name, [sentence(text)]) for name, text in VARIABLES.items())


def files() -> str:
    """Return every file that is written into a project."""
    return "\n".join(entry("keptfile", name, [sentence(text)]) for name, text in FILES.items())


def files_on_request() -> str:
    """Return the files that a command writes."""
    return "\n".join(f"* {prose(name)}: {prose(text)}" for name, text in ON_REQUEST.items())
