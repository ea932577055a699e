"""A real kernel, driven as a front end drives it: cells with an id in, messages with their times out."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty
from typing import IO, Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from tests.servers import inherited

LIMIT_S = 30.0


@dataclass
class Message:
    """One message of a kernel, and when it came (``time.monotonic``, seconds)."""

    type: str
    content: dict[str, Any]
    parent: str
    at: float

    @property
    def data(self) -> dict[str, Any]:
        """The MIME bundle of an output."""
        data: dict[str, Any] = self.content["data"]
        return data


@dataclass
class Ran:
    """What one cell did: its iopub messages in order, its reply, and what a notebook would keep of it."""

    id: str
    sent_at: float
    messages: list[Message] = field(default_factory=list)
    reply: dict[str, Any] = field(default_factory=dict)
    idle_at: float = 0.0

    def of(self, *types: str) -> list[Message]:
        """The messages of these types."""
        return [message for message in self.messages if message.type in types]

    @property
    def status(self) -> str:
        """``ok``, ``error`` or ``aborted``."""
        status: str = self.reply["status"]
        return status

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """The outputs as a notebook keeps them: updates merged into the display they belong to."""
        kept: list[dict[str, Any]] = []
        displays: dict[str, dict[str, Any]] = {}
        for message in self.of("display_data", "update_display_data", "execute_result", "stream", "error"):
            display_id = message.content.get("transient", {}).get("display_id")
            if message.type == "update_display_data":
                # One of another cell's display comes here too, with ipykernel 6.
                displays.get(display_id, {}).update(message.content)
                continue
            output = {"output_type": message.type, **message.content}
            kept.append(output)
            if display_id:
                displays[display_id] = output
        return kept

    @property
    def errors(self) -> list[str]:
        """The traceback of each error as shown, one text each."""
        return ["\n".join(message.content["traceback"]) for message in self.of("error")]

    @property
    def text(self) -> str:
        """All plain text of the cell: streams, displays and results."""
        parts = [out.get("text") or out.get("data", {}).get("text/plain", "") for out in self.outputs]
        return "".join(parts)


class Kernel:
    """A running kernel and one client of it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager, self.client = manager, client
        self._cells: dict[str, Ran] = {}

    @property
    def pid(self) -> int:
        """The kernel's process id."""
        pid: int = self.manager.provisioner.pid
        return pid

    def send(self, code: str, *, cell_id: str | None = "cell-1", allow_stdin: bool = True) -> Ran:
        """Queue a cell and return at once; ``cell_id=None, allow_stdin=False`` is what nbclient sends."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {},
                   "allow_stdin": allow_stdin, "stop_on_error": True}  # fmt: skip
        message = self.client.session.msg("execute_request", content)
        message["metadata"] = {} if cell_id is None else {"cellId": cell_id}
        ran = self._cells[message["header"]["msg_id"]] = Ran(message["header"]["msg_id"], time.monotonic())
        self.client.shell_channel.send(message)
        return ran

    def run(self, code: str, *, cell_id: str | None = "cell-1", allow_stdin: bool = True) -> Ran:
        """Run a cell to its end."""
        return self.finish(self.send(code, cell_id=cell_id, allow_stdin=allow_stdin))

    def ask(self, body: str, line: str = "", cell_id: str = "cell-1", **how: Any) -> Ran:
        """Run a ``%%langtail`` cell to its end."""
        return self.run(f"%%langtail {line}\n{body}", cell_id=cell_id, **how)

    def finish(self, ran: Ran) -> Ran:
        """Wait until the cell is idle and replied to."""
        self.until(ran, lambda _: bool(ran.idle_at), "idle")
        while not ran.reply:
            reply = self.client.get_shell_msg(timeout=LIMIT_S)
            parent = self._cells.get(reply["parent_header"].get("msg_id", ""))
            if parent is not None:
                parent.reply = reply["content"]
        return ran

    def until(self, ran: Ran, met: Callable[[Ran], bool], what: str = "the condition") -> Ran:
        """Read messages until ``met(ran)``; fails after ``LIMIT_S`` seconds, saying what was waited for."""
        deadline = time.monotonic() + LIMIT_S
        while not met(ran):
            if time.monotonic() > deadline:
                raise AssertionError(f"no {what} within {LIMIT_S:g} s; {[m.type for m in ran.messages]}")
            self._read()
        return ran

    def until_shown(self, ran: Ran, text: str) -> Ran:
        """Read messages until some output of the cell holds ``text``."""
        return self.until(ran, lambda ran: any(text in str(m.content) for m in ran.messages), repr(text))

    def interrupt(self, *, message: bool = False) -> float:
        """Interrupt by signal, or by a control message; returns when, as ``time.monotonic``."""
        at = time.monotonic()
        if message:
            self.client.control_channel.send(self.client.session.msg("interrupt_request", {}))
        else:
            os.kill(self.pid, signal.SIGINT)
        return at

    def value(self, expression: str) -> str:
        """The repr of an expression in the kernel."""
        content = self.run(f"print(repr({expression}), end='')", cell_id="value").outputs[0]
        text: str = content.get("text", "") or "\n".join(content.get("traceback", ""))
        return text

    def _read(self) -> None:
        try:
            raw = self.client.get_iopub_msg(timeout=0.2)
        except Empty:
            if not self.manager.is_alive():
                raise AssertionError("the kernel died") from None
            return
        self._take(raw)

    def _take(self, raw: dict[str, Any]) -> None:
        at = time.monotonic()
        parent = raw["parent_header"].get("msg_id", "")
        ran = self._cells.get(parent)
        if ran is None:
            return
        ran.messages.append(Message(raw["msg_type"], raw["content"], parent, at))
        if raw["msg_type"] == "status" and raw["content"]["execution_state"] == "idle":
            ran.idle_at = at


@contextmanager
def kernel(
    python: str, *, env: dict[str, str] | None = None, cwd: str | None = None, stderr: IO[Any] | None = None
) -> Iterator[Kernel]:
    """Start a kernel with this Python, its stderr into a file where one is given; it is shut down at the end.

    ``CI`` and the package's own variables do not reach it unless given: they would change what it shows.
    """
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager = KernelManager(kernel_name="tested")
    # There is no kernel spec on disk for an arbitrary Python, and none should be written.
    manager._kernel_spec = KernelSpec(argv=argv, display_name="tested", language="python")
    manager.start_kernel(env={**inherited("CI"), **(env or {})}, cwd=cwd, stderr=stderr)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=LIMIT_S)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
