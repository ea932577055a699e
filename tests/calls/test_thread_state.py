"""What the kernel believes of its threads is what the server holds, or the user was told."""

from __future__ import annotations

import random

import pytest

from langtail_nb._kernel.conversation.route import Route
from langtail_nb._kernel.session import Session
from langtail_nb._types.reply import Reply
from tests.calls.notebook import Notebook
from tests.remembering import KINDS, STALLS, Remembering

CELLS = ("A", "B", "C", None)


class Played:
    """One generated notebook: cells in any order, options, commands, faults, restarts."""

    def __init__(self, server: Remembering, session: Session, seed: int) -> None:
        self.random = random.Random(seed)
        names = tuple(f"{slug}-{seed}" for slug in ("one", "two"))
        self.notebook = Notebook(server, session, names)
        self.server = server

    def play(self, steps: int = 8) -> None:
        """Play it to its end."""
        for _ in range(steps):
            self.server.keeps, self.server.whole = self.random.random() < 0.6, self.random.random() < 0.4
            match self.random.choices(["ask", "command", "tool", "restart", "rerun"], [16, 5, 3, 1, 1])[0]:
                case "ask":
                    self._ask()
                case "command":
                    self.notebook.type(self._command())
                case "tool":
                    self._tool()
                case "restart":
                    self.notebook.restart()
                case "rerun":
                    settings = self.notebook.session.settings
                    settings.rerun = "append" if settings.rerun == "fork" else "fork"
        self.notebook.session.settings.rerun = "fork"

    def _fault(self) -> str:
        kinds = [one for one in KINDS if one not in STALLS or self.random.random() < 0.2]
        return "" if self.random.random() < 0.6 else self.random.choice(kinds)

    def _ask(self) -> None:
        cell, run = self.random.choice(CELLS), f"cell run {self.notebook.runs}"
        for _ in range(self.random.choice([1, 1, 1, 2])):
            self.notebook.ask(
                cell, self._route(), run=run, fault=self._fault(), assistant=self.random.choice([0, 0, 0, 1])
            )

    def _route(self) -> Route:
        ids = [*self.server.threads][-3:] or ["nobody"]
        options = [Route(), Route(new=True), Route(apart=True), Route("left"), Route("right")]
        options.append(Route(self.random.choice([*ids, "1", "2"])))
        return self.random.choices(options, [8, 2, 1, 2, 1, 2])[0]

    def _command(self) -> str:
        name = self.random.choice(["left", "right", "1", "2", "3", *[*self.server.threads][-2:]])
        words = [
            "fork",
            "fork 1",
            f"resume {name}",
            f"{name}",
            f"delete {name}",
            "list --all",
            "history",
            "rename new",
        ]
        return f"thread {self.random.choice(words)}"

    def _tool(self) -> None:
        fault = self.random.choice(["tools", "aggregated-tools"])
        self.notebook.ask(self.random.choice(CELLS), fault=fault)
        for _ in range(self.random.choice([1, 2])):
            cell = self.random.choice(["T", "U", None])
            if self.notebook.replies and self.random.random() < 0.4:
                self._respond(self.random.choice(self.notebook.replies))
            else:
                self.notebook.type(f"tool look sunny {self.notebook.runs}", cell, fault=self._fault())

    def _respond(self, reply: Reply) -> None:
        fault = self._fault()
        if reply.tool_calls and fault not in STALLS:
            self.notebook.log.append(f"respond with fault {fault!r}")
            self.notebook.watched(lambda: reply.respond({"look": f"rain {self.notebook.runs}"}), fault)


def play(server: Remembering, session: Session, seeds: range) -> None:
    for seed in seeds:
        sequence = Played(server, session, seed)
        try:
            sequence.play()
        except AssertionError as exc:
            raise AssertionError(f"sequence {seed}\n{exc}") from exc
        server.threads.clear()
        session._threads.clear()
        session.newest = None


@pytest.mark.parametrize("part", range(3))
def test_what_is_believed_is_held_or_told(remembers: Remembering, remembered: Session, part: int) -> None:
    play(remembers, remembered, range(part * 50, (part + 1) * 50))


@pytest.mark.thorough
def test_in_a_thousand_sequences_what_is_believed_is_held_or_told(
    remembers: Remembering, remembered: Session
) -> None:
    play(remembers, remembered, range(1_000, 2_000))
