"""Settings: the one mutable object, shared by cells and panel; what it merges becomes a Request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, SupportsFloat, SupportsIndex, Unpack

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.observable import Observable
from langtail_nb._kernel.overrides import OWNED
from langtail_nb._text.near import near
from langtail_nb._types.deployed import is_deployed
from langtail_nb._types.fields import FIELDS, JSON_OBJECT, Parameters, Rerunning
from langtail_nb._types.json_value import Named
from langtail_nb._types.plain_form import is_nothing
from langtail_nb._types.request import Request, named_values
from langtail_nb._types.target import Target

_KERNELS: Final = ("rerun", "timeout", "retries")


class Given(Parameters, total=False):
    """The traits that :class:`Settings` can be made with."""

    base_url: str | None
    target: Target | str | None
    rerun: Rerunning
    timeout: SupportsFloat | None
    retries: SupportsIndex
    variables: Named | None


class Settings(Observable):
    """What calls of this kernel send unless they say otherwise; every member of it is a trait.

    ``temperature`` and the other members of ``FIELDS`` (None means "as deployed"), ``template`` among them,
    and ``variables`` belong to the current assistant: they change with ``target`` and come back with it.
    ``base_url``, ``rerun``, ``timeout`` (seconds) and ``retries`` belong to the kernel. Assigning
    a value of the wrong type or out of range raises a ConfigurationError. Dicts and lists are copied when
    assigned; assign a new one to change them. There is no key among them.

    Example:
        >>> lt.settings.temperature = 0.2
        >>> lt.ask("How long does delivery take?").request.parameters
        {'temperature': 0.2}
        >>> lt.settings.unset("temperature")
    """

    def __init__(self, **traits: Unpack[Given]) -> None:
        super().__init__(**traits)

    def request(
        self,
        message: str | Sequence[Mapping[str, Any]] | None = None,
        *,
        target: Target | str | None = None,
        variables: Named | None = None,
        earlier: Mapping[str, Any] | None = None,
        as_deployed: bool = False,
        json: bool = False,
        thread_id: str | None = None,
        messages: Sequence[Mapping[str, Any]] = (),
        extra: Named | None = None,
        **parameters: Unpack[Parameters],
    ) -> Request:
        """Return the request of one call: its own values over those of the settings.

        Args:
            message: The user's message, text or content parts.
            target: For this call only; None is the current one.
            variables: For this call only; None as a value, or another that is missing, leaves a variable out.
            earlier: Variables of the thread's previous turn, which count least.
            as_deployed: Leave out the settings' parameters; their variables stay.
            json: Ask for a JSON object unless a response format is set.
            thread_id: The thread to continue.
            messages: Messages before ``message``.
            extra: Other body members.
            **parameters: Members of ``FIELDS``; DEPLOYED leaves one out, None counts as not given.

        Raises:
            ConfigurationError: There is no target, or a value is unknown, of the wrong type or out of range.
        """
        resolved = self.resolve(target)
        with self.lock:
            merged = {} if as_deployed else self.overrides(resolved)
            shared = self.variables_of(resolved)
        merged |= {name: value for name, value in parameters.items() if not is_nothing(value)}
        merged = {name: value for name, value in merged.items() if not is_deployed(name, value)}
        if json:
            merged.setdefault("response_format", JSON_OBJECT)
        given = {**(earlier or {}), **shared, **named_values(variables)}
        return Request(
            resolved, message, variables=given, messages=messages, thread_id=thread_id, extra=extra, **merged
        )

    def sent_from(
        self, request: Request, cell: Sequence[str] | Mapping[str, Any] = ()
    ) -> list[tuple[str, Any, str]]:
        """Return what ``request`` overrides and where each value came from, for the line below an answer.

        Args:
            request: As :meth:`request` returned it; ask before the settings change.
            cell: Names of the parameters that the call itself gave.

        Returns:
            ``(name, value, source)`` in the order of ``FIELDS``; source is ``cell``, ``panel`` or ``set``.
        """
        kept = self.overrides(request.target)
        sources = {name: self.source(name, request.target) for name in kept if name not in cell}
        return [
            (name, request.parameters[name], sources.get(name, "cell"))
            for name in FIELDS
            if name in request.parameters
        ]

    def update(self, parameters: Mapping[str, Any], variables: Named | None = None) -> None:
        """Set several parameters and add variables, all or none; DEPLOYED or None unsets one.

        Raises:
            ConfigurationError: A name is unknown or a value is not allowed; nothing was changed.
        """
        with self.lock:
            given = named_values(variables)
            added = {"variables": self.variables_of() | given} if given else {}
            self.assign_each({**parameters, **added})

    def unset(self, *names: str) -> None:
        """Go back to what is deployed for these parameters and variables.

        Option spellings count too: ``--max-tokens``, ``max-tokens``, ``-t``.

        Raises:
            ConfigurationError: A name is neither a parameter nor a variable that is set; nothing was changed.
        """
        with self.lock:
            traits, dropped = self._settable(names)
            changed: dict[str, Any] = {name: None for name in traits if name in OWNED}
            if dropped:
                changed["variables"] = {n: text for n, text in self.variables.items() if n not in dropped}
            self.assign_each(changed)
            for name in traits - changed.keys():
                setattr(self, name, self.trait_defaults(name))

    def reset(self) -> None:
        """Drop every parameter, the template override and the variables of the current assistant."""
        self.assign_each(dict.fromkeys(OWNED))

    def _settable(self, typed: Iterable[str]) -> tuple[set[str], set[str]]:
        """Return the traits and the variables that typed names mean."""
        by_option = {option: field.name for field in FIELDS.values() for option in field.options}
        traits, variables = set(), set()
        for name in typed:
            plain = by_option.get(name) or name.lstrip("-").replace("-", "_")
            if name in self.variables and not (plain in FIELDS and getattr(self, plain) is not None):
                variables.add(name)
            elif plain in FIELDS or plain in _KERNELS:
                traits.add(plain)
            else:
                hint = near(plain, [*FIELDS, *_KERNELS, *self.variables])
                raise ConfigurationError(f"{name!r} is neither a parameter nor a variable that is set{hint}")
        return traits, variables

    def __repr__(self) -> str:
        shown = {"target": self.target, **{name: self.value(name) for name in FIELDS}}
        parts = [f"{name}={_brief(value)}" for name, value in shown.items() if value is not None]
        if self.variables:
            parts.append(f"variables=[{', '.join(self.variables)}]")
        return f"Settings({', '.join(parts)})"


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
