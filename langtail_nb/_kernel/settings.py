"""Settings: the one mutable object, shared by cells and panel; what it merges becomes a Request."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from traitlets import HasTraits, MetaHasTraits, TraitError, TraitType

from langtail_nb._client.base_url import base_url_of
from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.traits import (
    Checked,
    Owned,
    TargetTrait,
    VariablesTrait,
    check_retries,
    one_of,
)
from langtail_nb._text.near import near
from langtail_nb._types.deployed import DEPLOYED, Deployed, is_deployed
from langtail_nb._types.fields import FIELDS, JSON_OBJECT, RERUN
from langtail_nb._types.limits import check_timeout
from langtail_nb._types.request import Request, check_variables
from langtail_nb._types.target import Target

__all__ = ["DEPLOYED", "RERUN", "Deployed", "Settings", "is_deployed"]

ASSISTANT_VARIABLE: Final = "LANGTAIL_ASSISTANT"

_log = logging.getLogger("langtail_nb")
_origin: ContextVar[str] = ContextVar("langtail_origin", default="set")


_KERNEL_TRAITS: dict[str, TraitType[Any, Any]] = {
    "base_url": Checked(base_url_of, help="where the API is; None takes LANGTAIL_BASE_URL, else the service"),
    "target": TargetTrait(),
    "rerun": Checked(
        one_of("rerun", RERUN), "fork", help="what a re-run cell does to its thread: fork or append"
    ),
    "timeout": Checked(
        check_timeout, help="seconds of silence before a call is given up; None for 600, then 60"
    ),
    "retries": Checked(check_retries, 2, help="attempts after the first"),
}
_OWNED_TRAITS: dict[str, TraitType[Any, Any]] = {
    **{name: Owned(field.check, help=field.help) for name, field in FIELDS.items()},
    "variables": VariablesTrait(),
}

if TYPE_CHECKING:

    class _Traits(HasTraits):
        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

else:
    _Traits = MetaHasTraits("_Traits", (HasTraits,), {**_KERNEL_TRAITS, **_OWNED_TRAITS})


class Settings(_Traits):
    """What calls of this kernel send unless they say otherwise; every member of it is a trait.

    ``temperature`` and the other members of ``FIELDS`` (None means "as deployed"), ``template`` among them,
    and ``variables`` belong to the current assistant: they change with ``target`` and come back with it.
    ``base_url``, ``rerun``, ``timeout`` (seconds) and ``retries`` belong to the kernel. Assigning
    a value of the wrong type or out of range raises a ConfigurationError. Dicts and lists are copied when
    assigned; assign a new one to change them. There is no key among them.
    """

    def __init__(self, **traits: Any) -> None:
        self._lock = RLock()
        self._watchers: list[Callable[[], object]] = []
        self._owner: str | None = None
        self._kept: dict[str, dict[str, Any]] = {}
        self._origins: dict[str | None, dict[str, str]] = {}
        self._settled = False
        super().__init__(**traits)
        self._settled = True
        self._follow_target()

    def __setattr__(self, name: str, value: Any) -> None:
        # A name that is misspelt would be set, and nothing would come of it.
        if not (name.startswith("_") or hasattr(type(self), name)):
            raise ConfigurationError(f"settings have no {name!r}{near(name, self.trait_names())}")
        super().__setattr__(name, value)

    @property
    def lock(self) -> RLock:
        """Held while a value changes; hold it to read several that belong together."""
        return self._lock

    def watch(self, told: Callable[[], object]) -> Callable[[], None]:
        """Call ``told`` after every change of a value of any assistant; return a function that ends this.

        It is called with the lock held, in the thread that made the change.
        """
        self._watchers.append(told)
        return lambda: self._watchers.remove(told) if told in self._watchers else None

    def assign(self, name: str, value: Any, *, target: Target | str | None = None) -> None:
        """Set a parameter, or ``variables``, of any assistant; None goes back to what is deployed.

        Args:
            target: Whose value it is; None is the current one.

        Raises:
            ConfigurationError: The name is unknown or the value is not allowed; nothing was changed.
        """
        self.assign_each({name: value}, target=target)

    def assign_each(self, values: Mapping[str, Any], *, target: Target | str | None = None) -> None:
        """Do the same for several.

        Raises:
            ConfigurationError: Likewise; or all were set, and a widget linked to one cannot show its value.
        """
        if unknown := [name for name in values if name not in _OWNED_TRAITS]:
            raise ConfigurationError(f"unknown parameter {unknown[0]!r}{near(unknown[0], FIELDS)}")
        checked = {name: self._checked(name, value) for name, value in values.items()}
        identity = self._identity(target)
        with self._lock:
            self._follow_target()
            if identity == self._owner or identity is None:
                _raise_first(self._set_each(values))
                return
            for name, value in checked.items():
                self._assign_kept(identity, name, value)

    def _set_each(self, values: Mapping[str, Any]) -> dict[str, TraitError]:
        """Set each trait, and return what a widget linked to it said that cannot show the value.

        A TraitError is never ours: our own checks raise a ConfigurationError.
        """
        refused = {}
        for name, value in values.items():
            try:
                setattr(self, name, value)
            except TraitError as exc:
                refused[name] = exc
        return refused

    @staticmethod
    def _checked(name: str, value: Any) -> Any:
        """Return a value in the form it is kept in; None for one that is as deployed."""
        if value is None or is_deployed(name, value):
            return None
        return check_variables(value) if name == "variables" else FIELDS[name].check(value)

    def _assign_kept(self, identity: str, name: str, value: Any) -> None:
        kept = self._kept.setdefault(identity, {})
        before = kept.get(name)
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = value
        if kept.get(name) != before:
            self._origins.setdefault(identity, {})[name] = _origin.get()
            self._tell()

    def current_target(self) -> Target | None:
        """Return ``target``, else what ``LANGTAIL_ASSISTANT`` names, else None.

        Raises:
            ConfigurationError: The environment variable names no target.
        """
        if self.target is not None:
            return Target.parse(self.target)
        text = os.environ.get(ASSISTANT_VARIABLE, "").strip()
        try:
            return Target.parse(text) if text else None
        except ConfigurationError as exc:
            raise ConfigurationError(f"{ASSISTANT_VARIABLE}: {exc}") from exc

    def resolve(self, target: Target | str | None = None) -> Target:
        """Return the deployment that ``target`` names, filled up from the current one, which None means.

        Raises:
            ConfigurationError: A part is missing, or there is no target at all.
        """
        if isinstance(target, Target):
            return target
        if target is not None and not isinstance(target, str):
            raise ConfigurationError(f"a target is text, such as 'support', not {target!r}")
        if target is not None:
            return Target.parse(target, None if target.count("/") >= 2 else self.current_target())
        current = self.current_target()
        if current is None:
            raise ConfigurationError(
                "no assistant is set: type %langtail local for one on this machine, or "
                "%langtail use workspace/project/assistant/environment, or name one in the cell, or set "
                f"{ASSISTANT_VARIABLE}"
            )
        return current

    def overrides(self, target: Target | str | None = None) -> dict[str, Any]:
        """Return the parameters set for an assistant, by Python name, in the order of ``FIELDS``."""
        return {name: value for name, value in self._values(target).items() if name != "variables"}

    def variables_of(self, target: Target | str | None = None) -> dict[str, str]:
        """Return the variables set for an assistant."""
        return dict(self._values(target).get("variables", {}))

    def source(self, name: str, target: Target | str | None = None) -> str:
        """Return where a parameter comes from: ``set``, ``panel``, or ``deployed`` where it is not set."""
        if name not in self._values(target):
            return "deployed"
        return self._origins.get(self._identity(target), {}).get(name, "set")

    @contextmanager
    def origin(self, name: str) -> Iterator[None]:
        """Let what is set inside the ``with`` block say that it came from ``name``, such as ``panel``."""
        token = _origin.set(name)
        try:
            yield
        finally:
            _origin.reset(token)

    def request(
        self,
        message: str | Sequence[Mapping[str, Any]] | None = None,
        *,
        target: Target | str | None = None,
        variables: Mapping[str, Any] | None = None,
        earlier: Mapping[str, Any] | None = None,
        as_deployed: bool = False,
        json: bool = False,
        thread_id: str | None = None,
        messages: Sequence[Mapping[str, Any]] = (),
        extra: Mapping[str, Any] | None = None,
        **parameters: Any,
    ) -> Request:
        """Return the request of one call: its own values over those of the settings.

        Args:
            message: The user's message, text or content parts.
            target: For this call only; None is the current one.
            variables: For this call only; None as a value leaves a variable out.
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
        with self._lock:
            merged = {} if as_deployed else self.overrides(resolved)
            shared = self.variables_of(resolved)
        merged |= {name: value for name, value in parameters.items() if value is not None}
        merged = {name: value for name, value in merged.items() if not is_deployed(name, value)}
        if json:
            merged.setdefault("response_format", JSON_OBJECT)
        given = {**(earlier or {}), **shared, **(variables or {})}
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

    def update(self, parameters: Mapping[str, Any], variables: Mapping[str, Any] | None = None) -> None:
        """Set several parameters and add variables, all or none; DEPLOYED or None unsets one.

        Raises:
            ConfigurationError: A name is unknown or a value is not allowed; nothing was changed.
        """
        for name, value in parameters.items():
            if name not in FIELDS:
                raise ConfigurationError(f"unknown parameter {name!r}{near(name, FIELDS)}")
            self._checked(name, value)
        with self._lock:
            if variables:
                self.variables = self.variables_of() | dict(variables)
            _raise_first(self._set_each(parameters))

    def unset(self, *names: str) -> None:
        """Go back to what is deployed for these parameters and variables.

        Option spellings count too: ``--max-tokens``, ``max-tokens``, ``-t``.

        Raises:
            ConfigurationError: A name is neither a parameter nor a variable that is set; nothing was changed.
        """
        with self._lock:
            resolved = [self._settable(name) for name in names]
            dropped = {variable for trait, variable in resolved if trait == "variables"}
            if dropped:
                self.variables = {n: value for n, value in self.variables.items() if n not in dropped}
            traits = [trait for trait, _ in resolved if trait != "variables"]
            _raise_first(self._set_each({trait: self.trait_defaults(trait) for trait in traits}))

    def reset(self) -> None:
        """Drop every parameter, the template override and the variables of the current assistant."""
        _raise_first(self._set_each(dict.fromkeys(_OWNED_TRAITS)))

    def _settable(self, name: str) -> tuple[str, str]:
        """Return the trait, and for ``variables`` the variable, that a typed name means."""
        by_option = {option: field.name for field in FIELDS.values() for option in field.options}
        plain = by_option.get(name) or name.lstrip("-").replace("-", "_")
        own = [trait for trait in _KERNEL_TRAITS if trait not in ("base_url", "target")]
        if name in self.variables and not (plain in FIELDS and getattr(self, plain) is not None):
            return "variables", name
        if plain in FIELDS or plain in own:
            return plain, ""
        known = [*FIELDS, *own, *self.variables]
        raise ConfigurationError(
            f"{name!r} is neither a parameter nor a variable that is set{near(plain, known)}"
        )

    def _identity(self, target: Target | str | None) -> str | None:
        resolved = self.current_target() if target is None else self.resolve(target)
        return resolved.identity if resolved is not None else None

    def _values(self, target: Target | str | None) -> dict[str, Any]:
        """Return what is set for an assistant, ``variables`` included where there are any."""
        identity = self._identity(target)
        with self._lock:
            self._follow_target()
            return self._shown() if identity == self._owner else dict(self._kept.get(identity or "", {}))

    def _shown(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in _OWNED_TRAITS}
        values["variables"] = values["variables"] or None
        return {name: value for name, value in values.items() if value is not None}

    def _note_origin(self, name: str) -> None:
        self._origins.setdefault(self._owner, {})[name] = _origin.get()
        if self._settled:
            self._tell()

    def _tell(self) -> None:
        for told in list(self._watchers):
            try:
                told()
            except Exception:
                # What is set is set; that it cannot be shown somewhere is no fault of whoever set it.
                _log.exception("a change of the settings could not be shown")

    def _follow_target(self) -> None:
        """Show the values of the current assistant, which the environment may name anew at any time."""
        if not self._settled:
            return
        try:
            owner = self._identity(None)
        except ConfigurationError:
            return
        if owner != self._owner:
            self._swap(owner)

    def _swap(self, owner: str | None) -> None:
        shown = self._shown()
        arriving = dict(self._kept.pop(owner, {})) if owner is not None else {}
        if self._owner is not None:
            self._kept[self._owner] = shown
        else:
            # Set while no assistant was known: it was meant for the first one that is.
            arriving |= shown
            self._origins[owner] = self._origins.get(owner, {}) | self._origins.pop(None, {})
        self._owner = owner
        origins = dict(self._origins.get(owner, {}))
        self._settled = False
        try:
            # A widget that cannot show the new value must not keep the assistant from changing.
            self._set_each({name: arriving.get(name) for name in _OWNED_TRAITS})
        finally:
            self._settled = True
        self._origins[owner] = origins
        self._tell()

    def __repr__(self) -> str:
        shown = {"target": self.target, **self._shown()}
        shown.pop("variables", None)
        parts = [f"{name}={_brief(value)}" for name, value in shown.items() if value is not None]
        if self.variables:
            parts.append(f"variables=[{', '.join(self.variables)}]")
        return f"Settings({', '.join(parts)})"


def _raise_first(refused: Mapping[str, TraitError]) -> None:
    for name, exc in refused.items():
        raise ConfigurationError(
            f"{name} is set, but a widget that is linked to it cannot show its value: {exc}"
        ) from exc


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
