"""The panel without its view: what it shows, and what happens when something in it is touched.

Everything is a plain value in and a plain value out, so it works without a browser. Two locks, always in
this order: that of the settings, held while they are edited and while what is shown is made from them, and
the panel's own. The network thread takes the second only, since whoever holds the first may be waiting for
the network. A third keeps the history in order; nobody waits for another lock with it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from threading import RLock, Thread
from typing import TYPE_CHECKING, Any, Final

from langtail_nb._calls.trial import Trial
from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._kernel.session import Session
from langtail_nb._panel.answers import Answers
from langtail_nb._panel.asking import Asking
from langtail_nb._panel.beside_files import BesideFiles
from langtail_nb._panel.common import Common
from langtail_nb._panel.deployment_reader import THREAD, DeploymentReader
from langtail_nb._panel.edits import Edits
from langtail_nb._panel.history import History
from langtail_nb._panel.payload import checked
from langtail_nb._panel.places import chosen
from langtail_nb._panel.prompt_size import PromptSize
from langtail_nb._panel.recalling import Recalling
from langtail_nb._panel.screen import Screen
from langtail_nb._panel.stored_ticks import StoredTicks, Wanted
from langtail_nb._panel.sweep_tab import SweepTab
from langtail_nb._panel.taking import Taking
from langtail_nb._panel.told import Told
from langtail_nb._types.plain_form import opened
from langtail_nb._types.request import Request
from langtail_nb._types.rows import Row
from langtail_nb._types.target import Target

if TYPE_CHECKING:
    from langtail_nb._panel.actions import Action
    from langtail_nb._panel.sweeping import Sweeping
    from langtail_nb._panel.wire import Said

_log = logging.getLogger("langtail_nb")

_ASKING: Final = ("run", "compare", "refresh")
_STEPPING: Final = ("set", "use", "reset")


class Playground:
    """One panel on one assistant.

    Args:
        session: The kernel's own, shared with cells.
        target: The assistant; the panel stays with it whatever cells do.
        publish: Takes the name and the new value of a section that changed.
        send: Takes a message for the views.
        ran: Called when answers have come to their end, with their trials.
        kept: Called when an answer became a turn, with its trial's serial and which turn it is.
        left: Called when the conversation was left, which other panels on the assistant show, too.
        moved: Called with the target that the panel is to be on from now on.
        table: Rows that message and variables can be filled from.
    """

    def __init__(
        self,
        session: Session,
        target: Target,
        *,
        publish: Callable[[str, Any], object],
        send: Callable[[Said], object],
        ran: Callable[[Sequence[Trial]], object] = lambda trials: None,
        kept: Callable[[int, str], object] = lambda serial, told: None,
        left: Callable[[], object] = lambda: None,
        moved: Callable[[Target], object] = lambda target: None,
        table: Sequence[Row] = (),
    ) -> None:
        self.session, self.target = session, target
        self._told = Told(publish, send)
        self._ran, self._moved = ran, moved
        self._lock = RLock()
        self._edits = Edits(session, target, table)
        self._answers = Answers(
            session, target, self._lock,
            send=self._told.send, changed=self._columns_changed, ended=self._ended,
        )  # fmt: skip
        self._history = History(session, target, self._told, self._edits.drafts, lambda: self._answers.stored)
        # Background work publishes too, and ipykernel 7.0 finds the front end by context only.
        self._context = copy_context()
        self.looks = DeploymentReader(
            session, target, aside=self._aside, before=self.refresh, looked=self._looked
        )
        # What another panel or a cell has read already stands in the first picture.
        self._edits.config = self.looks.newest
        self._asking = Asking(
            session, target, self._edits, self._answers, self.looks, say=self.say, kept=kept, left=left
        )
        self._recalling = Recalling(
            session, target, self._history, self._edits, self._answers, self._asking,
            say=self.say, aside=self._aside,
        )  # fmt: skip
        common = Common(session, target, self._edits, self._told, aside=self._aside, changed=self.refresh)
        self._taking = Taking(common, self._answers)
        self._screen = Screen(common, self._answers, self.looks, self._taking)
        self._stored_ticks = StoredTicks(common, show=self._answers.show_stored)
        self._prompt_size = PromptSize(common, asked=lambda: self._answers.behind(self.request()))
        self._sweeping = SweepTab(partial(self._make_sweeping, common))
        self._files = BesideFiles(common)
        self._has_gone_on = False
        self._actions = self._actions_by_name()
        self._end_watch = session.settings.watch(self.draw)

    @property
    def trials(self) -> list[Trial]:
        """The answers, one for each column."""
        return self._answers.trials

    def go_on_from(self, earlier: Playground) -> bool:
        """Take over what stands in a panel on the same assistant that this one replaces; return if it did.

        Answers are taken over where environment and version are the same, too.

        What was begun in this one stays, as nothing is taken over a second time.
        """
        if self._has_gone_on or self._edits.are_begun or self._asking.variants.are_begun or self.trials:
            return False
        self._has_gone_on = True
        self._edits.go_on_from(earlier._edits)
        self._asking.variants = earlier._asking.variants
        self._sweeping.go_on_from(earlier._sweeping)
        if earlier.target == self.target:
            self._answers.go_on_from(earlier._answers)
        self.draw()
        return True

    def take_place_of(self, shown: Playground) -> None:
        """Show this target in the views that showed another; the other says nothing any more."""
        shown.close()
        shown._told.close()
        # Another text than was typed last: a view takes it over whatever its box holds.
        self._edits.serial = shown._edits.serial + 1
        self.refresh()

    def close(self) -> None:
        """Stop what runs, and let go of the settings."""
        self._end_watch()
        self.looks.close()
        self._sweeping.stop()
        self._answers.stop()

    def wait(self) -> None:
        """Wait until no answer is on its way and all that ended has been shown; can be interrupted."""
        self._answers.wait()

    def ask(self, message: str | None = None) -> Trial:
        """Run as the button does, and return the answer when it has ended.

        Raises:
            ConfigurationError: It could not begin; nothing was sent.
        """
        text = opened(message)
        if message is not None and not isinstance(text, str):
            raise ConfigurationError(f"the message must be text, not {type(message).__name__}")
        # nbclient hears only what belongs to the cell that runs.
        self._context = copy_context()
        if text is not None:
            self._edits.say(text)
        begun: list[Trial] = []
        try:
            with self.session.settings.origin("panel"):
                begun = self._asking.run()
            self.refresh()
            self.wait()
        except KeyboardInterrupt:
            self._answers.stop()
            self.wait()
            if not begun:
                raise
        [trial] = begun
        return trial

    def do(self, content: Mapping[str, Any]) -> None:
        """Carry out what was done in a view, one of :mod:`actions`; bad input is told, never raised."""
        name, told = content.get("do"), self._told.count
        try:
            action = checked(content)
            if action is None:
                return
            with self.session.settings.origin("panel"):
                self._perform(action)
        except LangtailError as exc:
            self._told.send({"say": str(exc), "bad": True})
        except Exception as exc:
            # A watcher of the settings, which the user wrote, may raise anything.
            _log.error("%s, done in a view, ended in an error", name, exc_info=exc)
            self._told.send({"say": f"{name}: {type(exc).__name__}: {exc}", "bad": True})
        self.draw()
        if name in _ASKING:
            self._history.show()
        if self._told.count == told:
            # A view that hears nothing would think the kernel gone.
            self._told.send({"heard": str(name)})

    def say(self, line: str) -> None:
        """Tell the views one line."""
        self._told.send({"say": line})

    def request(self) -> Request:
        """Return the request that a run makes, without the thread's history.

        Raises:
            ConfigurationError: Something set cannot be sent.
        """
        return self._edits.request()

    def draw(self) -> None:
        """Publish what is made from memory; the history is on disk, and an edit does not change it."""
        with self.session.settings.lock, self._lock:
            if self.looks.has_own():
                self._edits.config = self.looks.newest
            if self._screen.draw(self._asking.variants):
                self._sweeping.draw()
                self._files.draw()
            self._look_for_stored()

    def refresh(self) -> None:
        """Publish every section that changed, the history among them."""
        self.draw()
        self._history.show()

    def _look_for_stored(self) -> None:
        with suppress(ConfigurationError):  # what cannot be sent is nowhere stored
            request = self.request()
            self._stored_ticks.want(Wanted(request, self._answers.behind(request), self._edits.config))

    def _columns_changed(self) -> None:
        self._screen.show_columns()

    def _ended(self, trials: Sequence[Trial]) -> None:
        # These, whatever has begun by the time that they are shown.
        self._aside(partial(self._all_ran, trials))

    def _all_ran(self, trials: Sequence[Trial]) -> None:
        try:
            self._ran(trials)
            self._stored_ticks.note(trials, self._edits.config)
            self.refresh()
        finally:
            self._answers.settle()

    def _make_sweeping(self, common: Common) -> Sweeping:
        from langtail_nb._panel.sweeping import Sweeping

        return Sweeping(common, variants=lambda: self._asking.variants)

    def _aside(self, job: Callable[[], object]) -> None:
        """Do something on a thread that may wait: neither the network's nor the caller's."""
        Thread(target=self._context.copy().run, args=(job,), name=THREAD, daemon=True).start()

    def _looked(self, anew: bool) -> None:
        looks = self.looks
        if looks.trouble is None:
            if self._edits.config is None or anew:
                self._edits.config = looks.newest
        elif anew and looks.newest is not None:
            self._told.send({"say": looks.trouble, "bad": True})
        self.refresh()

    # Actions.

    def _perform(self, action: Action) -> None:
        given = {name: value for name, value in action.items() if name != "do"}
        self._actions[action["do"]](**given)
        if action["do"] in _STEPPING:
            self._stored_ticks.stepped()
        elif action["do"] in ("run", "compare"):
            self._stored_ticks.begun()

    def _hello(self) -> None:
        self.looks.shown()
        with self._lock:
            self._told.pictures(self._screen.pictures, again=True)
            self._answers.tell_all()

    def _switch(self, target: str) -> None:
        if self._answers.is_busy:
            raise ConfigurationError("an answer is on its way: stop it or wait for it, then choose again")
        listing = self.session.deployed.listing(self.session.base_url)
        named = chosen(target, self.target, listing)
        if named != self.target:
            self._moved(named)

    def copied(self, kind: str) -> str:
        """Return the request as a ``cell``, ``python``, ``curl``, ``json`` or a ``link``.

        Raises:
            ConfigurationError: There is no such kind, or what is deployed is not known for a link.
        """
        return self._taking.written(kind, self.request())

    def _telling(self, edit: Callable[..., str]) -> Callable[..., None]:
        def act(**given: Any) -> None:
            if told := edit(**given):
                self.say(told)

        return act

    def _actions_by_name(self) -> dict[str, Callable[..., object]]:
        edits = self._edits
        return {
            "hello": self._hello,
            "switch": self._switch,
            "set": edits.set,
            "use": edits.use,
            "reset": self._telling(edits.reset),
            "variable": edits.variable,
            "fill": self._telling(edits.fill),
            "message_from": self._telling(edits.message_from),
            "message": edits.type,
            "images": edits.attach,
            "extra": edits.put_before,
            "picture": edits.drafts.take,
            "template": edits.template,
            "undo": self._telling(edits.back),
            "redo": self._telling(edits.again),
            "count": self._prompt_size.tell,
            "refresh": partial(self.looks.look, anew=True),
            "copy": self._taking.copy,
            "insert": self._taking.insert,
            "form": self._taking.show_as,
            "take_settings": self._taking.settings,
            "take_text": self._taking.text,
            "take_cell": self._taking.cell,
            **self._asking.actions(),
            **self._recalling.actions(),
            **self._sweeping.actions(),
            **self._files.actions(),
        }
