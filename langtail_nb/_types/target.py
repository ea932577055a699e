"""A deployment by its name: an assistant or prompt in an environment, maybe at a version."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from langtail_nb._errors import ConfigurationError
from langtail_nb._text.characters import mended, stands_in_quotes

PROJECT_ROUTE: Final = "project-prompt"
ENVIRONMENTS: Final = ("preview", "staging", "production")
"""Those that every assistant may be deployed in; a listing may name others."""


_FORM: Final = "workspace/project/assistant/environment"


@dataclass(frozen=True, slots=True)
class Target:
    """One deployment: an assistant or prompt in an environment, maybe at a version.

    ``workspace`` and ``project`` are empty for the route of a project key, ``project-prompt``.

    Example:
        >>> target = lt.Target.parse("acme/support/triage/staging")
        >>> target.assistant, target.environment
        ('triage', 'staging')
    """

    workspace: str
    project: str
    assistant: str
    environment: str
    version: str | None = None

    @classmethod
    def parse(cls, text: str, current: Target | None = None) -> Target:
        """Return the deployment that ``text`` names, filled up from ``current``.

        With a current target ``translator`` changes the assistant, ``translator/production`` both,
        ``/production`` the environment and ``@4`` the version. Without one, two parts are the
        project-key route.

        Raises:
            ConfigurationError: A part is missing, or there is what no target has; the message names it.
        """
        if wrong := _odd(text):
            raise ConfigurationError(f"target {text!r} {wrong}")
        path, has_version, version = text.strip().partition("@")
        if has_version and not version:
            raise ConfigurationError(f"target {text!r} ends in @ without a version")
        parts = path.split("/") if path else []
        if not parts and has_version and current is not None:
            return replace(current, version=version)
        return replace(_from_parts(text, parts, current), version=version or None)

    @property
    def identity(self) -> str:
        """``workspace/project/assistant``: what overrides, variables and threads belong to."""
        return "/".join(part for part in (self.workspace, self.project, self.assistant) if part)

    @property
    def path(self) -> str:
        """The percent-encoded URL path, without a leading slash and without the version."""
        return "/".join(quote(part, safe="") for part in self._parts)

    @property
    def _parts(self) -> tuple[str, ...]:
        scope = (self.workspace, self.project) if self.workspace else (PROJECT_ROUTE,)
        return (*scope, self.assistant, self.environment)

    @property
    def full(self) -> str:
        """The target as it is read alike whatever the current one is, ``project-prompt`` written out."""
        return "/".join(self._parts) + (f"@{self.version}" if self.version else "")

    def __str__(self) -> str:
        return self.full if self.workspace else self.full.partition("/")[2]


def is_whole(text: str) -> bool:
    """Return whether a text names a target by itself, whatever the current one is."""
    return text.count("/") >= 2


def _odd(text: str) -> str:
    """Return what a text holds that no target does: what was left over around one, not what a name may be."""
    bare = text.strip()
    if stands_in_quotes(bare):
        return "stands in quotes; write it without them"
    if bare.endswith(";"):
        return "ends in a ;, which means nothing here; -q shows nothing of an answer"
    if mended(text) != text:
        return "holds half a character, which no address can say"
    return "" if all(char >= " " and char != "\x7f" for char in bare) else "holds a control character"


def _from_parts(text: str, parts: list[str], current: Target | None) -> Target:
    if len(parts) == 3 and parts[0] == PROJECT_ROUTE:
        parts, current = parts[1:], None
    match parts:
        case ["", environment] if environment and current is not None:
            return replace(current, environment=environment)
        case [assistant] if assistant and current is not None:
            return replace(current, assistant=assistant)
        case [assistant, environment] if assistant and environment:
            scope = (current.workspace, current.project) if current is not None else ("", "")
            return Target(*scope, assistant, environment)
        case [workspace, project, assistant, environment] if all(parts):
            return Target(workspace, project, assistant, environment)
    raise ConfigurationError(f"target {text!r} {_what_is_missing(parts, current)}")


def _what_is_missing(parts: list[str], current: Target | None) -> str:
    if not parts or parts in (["", ""], [""]):
        return f"is empty; write {_FORM}"
    if len(parts) > 4:
        return f"has {len(parts)} parts; write {_FORM}"
    if len(parts) == 3 and all(parts):
        return f"has three parts; the environment is missing: write {'/'.join(parts)}/production or the like"
    if len(parts) == 4:
        names = _FORM.split("/")
        return "has an empty " + " and ".join(n for n, part in zip(names, parts, strict=True) if not part)
    if current is None and len(parts) == 1:
        return f"names no environment, and no target is set to take it from; write {_FORM}"
    if current is None and parts[0] == "":
        return f"names an environment only, and no target is set; write {_FORM}"
    return f"has an empty part; write {_FORM}"
