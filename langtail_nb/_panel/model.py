"""The panel without its view: what it shows, and what happens when something in it is touched.

Everything is a plain value in and a plain value out, so it works without a browser. Two locks, always in
this order: that of the settings, held while they are edited and while what is shown is made from them, and
the panel's own. The network thread takes the second only, since whoever holds the first may be waiting for
the network. A third keeps the history in order; nobody waits for another lock with it.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from threading import RLock, Thread, Timer
from typing import TYPE_CHECKING, Any, Final

from langtail_nb import _copies, _runs
from langtail_nb._deployed import Config, arguments_of
from langtail_nb._errors import ConfigurationError, LangtailError, NotFoundError
from langtail_nb._models import Request, Target
from langtail_nb._panel import sections
from langtail_nb._panel.answers import Answers
from langtail_nb._panel.edits import Edits
from langtail_nb._panel.told import Told
from langtail_nb._panel.variants import Variants
from langtail_nb._session import Session
from langtail_nb._store import StoreError
from langtail_nb._tables import Row
from langtail_nb._trials import Trial

if TYPE_CHECKING:
    from langtail_nb._key import ApiKey

_log = logging.getLogger("langtail_nb")

_RUN: Final = "run"
_THREAD: Final = "langtail_nb panel"
# A run that follows another at once need not ask what is deployed again.
_FRESH_S: Final = 5.0
# No view shows itself where nobody looks, or while the kernel is busy with the next cell.
_PATIENCE_S: Final = 0.5
_ASKING: Final = ("run", "compare", "refresh")


class PanelModel:
    """One panel on one assistant.

    Args:
        session: The kernel's own, shared with cells.
        target: The assistant; the panel stays with it whatever cells do.
        publish: Takes the name and the new value of a section that changed.
        send: Takes a message for the views.
        ran: Called when answers have come to their end, with their trials.
        kept: Called when an answer became a turn, with its trial's serial and which turn it is.
        left: Called when the conversation was left, which other panels on the assistant show, too.
        table: Rows that variables can be filled from.
    """

    def __init__(
        self,
        session: Session,
        target: Target,
        *,
        publish: Callable[[str, Any], object],
        send: Callable[[dict[str, Any]], object],
        ran: Callable[[Sequence[Trial]], object] = lambda trials: None,
        kept: Callable[[int, str], object] = lambda serial, told: None,
        left: Callable[[], object] = lambda: None,
        table: Sequence[Row] = (),
    ) -> None:
        self.session, self.target = session, target
        self._told = Told(publish, send)
        self._ran, self._kept, self._left = ran, kept, left
        self._lock, self._history_lock = RLock(), RLock()
        self._edits = Edits(session, target, table)
        self._variants = Variants()
        self._answers = Answers(
            session, target, self._lock, send=self._told.send, changed=self._show_columns, ended=self._ended
        )
        # Background work publishes too, and ipykernel 7.0 finds the front end by context only.
        self._context = copy_context()
        self._trouble: str | None = None
        # What another panel or a cell has read already stands in the first picture.
        self._newest = self._edits.config = session.deployed.config(session.base_url, target)
        self._first_look: Timer | None = None
        self._has_looked = False
        self._pictures: dict[str, str] = {}
        self._looks, self._newest_look = itertools.count(1), 0
        self._listed: object = object()  # the version of the history that was shown
        self._actions = self._actions_by_name()
        self._end_watch = session.settings.watch(self.draw)

    @property
    def trials(self) -> list[Trial]:
        """The answers, one for each column."""
        return self._answers.trials

    def look(self, *, anew: bool = False, fresh_s: float | None = None, key: ApiKey | None = None) -> None:
        """Begin to read what is deployed; it is shown once it is here.

        Args:
            anew: Read it however fresh what is known is, and take it over.
            fresh_s: How old what is known may be, in seconds; None leaves it to the session.
            key: For a call from a thread of our own.
        """
        try:
            client = self.session.client(key)
        except ConfigurationError as exc:
            self._trouble = str(exc)
            self.refresh()
            return
        number = next(self._looks)
        future = self.session.deployed.look(client, self.target, fresh_s=0 if anew else fresh_s)
        future.add_done_callback(lambda done: self._aside(partial(self._looked, number, done, accept=anew)))

    def look_soon(self) -> None:
        """Read the history and what is deployed once a view shows itself, or soon in any case.

        The disk and the imports of the first call would keep the panel from being seen.
        """
        look = self._context.copy()
        self._first_look = Timer(_PATIENCE_S, look.run, (self._look_first, self._key()))
        self._first_look.daemon, self._first_look.name = True, _THREAD
        self._first_look.start()

    def _key(self) -> ApiKey | None:
        try:
            return self.session.key()
        except ConfigurationError:
            return None  # told by the look itself

    def _look_first(self, key: ApiKey | None) -> None:
        with self._lock:
            if self._has_looked:
                return
            self._has_looked = True
        self.refresh()
        self.look(key=key)

    def close(self) -> None:
        """Stop what runs, and let go of the settings."""
        self._end_watch()
        if self._first_look is not None:
            self._first_look.cancel()
        self._answers.stop()

    def wait(self) -> None:
        """Wait until no answer is on its way and all that ended has been shown; can be interrupted."""
        self._answers.wait()

    def ask(self, message: str | None = None) -> Trial:
        """Run as the button does, and return the answer when it has ended.

        Raises:
            ConfigurationError: It could not begin; nothing was sent.
        """
        if message is not None and not isinstance(message, str):
            raise ConfigurationError(f"the message must be text, not a {type(message).__name__}")
        # nbclient hears only what belongs to the cell that runs.
        self._context = copy_context()
        if message is not None:
            self._edits.say(message)
        begun: list[Trial] = []
        try:
            with self.session.settings.origin("panel"):
                begun = self._run()
            self.refresh()
            self.wait()
        except KeyboardInterrupt:
            self._answers.stop()
            self.wait()
            if not begun:
                raise
        [trial] = begun
        return trial

    def do(self, action: Mapping[str, Any]) -> None:
        """Carry out what was done in a view: ``{"do": name, ...}``; bad input is told, never raised."""
        name = action.get("do")
        perform = self._actions.get(name) if isinstance(name, str) else None
        if perform is None:
            return
        given, told = {key: value for key, value in action.items() if key != "do"}, self._told.count
        try:
            with self.session.settings.origin("panel"):
                perform(**given)
        except LangtailError as exc:
            self._told.send({"say": str(exc), "bad": True})
        except Exception as exc:
            # Front ends are others' programs, too: what one sends may have any form. And so may a watcher of
            # the settings be wrong, which the user wrote.
            _log.error("%s, done in a view, ended in an error", name, exc_info=exc)
            self._told.send({"say": f"{name}: {type(exc).__name__}: {exc}", "bad": True})
        self.draw()
        if name in _ASKING:
            self._show_history()
        if self._told.count == told:
            # A view that hears nothing would think the kernel gone.
            self._told.send({"heard": name})

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
            view, show = self._view(), self._told.show
            show("head", sections.head(view))
            show("parameters", sections.parameters(view))
            show("variables", sections.variables(view))
            template = sections.template_section(view, self._edits.drafts)
            extra = [self._edits.drafts.shown(message) for message in self._edits.extra]
            self._pictures = self._edits.drafts.pictures_in([*template["messages"], *extra])
            self._told.pictures(self._pictures)
            show("template", template)
            show("tools", sections.tools(view))
            show("preview", sections.preview_section(view))
            show("extra", extra)
            show("message", {"text": self._edits.text, "serial": self._edits.serial})
            show("rows", {"count": len(self._edits.table), "at": self._edits.row})
            show("thread", sections.thread_line(view.thread))
            show("undo", self._edits.undo.labels)
            show("compare", self._variants.section(view.overrides))
            self._show_request(view)
            self._show_columns()

    def refresh(self) -> None:
        """Publish every section that changed, the history among them."""
        self.draw()
        self._show_history()

    def _view(self) -> sections.View:
        settings, target = self.session.settings, self.target
        overrides = settings.overrides(target)
        return sections.View(
            target=target,
            config=self._edits.config,
            trouble=self._trouble,
            changed=self._newest is not None and self._newest != self._edits.config,
            overrides=overrides,
            sources={name: settings.source(name, target) for name in overrides},
            variables=settings.variables_of(target),
            text=self._edits.text,
            extra=self._edits.extra,
            thread=self.session.conversations(target).current,
            stand_in=self.session.base_url in self.session.stand_ins,
            kinds=self._edits.kinds,
            problems=self._edits.problems,
            models=self._models(),
        )

    def _models(self) -> list[str]:
        deployed = arguments_of(self._edits.config or {}).get("model")
        return list(dict.fromkeys(name for name in [deployed, *self._answers.models] if name))

    def _show_request(self, view: sections.View) -> None:
        try:
            request = self.request()
        except ConfigurationError as exc:
            self._told.show("line", "")
            self._told.show("warnings", [str(exc)])
            return
        self._told.show("line", sections.line(request))
        self._told.show("warnings", sections.warnings(view, request))

    def _show_columns(self) -> None:
        self._told.show("columns", self._answers.columns(self._edits.text))
        self._told.show("busy", self._answers.is_busy)

    def _show_history(self) -> None:
        # A lock of its own: the network thread need not wait for the disk.
        with self._history_lock:
            try:
                # Cells that call nothing change nothing, and fifty calls with images take a while to read.
                if (version := self.session.store.version()) == self._listed:
                    return
                found = self.session.store.recent(self.target.identity)
            except StoreError as exc:
                _log.warning("%s", exc)
                return
            self._listed = version
            self._told.show("history", _runs.runs(found, self.session.base_url))

    def _ended(self, trials: Sequence[Trial]) -> None:
        # These, whatever has begun by the time that they are shown.
        self._aside(partial(self._all_ran, trials))

    def _all_ran(self, trials: Sequence[Trial]) -> None:
        try:
            self._ran(trials)
            self.refresh()
        finally:
            self._answers.settle()

    def _aside(self, job: Callable[[], object]) -> None:
        """Do something on a thread that may wait: neither the network's nor the caller's."""
        Thread(target=self._context.copy().run, args=(job,), name=_THREAD, daemon=True).start()

    def _looked(self, number: int, done: Future[Config], *, accept: bool) -> None:
        with self._lock:
            # They come on threads of their own: an older look would be taken for a change.
            if done.cancelled() or number < self._newest_look:
                return
            self._newest_look = number
        error = done.exception()
        if error is not None and not isinstance(error, LangtailError):
            raise error
        if error is not None:
            is_missing = isinstance(error, NotFoundError)
            self._trouble = self.session.with_places(str(error), self.target) if is_missing else str(error)
            if accept and self._newest is not None:
                self._told.send({"say": str(error), "bad": True})
        else:
            self._trouble, self._newest = None, done.result()
            if self._edits.config is None or accept:
                self._edits.config = self._newest
        self.refresh()

    # Actions.

    def _hello(self) -> None:
        # Also where the panel stands in another widget, and nothing else said that it is shown.
        if not self._has_looked:
            self._aside(partial(self._look_first, self._key()))
        with self._lock:
            self._told.pictures(self._pictures, again=True)
            self._answers.tell_all()

    def _run(self, after: int | None = None) -> list[Trial]:
        return self._start([(_RUN, "Answer", self.request())]) if self._is_current(after) else []

    def _compare(self, after: int | None = None) -> None:
        if self._is_current(after):
            own = self._edits.request()
            plain = self._edits.request(as_deployed=True).replace(**own.about_the_call)
            self._start(self._variants.requests(own, plain), self._variants.pinned)

    def _is_current(self, after: int | None) -> bool:
        """Return whether a view has seen the last run: at the second of two quick clicks it has not."""
        return after is None or all(trial.serial <= after for trial in self.trials)

    def _start(self, asked: Sequence[tuple[str, str, Request]], pinned: Sequence[Trial] = ()) -> list[Trial]:
        self._edits.check()
        begun = self._answers.start(asked, pinned)
        # Beside the answer: a deployment that changed since the panel was opened is told, not taken over.
        self.look(fresh_s=_FRESH_S)
        return begun

    def _keep(self, column: str, serial: int) -> None:
        if kept := self._answers.keep(column, serial):
            told, follows = kept
            self.say(f"{told.capitalize()}. {follows}")
            self._kept(serial, told)

    def _new_thread(self) -> None:
        self.session.conversations(self.target).leave()
        self.say("The next answer that is kept, or the next cell, begins a thread.")
        self._left()

    def _compare_add(self) -> None:
        self._variants.add(self.session.settings.overrides(self.target))

    def _pin(self, id: int) -> None:
        turn = self.session.store.turn(id)
        if turn is None or turn.request is None:
            raise ConfigurationError("this call was not recorded, so it cannot be compared")
        self._variants.pin(turn, self.target)
        self.say("Added to the comparison.")

    def _copy(self, kind: str) -> None:
        self._told.send({"copy": kind, "text": self.copied(kind)})

    def _insert(self) -> None:
        self._told.send({"insert": self.copied("cell")})

    def copied(self, kind: str) -> str:
        """Return the request as a ``cell``, ``python``, ``curl``, ``json`` or a ``link``.

        Raises:
            ConfigurationError: There is no such kind, or what is deployed is not known for a link.
        """
        request = self.request()
        # A cell stands in the conversation; what is copied to elsewhere takes it along, as a run does.
        asked = request if kind == "cell" else self._answers.behind(request)
        return _copies.written(kind, asked, self.session.base_url, self._edits.config)

    def _restore(self, id: int) -> None:
        turn = self.session.store.turn(id)
        snapshot = _runs.asked_of(turn) if turn is not None else None
        if snapshot is None:
            raise ConfigurationError("this call was not recorded, so it cannot be restored")
        self._edits.restore(snapshot)
        left = _runs.left_out_of(turn) if turn is not None else []
        told = f" without {', '.join(left)}: a panel has no place for it" if left else ""
        self.say(f"Restored the message and settings of this run{told}.")

    def _actions_by_name(self) -> dict[str, Callable[..., object]]:
        edits = self._edits
        return {
            "hello": self._hello,
            "set": edits.set,
            "use": edits.use,
            "reset": edits.reset,
            "variable": edits.variable,
            "fill": edits.fill,
            "message": edits.type,
            "extra": edits.put_before,
            "picture": edits.drafts.take,
            "template": edits.template,
            "undo": edits.back,
            "redo": edits.again,
            "restore": self._restore,
            "pin": self._pin,
            "run": self._run,
            "stop": self._answers.stop,
            "keep": self._keep,
            "new_thread": self._new_thread,
            "compare": self._compare,
            "compare_add": self._compare_add,
            "compare_drop": self._variants.drop,
            "refresh": partial(self.look, anew=True),
            "copy": self._copy,
            "insert": self._insert,
        }
