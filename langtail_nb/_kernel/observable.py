"""Settings as traits: each with a type that a checker knows, a value for each assistant, and observers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import Enum
from threading import RLock
from typing import TYPE_CHECKING, Any, SupportsFloat, SupportsIndex

from traitlets import Bunch, HasTraits, TraitError, observe

from langtail_nb._client.base_url import base_url_of
from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel import sourced, targets
from langtail_nb._kernel.overrides import OWNED, Overrides, checked, set_by
from langtail_nb._kernel.traits import Checked, Parameter, Rerun, TargetText, Variables, check_retries
from langtail_nb._kernel.watchers import Watchers
from langtail_nb._text.near import near
from langtail_nb._types.fields import Rerunning
from langtail_nb._types.limits import check_timeout
from langtail_nb._types.target import Target


class Observable(HasTraits):
    """The traits, whose values they show, and who is told of a change."""

    base_url = Checked[str | None, str | None](
        base_url_of,
        help="where the API is; None takes LANGTAIL_BASE_URL, else the project's, else Langtail's",
    )
    target = TargetText()
    rerun = Rerun()
    timeout = Checked[float | None, SupportsFloat | None](
        check_timeout,
        help="seconds of silence before a call is given up; None: 600 until the answer begins, then 60",
    )
    retries = Checked[int, SupportsIndex](
        check_retries, 2, help="attempts after the first, 0 to 10, made where repeating is safe"
    )

    # What an editor shows beside a name; a test compares each with the table.
    temperature = Parameter[float, SupportsFloat]()
    """0 repeats itself, higher varies more"""
    top_p = Parameter[float, SupportsFloat]()
    """sample from the likeliest tokens, up to this share"""
    max_tokens = Parameter[int, SupportsIndex]()
    """longest answer, in tokens; -1 is no limit"""
    presence_penalty = Parameter[float, SupportsFloat]()
    """above 0 favours new topics"""
    frequency_penalty = Parameter[float, SupportsFloat]()
    """above 0 avoids repeated words"""
    model = Parameter[str, str | Enum]()
    """model to use instead of the deployed one"""
    seed = Parameter[int, SupportsIndex]()
    """the same answer each time, as far as the model can"""
    stop = Parameter[list[str], str | Iterable[str]]()
    """end the answer before this text; up to four"""
    reasoning_effort = Parameter[str, str | Enum]()
    """how much a reasoning model thinks"""
    max_thinking_tokens = Parameter[int, SupportsIndex]()
    """thinking budget, in tokens"""
    tool_choice = Parameter[str | dict[str, Any], str | Mapping[str, Any]]()
    """whether the model may, must or must not call a tool"""
    tools = Parameter[list[dict[str, Any]], Sequence[Mapping[str, Any]]]()
    """replaces the deployed tools; an empty list removes them"""
    parallel_tool_calls = Parameter[bool, bool]()
    """whether several tools may be called at once"""
    response_format = Parameter[dict[str, Any], Mapping[str, Any]]()
    """shape of the answer, as {"type": "json_object"}"""
    template = Parameter[list[dict[str, Any]], str | Sequence[Mapping[str, Any]]]()
    """replaces the deployed template: a system message, or lines '--- role'"""
    user = Parameter[str, str]()
    """id of your end user"""
    metadata = Parameter[dict[str, Any], Mapping[str, Any]]()
    """kept with the request in Langtail's logs"""
    do_not_record = Parameter[bool, bool]()
    """keep the contents out of Langtail's logs, recordings and the calls kept here"""
    variables = Variables()
    """values for the template, as text"""

    def __init__(self, **traits: Any) -> None:
        self._lock = RLock()
        self._watchers = Watchers()
        self._overrides = Overrides()
        self._owner: str | None = None
        for name in traits:
            self._refuse_unknown(name)
        super().__init__(**traits)

    def __getstate__(self) -> dict[str, Any]:
        # A copy has values of its own, and nobody watches them. A lock can be neither copied nor pickled.
        with self._lock:
            state = super().__getstate__() | {"_overrides": self._overrides.copy()}
        return {name: value for name, value in state.items() if name not in ("_lock", "_watchers")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state | {"_lock": RLock(), "_watchers": Watchers()})

    if not TYPE_CHECKING:  # whoever declares it is taken by checkers to take any name

        def __setattr__(self, name: str, value: Any) -> None:
            # A name that is misspelt would be set, and nothing would come of it.
            self._refuse_unknown(name)
            super().__setattr__(name, value)

    def set_trait(self, name: str, value: Any) -> None:
        """Set a value by its name.

        Raises:
            ConfigurationError: There is no such name, or the value is not allowed.
        """
        self._refuse_unknown(name)
        super().set_trait(name, value)

    def _refuse_unknown(self, name: str) -> None:
        if not (name.startswith("_") or hasattr(type(self), name)):
            raise ConfigurationError(f"settings have no {name!r}{near(name, self.trait_names())}")

    @property
    def lock(self) -> RLock:
        """Held while a value changes; hold it to read several that belong together."""
        return self._lock

    def watch(self, told: Callable[[], object]) -> Callable[[], None]:
        """Call ``told`` after every change of a value of any assistant; return a function that ends this.

        A change of the base URL counts, too. It is called with the lock held, in the thread that made the
        change.
        """
        return self._watchers.add(told)

    def origin(self, name: str) -> AbstractContextManager[None]:
        """Let what is set inside the ``with`` block say that it came from ``name``, such as ``panel``."""
        return set_by(name)

    def current_target(self) -> Target | None:
        """Return ``target``, else what ``LANGTAIL_ASSISTANT`` names, else the project's, else None.

        Raises:
            ConfigurationError: The environment variable names no target.
        """
        return sourced.target(self.target).value

    def current_base_url(self) -> str:
        """Return ``base_url``, else ``LANGTAIL_BASE_URL``, else the project's, else the service's.

        Raises:
            ConfigurationError: The environment variable holds none.
        """
        return sourced.base_url(self.base_url).value

    def chosen_rerun(self) -> Rerunning | None:
        """Return ``rerun`` where it was set, else None, where the project may say it."""
        return type(self).rerun.chosen(self)

    def resolve(self, target: Target | str | None = None) -> Target:
        """Return the deployment that ``target`` names, filled up from the current one, which None means.

        Raises:
            ConfigurationError: A part is missing, or there is no target at all.
        """
        return targets.resolve(target, self.current_target)

    def value(self, name: str) -> Any:
        """Return a parameter, or ``variables``, of the current assistant; None where it is as deployed."""
        return self._overrides.get(self._follow(), name)

    def overrides(self, target: Target | str | None = None) -> dict[str, Any]:
        """Return the parameters set for an assistant, by Python name, in the order of ``FIELDS``."""
        return {name: value for name, value in self._set_for(target).items() if name != "variables"}

    def variables_of(self, target: Target | str | None = None) -> dict[str, str]:
        """Return the variables set for an assistant."""
        return dict(self._set_for(target).get("variables", {}))

    def source(self, name: str, target: Target | str | None = None) -> str:
        """Return where a parameter comes from: ``set``, ``panel``, or ``deployed`` where it is not set."""
        if name not in self._set_for(target):
            return "deployed"
        return self._overrides.origin(self._identity(target), name)

    def assign(self, name: str, value: Any, *, target: Target | str | None = None) -> None:
        """Set a parameter, or ``variables``, of any assistant; None goes back to what is deployed.

        Args:
            target: Whose value it is; None is the current one.

        Raises:
            ConfigurationError: The name is unknown or the value is not allowed; nothing was changed. Or it
                was set, and a widget linked to it cannot show it.
        """
        self.assign_each({name: value}, target=target)

    def assign_each(self, values: Mapping[str, Any], *, target: Target | str | None = None) -> None:
        """Do the same for several.

        Raises:
            ConfigurationError: Likewise; or all were set, and a widget linked to one cannot show its value.
        """
        allowed = {name: checked(name, value) for name, value in values.items()}
        named = None if target is None else self._identity(target)
        with self._lock:
            owner = self._follow()
            identity = owner if named is None else named
            refused = [self._put(identity, name, value) for name, value in allowed.items()]
        for exc in filter(None, refused):
            raise exc

    def _put(self, identity: str | None, name: str, value: Any) -> ConfigurationError | None:
        """Set a value, tell of it, and return why a widget that is linked to it cannot show it."""
        before = self._overrides.get(identity, name)
        if not self._overrides.put(identity, name, value):
            return None
        self._watchers.tell()
        return self._tell(name, before) if identity == self._owner else None

    def _follow(self) -> str | None:
        """Return the current assistant, which the environment may name anew at any time."""
        owner = self._now()
        if owner != self._owner:
            with self._lock:
                # Another thread may have been here meanwhile.
                owner = self._now()
                if owner != self._owner:
                    self._move_to(owner)
        return owner

    def _now(self) -> str | None:
        try:
            return self._identity(None)
        except ConfigurationError:
            return self._owner

    def _identity(self, target: Target | str | None) -> str | None:
        resolved = self.current_target() if target is None else self.resolve(target)
        return None if resolved is None else resolved.identity

    def _set_for(self, target: Target | str | None) -> dict[str, Any]:
        identity = self._identity(target)
        with self._lock:
            self._follow()
            return self._overrides.of(identity)

    def _move_to(self, owner: str | None) -> None:
        before = {name: self._overrides.get(self._owner, name) for name in OWNED}
        if self._owner is None and owner is not None:
            self._overrides.hand_over(owner)
        self._owner = owner
        self._watchers.tell()
        # A widget that cannot show the new value must not keep the assistant from changing. Whoever is told
        # may change something in turn, so each name is looked at when it is told of.
        for name, value in before.items():
            if self.value(name) != value:
                self._tell(name, value)

    @observe("target")
    def _take_up(self, change: Bunch) -> None:
        # The first observer: the others find the new assistant's values in place.
        self._follow()

    @observe("base_url")
    def _move(self, change: Bunch) -> None:
        with self._lock:
            self._watchers.tell()

    def _tell(self, name: str, before: Any) -> ConfigurationError | None:
        change = Bunch(name=name, old=before, new=self.value(name), owner=self, type="change")
        try:
            self.notify_change(change)
        except TraitError as exc:  # never ours: our own checks raise a ConfigurationError
            what = "a widget that is linked to it"
            refused = (
                f"{name} is unset; {what} keeps what it showed, as it cannot show none"
                if change.new is None
                else f"{name} is set, but {what} cannot show its value: {exc}"
            )
            error = ConfigurationError(refused)
            error.__cause__ = exc
            return error
        return None
