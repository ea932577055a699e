"""What is asked, of whom: Target and Request. Frozen values, no input or output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Unpack

from langtail_nb._errors import ConfigurationError
from langtail_nb._text.near import near
from langtail_nb._types.field_checks import check
from langtail_nb._types.fields import FIELDS, Parameters
from langtail_nb._types.json_value import Named, json_value, mapping_of, shown, text_of
from langtail_nb._types.messages import Message, check_messages
from langtail_nb._types.plain_form import is_nothing, opened
from langtail_nb._types.read_only import ReadOnlyDict
from langtail_nb._types.signature import names_parameters
from langtail_nb._types.target import Target

ABOUT_THE_CALL: Final = ("user", "metadata", "do_not_record")


@dataclass(frozen=True, init=False)
class Request:
    """One call, checked and complete; what it does not name is left as deployed.

    Args:
        target: A :class:`Target` or its text, ``workspace/project/assistant/environment``.
        message: The user's message, text or content parts; None sends none.
        variables: Values for the template by name: a dict, a row of a table, a dataclass. Anything but text
            goes as JSON text; what is missing (None, NaN, NaT, NA) is not sent.
        messages: Messages before ``message``, in wire form.
        thread_id: The thread to continue.
        extra: Any other body members, as they are.
        **parameters: The members of ``FIELDS``, such as ``temperature``. None sends nothing.

    Raises:
        ConfigurationError: A value is of the wrong type, out of range or unknown.

    Example:
        >>> request = lt.Request("acme/support/triage/staging", "Where is my parcel?", temperature=0)
        >>> request.replace(temperature=1).parameters
        {'temperature': 1}
    """

    target: Target
    message: str | list[dict[str, Any]] | None
    variables: Mapping[str, str]
    messages: tuple[Message, ...]
    thread_id: str | None
    parameters: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)

    @names_parameters
    def __init__(
        self,
        target: Target | str,
        message: str | Sequence[Mapping[str, Any]] | None = None,
        *,
        variables: Named | None = None,
        messages: Sequence[Mapping[str, Any]] = (),
        thread_id: str | None = None,
        extra: Named | None = None,
        **parameters: Unpack[Parameters],
    ) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        put("target", Target.parse(target) if isinstance(target, str) else target)
        put("message", _check_content(message))
        put("variables", ReadOnlyDict(check_variables(variables)))
        put("messages", tuple(check_messages("messages", messages)))
        put("thread_id", thread_id)
        put("parameters", ReadOnlyDict(check_parameters(parameters)))
        put("extra", ReadOnlyDict(json_value("extra", mapping_of("extra", {} if extra is None else extra))))

    @property
    def all_messages(self) -> list[Message]:
        """What is sent, ``messages`` and then ``message`` as the user's."""
        last = [] if self.message is None else [{"role": "user", "content": self.message}]
        return [*self.messages, *last]

    @property
    def about_the_call(self) -> dict[str, Any]:
        """The parameters that say who calls and what is recorded, and nothing of the answer."""
        return {name: self.parameters[name] for name in ABOUT_THE_CALL if name in self.parameters}

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
        return Request(**(self._given() | changes))

    def to_dict(self) -> dict[str, Any]:
        """Return what the request was made of, in JSON types; ``Request(**that)`` is an equal request.

        ``target`` (str), ``message`` (str, list of dict or None), ``variables`` (dict of str), ``messages``
        (list of dict), ``thread_id`` (str or None), ``extra`` (dict), and each parameter that is set. No key.
        """
        given: dict[str, Any] = json_value("request", {**self._given(), "target": self.target.full})
        return given

    def _given(self) -> dict[str, Any]:
        return {
            "target": self.target, "message": self.message, "variables": dict(self.variables),
            "messages": self.messages, "thread_id": self.thread_id, "extra": dict(self.extra),
            **self.parameters,
        }  # fmt: skip


def _check_content(message: Any) -> Any:
    if message is None:
        return None
    form = opened(message)
    if isinstance(form, str):
        return form
    if not isinstance(form, list):
        raise ConfigurationError(f"message must be text or a list of parts, not {shown(message)}")
    return check_messages("message", [{"role": "user", "content": form}])[0]["content"]


def named_values(variables: Any) -> dict[str, Any]:
    """Return variables by name, as a dict or what counts as one says them, their values as they are.

    Raises:
        ConfigurationError: There are no names in it, or one is not text.
    """
    members = {} if variables is None else mapping_of("variables", variables)
    values = {opened(name): value for name, value in members.items()}
    for name in values:
        if not isinstance(name, str) or not name:
            raise ConfigurationError(f"variable name {name!r} must be text")
    return values


def check_variables(variables: Any) -> dict[str, str]:
    """Return the variables that are not missing as text; see :func:`text_of`.

    Raises:
        ConfigurationError: A name is not text or a value cannot be sent.
    """
    texts = {name: text_of(value, name) for name, value in named_values(variables).items()}
    return {name: text for name, text in texts.items() if text is not None}


def check_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that are set, checked and in wire form, by their Python names.

    Raises:
        ConfigurationError: One is unknown, of the wrong type or out of range.
    """
    for name in parameters:
        if name not in FIELDS:
            raise ConfigurationError(f"unknown parameter {name!r}{near(name, FIELDS)}")
    return {name: check(FIELDS[name], value) for name, value in parameters.items() if not is_nothing(value)}
