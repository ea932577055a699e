"""What a session knows of the names that Tab offers, without asking a server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from langtail_nb._errors import LangtailError
from langtail_nb._kernel.conversation.awaiting import awaiting
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.execution import execution_of
from langtail_nb._types.config import arguments_of, variables_of
from langtail_nb._types.fields import FIELDS
from langtail_nb._types.target import Target
from langtail_nb._types.tool_results import is_plain

if TYPE_CHECKING:
    from langtail_nb._kernel.session import Session


class SessionKnown:
    """What a session knows already. A missing list of deployments is asked for, and there at the next Tab."""

    def __init__(self, session: Session, namespace: Mapping[str, Any]) -> None:
        self._session = session
        self._namespace = namespace

    def targets(self) -> Iterator[str]:
        """Yield the deployments: in short, then in full where the current target says the rest."""
        session = self._session
        try:
            session.deployed.look_at_listing(session.client())
            listing = session.deployed.listing(session.base_url)
            current = session.settings.current_target()
        except LangtailError:
            return
        places = [(row.assistant, row.environment) for row in listing]
        yield from (f"{assistant}/{environment}" for assistant, environment in places)
        if current is not None:
            yield from dict.fromkeys(f"/{env}" for name, env in places if name == current.assistant)
            scope = f"{current.workspace}/{current.project}/" if current.workspace else ""
            yield from (f"{scope}{assistant}/{environment}" for assistant, environment in places)
            yield str(current)

    def threads(self, target: str | None) -> list[str]:
        """Return the names of this kernel's threads and of those kept on disk."""
        resolved = self._target(target)
        if resolved is None:
            return []
        session = self._session
        here = [_typed(thread) for thread in session.conversations(resolved).threads]
        try:
            stored = session.store.threads(session.place, resolved.identity)
        except LangtailError:
            return here
        return list(dict.fromkeys([*here, *(thread.name for thread in stored)]))

    def models(self, target: str | None) -> list[str]:
        """Return the models of replies and deployments seen."""
        session, config = self._session, self._config(target)
        seen = [session.settings.model, session.last.model if session.last else None]
        seen.append(arguments_of(config).get("model") if config else None)
        return [model for model in seen if isinstance(model, str) and model]

    def variables(self, target: str | None) -> list[str]:
        """Return the variables that are deployed, if that is known, and those that are set."""
        resolved, config = self._target(target), self._config(target)
        if resolved is None:
            return []
        override = self._session.settings.overrides(resolved).get("template")
        return [
            *(variables_of(config, override) if config else {}),
            *self._session.settings.variables_of(resolved),
        ]

    def names(self) -> list[str]:
        """Return the kernel's public names."""
        return sorted(name for name in self._namespace if not name.startswith("_"))

    def calls(self) -> list[str]:
        """Return what to call the tool calls that wait for a result, as far as it can stand on a line."""
        try:
            places = awaiting(self._session, execution_of(None))
        except LangtailError:
            return []
        return [name for place in places for name in place.turn.pending.missing if is_plain(name)]

    def names_set(self) -> list[str]:
        """Return the parameters and variables that are set, in the order of ``FIELDS``."""
        settings = self._session.settings
        target = self._target(None)
        flags = ["no-thread"] if target and self._session.conversations(target).one_shot else []
        return [
            *(name for name in FIELDS if getattr(settings, name) is not None),
            *settings.variables,
            *flags,
        ]

    def versions(self, target: str | None) -> list[str]:
        """Return the versions of the assistant that are deployed, as far as they have been listed."""
        resolved = self._target(target)
        if resolved is None:
            return []
        listing = self._session.deployed.listing(self._session.base_url)
        found = [row.version for row in listing if row.assistant == resolved.assistant]
        return list(dict.fromkeys(one for one in found if one))

    def _target(self, text: str | None) -> Target | None:
        try:
            return self._session.settings.resolve(text)
        except LangtailError:
            return None

    def _config(self, text: str | None) -> dict[str, Any] | None:
        resolved = self._target(text)
        return self._session.deployed.config(self._session.base_url, resolved) if resolved else None


def _typed(thread: Thread) -> str:
    """Return what to type for a thread: its name, or its number."""
    return thread.label if thread.name or thread.of else str(thread.number)
