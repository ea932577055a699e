"""The panel as a widget: the model's sections are its traits, what is done in a view comes as messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.getipython import get_ipython

from langtail_nb._kernel.execution import execution_of
from langtail_nb._panel.standing import Standing
from langtail_nb._panel.views import answer_where_asked, bundle_of
from langtail_nb._panel.views import built as _built
from langtail_nb._panel.views import section as _section

if TYPE_CHECKING:
    from langtail_nb._calls.trial import Trial
    from langtail_nb._panel.playground import Playground
    from langtail_nb._panel.receipt import Receipt
    from langtail_nb._types.reply import Reply
    from langtail_nb._types.target import Target


class Panel(anywidget.AnyWidget):
    """A panel on one assistant: parameters, variables, template, answers, on the settings that cells use.

    Displayed, it shows the widget and, below it, a receipt that stays when the notebook is saved.
    """

    _esm = _built("panel.js")
    _css = _built("panel.css")

    head = _section({})
    places = _section({"assistants": [], "environments": [], "versions": []})
    parameters = _section([])
    variables = _section([])
    rows = _section({})
    message = _section({"text": "", "images": [], "serial": 0})
    extra = _section([])
    template = _section({})
    tools = _section([])
    preview = _section({})
    past = _section([])
    form = _section("cell")
    line = _section("")
    warnings = _section([])
    columns = _section([])
    earlier = _section({"asked": "", "rows": [], "cut": False})
    compare = _section({})
    history = _section({"total": 0, "runs": []})
    undo = _section({})
    busy = _section(False)
    anyway = _section(False)
    sweep = _section({})
    grid = _section({})
    grid_seat = _section({"wanted": None, "open": []})
    thread = _section("")
    save = _section({})
    versions = _section({})
    stored = _section([])

    _open: ClassVar[Standing[Panel]] = Standing()

    def __init__(self, target: str | None = None, rows: Any = None) -> None:
        super().__init__()
        self._desks: dict[str, Playground] = {}
        self._shell: Any = get_ipython()
        self._publisher: Any = None
        try:
            self.model, self._receipt = self._made(target, rows)
        except BaseException:
            self._free()
            raise
        answer_where_asked(self.comm)
        self.on_msg(self._on_message)
        if self._shell is not None:
            self._shell.events.register("post_run_cell", self._after_cell)
        try:
            # One message, not one for each section.
            with self.hold_sync():
                self._stand()
                self.model.draw()
        except BaseException:
            self.close()
            raise

    def _made(self, target: str | None, rows: Any) -> tuple[Playground, Receipt]:
        # Imported now, while the browser loads what it needs for a widget: the first panel is seen sooner.
        from langtail_nb._kernel.session import session
        from langtail_nb._panel.playground import Playground
        from langtail_nb._panel.receipt import Receipt
        from langtail_nb._types.rows import rows_of

        table = rows_of(rows) if rows is not None else []

        def make(target: Target) -> Playground:
            return Playground(
                session,
                target,
                publish=self._publish,
                send=self.send,
                ran=self._ran,
                kept=self._kept,
                left=self._refresh_others,
                moved=self._move,
                table=table,
            )

        self._make = make
        model = make(session.target(target))
        return model, Receipt(model.target)

    def _move(self, target: Target) -> None:
        """Be on another target from now on; what was typed for each assistant waits for its return."""
        shown = self.model
        self._desks[shown.target.identity] = shown
        self.model = self._make(target)
        with self.hold_sync():
            if before := self._desks.pop(target.identity, None):
                self.model.go_on_from(before)
            self.model.take_place_of(shown)
        self.model.do({"do": "hello"})
        self.model.say(f"This panel is on {target}; cells stay where they are.")

    def _desk(self, target: Target) -> Playground | None:
        """Return what this panel holds of a target's assistant, shown or waiting."""
        is_shown = self.model.target.identity == target.identity
        return self.model if is_shown else self._desks.get(target.identity)

    @classmethod
    def stays_on(cls, target: Target) -> bool:
        """Return whether a panel on a target's assistant is open, and stays so when this cell has run."""
        staying = cls._open.outlasting(execution_of(get_ipython()))
        return any(panel.model.target.identity == target.identity for panel in staying)

    def __repr__(self) -> str:
        return f"Panel({str(self.model.target)!r})"

    def run(self, message: str | None = None) -> Reply:
        """Run as the button does and return the answer, once panel and receipt show it.

        Args:
            message: What to ask; None leaves what stands in the panel.

        Raises:
            ConfigurationError: Something set cannot be sent.
            LangtailError: The call failed; its ``reply`` holds what had arrived.
            Interrupted: The user stopped it; likewise.
        """
        return _answered(self.model.ask(message))

    def close(self) -> None:
        """End the panel: stop what runs, let go of the settings, free the widget."""
        if self.comm is None:  # closed, or never made: ipywidgets closes once more what is collected
            return
        self._open.leave(self)
        self.model.close()
        if self._shell is not None and self._after_cell in self._shell.events.callbacks["post_run_cell"]:
            self._shell.events.unregister("post_run_cell", self._after_cell)
        self._free()

    def _free(self) -> None:
        # The layout has a model of its own in the front end.
        self.layout.close()
        super().close()

    def _ipython_display_(self) -> None:
        if self._shell is None or self.comm is None:
            print(f"{self!r}{'' if self.comm else ' is closed; lt.panel() opens another'}")
            return
        self._stand()
        # Kept, as a cell that captures its output puts another in its place while it runs.
        self._publisher = self._shell.display_pub
        self._publisher.publish(*bundle_of(self))
        self._publisher.publish(**self._receipt.published(update=False))
        self.model.looks.soon()

    def _stand(self) -> None:
        """Take the place of what only an earlier run of this cell made or showed, and go on from it."""
        self._go_on(self._open.stand(self, execution_of(self._shell)))

    def _go_on(self, replaced: Sequence[Panel]) -> None:
        """Go on from a panel that was replaced: one on this target, else one that holds its assistant."""
        mine = self.model.target
        for earlier in sorted(replaced, key=lambda one: one.model.target != mine):
            desk = earlier._desk(mine)  # noqa: SLF001
            if desk is not None and self.model.go_on_from(desk):
                self._open.went_on(earlier)
                held = {**earlier._desks, earlier.model.target.identity: earlier.model}  # noqa: SLF001
                self._desks = {name: one for name, one in held.items() if one is not desk}
                # The same: a run that was stopped just now is put into it in a moment.
                fresh, self._receipt = self._receipt, earlier._receipt  # noqa: SLF001
                self._receipt.go_on_as(fresh)
                break

    def _publish(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, Mapping):
            self.model.do(content)

    def _after_cell(self, *_: Any) -> None:
        if isinstance(self._publisher, CapturingDisplayPublisher):
            # The cell that showed the panel captured its output, which another may show.
            self._publisher = self._shell.display_pub
        # A cell may have added a turn, which the next run replays.
        self.model.refresh()

    def _ran(self, trials: Sequence[Trial]) -> None:
        self._receipt.add(trials)
        self._show_receipt()

    def _kept(self, serial: int, told: str) -> None:
        self._receipt.keep(serial, told)
        self._show_receipt()

    def _show_receipt(self) -> None:
        if self._publisher is not None:
            self._publisher.publish(**self._receipt.published(update=True))
        self._refresh_others()

    def _refresh_others(self) -> None:
        """Show in the other panels, too, what is kept in the session and on disk: turns and runs."""
        for panel in self._open:
            if panel is not self:
                panel.model.refresh()


def _answered(trial: Trial) -> Reply:
    reply = trial.reply
    assert reply is not None
    if reply.error is not None:
        raise reply.error
    return reply
