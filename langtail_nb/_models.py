"""What is asked, of whom: Target and Request. Frozen values, no input or output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, Unpack
from urllib.parse import quote

from langtail_nb._errors import ConfigurationError, near
from langtail_nb._fields import (
    FIELDS,
    Message,
    Parameters,
    check_messages,
    json_text,
    json_value,
    plain_number,
)

PROJECT_ROUTE: Final = "project-prompt"
_FORM: Final = "workspace/project/assistant/environment"
_ABOUT_THE_CALL: Final = ("user", "metadata", "do_not_record")


@dataclass(frozen=True, slots=True)
class Target:
    """One deployment: an assistant or prompt in an environment, maybe at a version.

    ``workspace`` and ``project`` are empty for the route of a project key, ``project-prompt``.
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
            ConfigurationError: A part is missing; the message names it.
        """
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


def text_of(value: Any, name: str) -> str:
    """Return a variable as Langtail takes it: text as it is, a Reply as its text, the rest as JSON text.

    Raises:
        ConfigurationError: The value cannot be written as JSON; the message names the variable.
    """
    return as_text(value, f"variable {name!r}")


def as_text(value: Any, what: str) -> str:
    """Return a value as :func:`text_of` does; an error calls it ``what``."""
    value = plain_number(value)
    if isinstance(value, str):
        return value
    text = getattr(value, "text", None)
    if isinstance(text, str) and hasattr(value, "finish_reason"):
        return text
    return json_text(what, value)


@dataclass(frozen=True, init=False)
class Request:
    """One call, checked and complete; what it does not name is left as deployed.

    Args:
        target: A :class:`Target` or its text, ``workspace/project/assistant/environment``.
        message: The user's message, text or content parts; None sends none.
        variables: Values for the template. Anything but text goes as JSON text.
        messages: Messages before ``message``, in wire form.
        thread_id: The thread to continue.
        extra: Any other body members, as they are.
        **parameters: The members of ``FIELDS``, such as ``temperature``. None sends nothing.

    Raises:
        ConfigurationError: A value is of the wrong type, out of range or unknown.
    """

    target: Target
    message: str | list[dict[str, Any]] | None
    variables: Mapping[str, str]
    messages: tuple[Message, ...]
    thread_id: str | None
    parameters: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __init__(
        self,
        target: Target | str,
        message: str | Sequence[Mapping[str, Any]] | None = None,
        *,
        variables: Mapping[str, Any] | None = None,
        messages: Sequence[Mapping[str, Any]] = (),
        thread_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        **parameters: Unpack[Parameters],
    ) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        put("target", Target.parse(target) if isinstance(target, str) else target)
        put("message", _check_content(message))
        put("variables", MappingProxyType(check_variables(variables or {})))
        put("messages", tuple(check_messages("messages", messages)))
        put("thread_id", thread_id)
        put("parameters", MappingProxyType(check_parameters(parameters)))
        put("extra", MappingProxyType(json_value("extra", dict(extra or {}))))

    @property
    def all_messages(self) -> list[Message]:
        """The messages sent: ``messages``, then ``message`` as the user's."""
        last = [] if self.message is None else [{"role": "user", "content": self.message}]
        return [*self.messages, *last]

    @property
    def about_the_call(self) -> dict[str, Any]:
        """The parameters that say who calls and what is recorded, and nothing of the answer."""
        return {name: self.parameters[name] for name in _ABOUT_THE_CALL if name in self.parameters}

    @property
    def is_private(self) -> bool:
        """Whether its contents and those of its answer must not be recorded."""
        return bool(self.parameters.get("do_not_record"))

    def body(self, *, stream: bool) -> dict[str, Any]:
        """Return the JSON body: only what was set, and ``stream``, which is always said.

        Source: Langtail "Invoke Assistant"; null is accepted for no member.
        """
        body: dict[str, Any] = {}
        if self.thread_id is not None:
            body["threadId"] = self.thread_id
        if self.variables:
            body["variables"] = dict(self.variables)
        if messages := self.all_messages:
            body["messages"] = messages
        body["stream"] = stream
        # An empty stop list reaches some providers, which reject it.
        body |= {FIELDS[n].wire: v for n, v in self.parameters.items() if not (n == "stop" and v == [])}
        return body | dict(self.extra)

    def replace(self, **changes: Any) -> Request:
        """Return a copy with other values: any argument of ``Request``, parameters included."""
        return _request(self._given() | changes)

    def __reduce__(self) -> tuple[Any, ...]:
        # Read-only mappings can be neither pickled nor deep-copied; what they were made from can.
        return _request, (self._given(),)

    def _given(self) -> dict[str, Any]:
        return {
            "target": self.target, "message": self.message, "variables": dict(self.variables),
            "messages": self.messages, "thread_id": self.thread_id, "extra": dict(self.extra),
            **self.parameters,
        }  # fmt: skip


def _request(given: dict[str, Any]) -> Request:
    return Request(**given)


def _check_content(message: Any) -> Any:
    if message is None or isinstance(message, str):
        return message
    return check_messages("message", [{"role": "user", "content": message}])[0]["content"]


def check_variables(variables: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables as text; see :func:`text_of`.

    Raises:
        ConfigurationError: A name is not text or a value cannot be sent.
    """
    if not isinstance(variables, Mapping):
        raise ConfigurationError(f"variables must be a dict, not {type(variables).__name__}")
    for name in variables:
        if not isinstance(name, str) or not name:
            raise ConfigurationError(f"variable name {name!r} must be text")
    return {name: text_of(value, name) for name, value in variables.items() if value is not None}


def check_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that are set, checked and in wire form, by their Python names.

    Raises:
        ConfigurationError: One is unknown, of the wrong type or out of range.
    """
    for name in parameters:
        if name not in FIELDS:
            raise ConfigurationError(f"unknown parameter {name!r}{near(name, FIELDS)}")
    return {name: FIELDS[name].check(value) for name, value in parameters.items() if value is not None}
