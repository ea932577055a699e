"""The explorer as a widget, with a receipt below it that stays when the notebook is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import anywidget
from IPython.core.getipython import get_ipython

from langtail_nb._kernel import loop
from langtail_nb._kernel.execution import execution_of
from langtail_nb._panel import grid_receipt
from langtail_nb._panel.explorer import Explorer
from langtail_nb._panel.scoring import Scoring
from langtail_nb._panel.standing import Standing
from langtail_nb._panel.views import answer_where_asked, built, bundle_of, section
from langtail_nb._sweep.plan import Run


class ExplorerWidget(anywidget.AnyWidget):
    """The answers of a sweep, rows × settings, to be searched, sorted and read side by side."""

    _esm = built("explorer.js")
    _css = built("panel.css")

    grid = section({})
    grid_seat = section({"wanted": None, "open": []})

    _open: ClassVar[Standing[ExplorerWidget]] = Standing()

    def __init__(self, run: Run) -> None:
        scoring = Scoring(run)
        loop.wait(scoring.catch_up())
        super().__init__()
        self._run = run
        answer_where_asked(self.comm)
        with self.hold_sync():
            self.model = Explorer(run, scoring, publish=self._publish, send=self.send)
            self._stand()
        self.on_msg(self._on_message)

    def __repr__(self) -> str:
        return f"Explorer({self._run!r})"

    def close(self) -> None:
        """End the explorer, and free the widget."""
        if self.comm is None:
            return
        self._open.leave(self)
        self.model.close()
        self.layout.close()
        super().close()

    def _ipython_display_(self) -> None:
        shell: Any = get_ipython()
        self._stand()
        receipt = grid_receipt.bundle(self.model.grid)
        if shell is None or self.comm is None:
            print(receipt["text/plain"])
            return
        shell.display_pub.publish(*bundle_of(self))
        shell.display_pub.publish(receipt)

    def _stand(self) -> None:
        """Take the place of what only an earlier run of this cell made or showed, and go on from it."""
        for earlier in self._open.stand(self, execution_of(get_ipython())):
            if self.model.go_on_from(earlier.model):
                self._open.went_on(earlier)
                return

    def _publish(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, Mapping):
            self.model.do(content)
