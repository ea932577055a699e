"""A kernel with the widget half of a front end: what it keeps of widgets, and clicks as messages."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kernels import LIMIT_S, Kernel, Ran, kernel

PYTHONS = [path for path in os.environ.get("LANGTAIL_NB_KERNELS", "").split(os.pathsep) if path]
PYTHONS = PYTHONS or [sys.executable]
SETUP = "%load_ext langtail_nb\nimport langtail_nb as lt"
VIEW = "application/vnd.jupyter.widget-view+json"


@dataclass
class Sent:
    """A custom message of a panel, or a change of its traits: when it came, and how long it was as JSON."""

    at: float
    bytes: int
    content: dict[str, Any]


@dataclass
class PanelView:
    """One panel as a front end holds it."""

    id: str
    state: dict[str, Any]
    is_closed: bool = False
    custom: list[Sent] = field(default_factory=list)
    changes: list[Sent] = field(default_factory=list)

    def __getitem__(self, name: str) -> Any:
        return self.state[name]

    @property
    def column(self) -> dict[str, Any]:
        """The only column."""
        (column,) = self.state["columns"]
        return dict(column)

    def row(self, name: str) -> dict[str, Any]:
        """The row of a parameter."""
        return next(row for row in self.state["parameters"] if row["name"] == name)

    def grown(self, column: str = "run") -> list[Sent]:
        """What a column was told as it grew."""
        grown = [sent for sent in self.custom if "grow" in sent.content]
        return [sent for sent in grown if sent.content["grow"]["id"] == column]

    def blocks(self, column: str = "run") -> list[str]:
        """The finished blocks of a column, in order."""
        return [block for sent in self.grown(column) for block in sent.content["grow"]["add"]]

    @property
    def said(self) -> list[str]:
        """The lines for the status area."""
        return [sent.content["say"] for sent in self.custom if "say" in sent.content]


class FrontEnd(Kernel):
    """A kernel, all that it published, and its widgets.

    Attributes:
        raw: Each message on iopub, whole.
        models: The state of each widget model by its id; closed ones are taken out.
        closed: Ids of the models that were closed.
        subshell: The subshell that clicks go to, as JupyterLab's do, or None where the kernel has none.
    """

    def __init__(self, manager: Any, client: Any) -> None:
        super().__init__(manager, client)
        self.raw: list[dict[str, Any]] = []
        self.models: dict[str, dict[str, Any]] = {}
        self.panels: dict[str, PanelView] = {}
        self.closed: list[str] = []
        self.subshell: str | None = None

    def make_subshell(self) -> None:
        """Make a subshell for clicks where the kernel has such."""
        client = self.client
        info = client.kernel_info(reply=True, timeout=LIMIT_S)["content"]
        if "kernel subshells" in info.get("supported_features", []):
            client.control_channel.send(client.session.msg("create_subshell_request", {}))
            self.subshell = client.get_control_msg(timeout=LIMIT_S)["content"]["subshell_id"]

    def opened(self, ran: Ran) -> PanelView:
        """Return the panel that a cell shows."""
        (view,) = [out["data"][VIEW] for out in ran.outputs if VIEW in out.get("data", {})]
        return self.panels[view["model_id"]]

    def act(self, panel: PanelView, action: str, /, *, subshell: bool = True, **given: Any) -> None:
        """Send what is done in a view."""
        data = {"method": "custom", "content": {"do": action, **given}}
        message = self.client.session.msg("comm_msg", {"comm_id": panel.id, "data": data})
        if subshell and self.subshell is not None:
            message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)

    def wait(self, met: Callable[[], object], what: str = "the condition") -> None:
        """Read messages until ``met()``; fails after ``LIMIT_S`` seconds."""
        deadline = time.monotonic() + LIMIT_S
        while not met():
            assert time.monotonic() < deadline, f"no {what} within {LIMIT_S:g} s"
            self._read()

    def until_ended(self, panel: PanelView, serial: int = 0) -> dict[str, Any]:
        """Read until the only column's run, newer than ``serial``, has ended; return the column."""

        def ended() -> bool:
            columns = panel["columns"]
            is_new = bool(columns) and columns[0]["serial"] > serial
            return is_new and columns[0]["state"] != "running" and not panel["busy"]

        self.wait(ended, "end of the run")
        return panel.column

    def run_panel(self, panel: PanelView, message: str | None = None) -> dict[str, Any]:
        """Click Run, wait for the end and the receipt, and return the column."""
        serial = panel["columns"][0]["serial"] if panel["columns"] else 0
        receipts = len(self.receipts())
        if message is not None:
            self.act(panel, "message", text=message)
        self.act(panel, "run")
        column = self.until_ended(panel, serial)
        self.wait(lambda: len(self.receipts()) > receipts, "receipt")
        return column

    def receipts(self) -> list[dict[str, Any]]:
        """Each display with an id that was shown anew, as the whole message."""
        return [raw for raw in self.raw if raw["msg_type"] == "update_display_data"]

    def errors(self) -> list[str]:
        """All that was printed to stderr, logged or raised."""
        found = [r["content"]["text"] for r in self.raw if r["content"].get("name") == "stderr"]
        return found + ["\n".join(r["content"]["traceback"]) for r in self.raw if r["msg_type"] == "error"]

    def forgive(self, ran: Ran) -> None:
        """Leave a cell that was meant to fail out of :meth:`errors`."""
        self.raw = [raw for raw in self.raw if raw["parent_header"].get("msg_id") != ran.id]

    def published(self) -> str:
        """All iopub messages as one text."""
        return json.dumps([[raw["parent_header"], raw["content"]] for raw in self.raw], default=str)

    def _take(self, raw: dict[str, Any]) -> None:
        self.raw.append(raw)
        content, name = raw["content"], raw["content"].get("comm_id", "")
        if raw["msg_type"] == "comm_open":
            self._open(name, content["data"]["state"])
        elif raw["msg_type"] == "comm_close":
            self._close(name)
        elif raw["msg_type"] == "comm_msg" and name in self.models:
            self._change(name, content["data"])
        super()._take(raw)

    def _open(self, name: str, state: dict[str, Any]) -> None:
        self.models[name] = state
        if "_esm" in state:
            self.panels[name] = PanelView(name, state)

    def _close(self, name: str) -> None:
        self.closed.append(name)
        self.models.pop(name, None)
        if name in self.panels:
            self.panels[name].is_closed = True

    def _change(self, name: str, data: dict[str, Any]) -> None:
        size, panel, now = len(json.dumps(data)), self.panels.get(name), time.monotonic()
        if data["method"] == "update":
            self.models[name].update(data["state"])
            if panel is not None:
                panel.changes.append(Sent(now, size, data["state"]))
        elif data["method"] == "custom" and panel is not None:
            panel.custom.append(Sent(now, size, data["content"]))


@contextmanager
def front_end(python: str, *, home: Path, url: str, env: dict[str, str] | None = None) -> Iterator[FrontEnd]:
    """Start a kernel with a subshell for clicks; what it writes to stderr itself must be nothing."""
    home.mkdir(exist_ok=True)
    given = {
        "LANGTAIL_BASE_URL": url,
        "LANGTAIL_API_KEY": "lt-test-key",
        "LANGTAIL_ASSISTANT": "acme/help/triage/staging",
        "LANGTAIL_NB_HOME": str(home / "kept"),
        "IPYTHONDIR": str(home / "ipython"),
        **(env or {}),
    }
    noise = home / "stderr"
    with noise.open("wb") as stderr, kernel(python, env=given, cwd=str(home), stderr=stderr) as started:
        front = FrontEnd(started.manager, started.client)
        front.make_subshell()
        yield front
    assert noise.read_text() == ""
