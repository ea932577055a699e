"""An interrupt at any line of a call leaves what the kernel believes of its threads true."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import pytest

import langtail_nb
from langtail_nb._kernel.conversation.route import Route
from langtail_nb._kernel.session import Session
from tests.calls.notebook import Notebook
from tests.remembering import Remembering

PACKAGE = str(Path(langtail_nb.__file__).parent)


class Interrupt:
    """A SIGINT at one line of the package's own code in this thread; also counts the lines."""

    def __init__(self, at: int | None) -> None:
        self.at, self.lines = at, 0

    def __enter__(self) -> Interrupt:
        sys.settrace(self._trace)
        return self

    def __exit__(self, *of: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: Any, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line":
            self.lines += 1
            if self.lines == self.at:
                signal.raise_signal(signal.SIGINT)
        return self._trace


SCENES = {"a run that forks": Route(), "a run that goes back": Route(new=True), "a new name": Route("left")}


def interrupted(server: Remembering, session: Session, scene: str, number: int, at: int | None) -> int:
    """Play a scene, its last call interrupted at a line; return how many lines that call has."""
    notebook = Notebook(server, session, (f"{scene.replace(' ', '-')}-{number}",))
    for cell, route in [("A", Route()), ("B", Route()), ("C", SCENES[scene])]:
        assert notebook.ask(cell, route if cell == "C" and scene != "a new name" else Route()) is None
    interrupt = Interrupt(at)
    error = notebook.ask("B", SCENES[scene] if scene == "a new name" else Route(), meanwhile=interrupt)
    assert at is None or at > interrupt.lines or isinstance(error, KeyboardInterrupt)
    assert notebook.ask("D") is None
    session._threads.clear()
    server.threads.clear()
    session.newest = None
    return interrupt.lines


def interrupt_everywhere(server: Remembering, session: Session, scene: str, step: int) -> None:
    lines = interrupted(server, session, scene, 0, None)
    for at in range(1 + step // 2, lines, step):
        try:
            interrupted(server, session, scene, at, at)
        except AssertionError as exc:
            raise AssertionError(f"interrupted at line {at} of {lines}\n{exc}") from exc


@pytest.mark.parametrize("scene", SCENES)
def test_an_interrupt_at_any_line_leaves_what_is_believed_true(
    remembers: Remembering, remembered: Session, scene: str
) -> None:
    interrupt_everywhere(remembers, remembered, scene, 23)


@pytest.mark.thorough
@pytest.mark.parametrize("scene", SCENES)
def test_an_interrupt_at_every_few_lines_leaves_what_is_believed_true(
    remembers: Remembering, remembered: Session, scene: str
) -> None:
    interrupt_everywhere(remembers, remembered, scene, 5)
