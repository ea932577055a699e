"""Calls and commands as cells make them, in a session of this process."""

from __future__ import annotations

import itertools
from pathlib import Path

from langtail_nb._calls.call import take_turn
from langtail_nb._calls.manner import Manner, unseen
from langtail_nb._kernel.conversation.route import Route
from langtail_nb._kernel.execution import Execution
from langtail_nb._magic.commands import table
from langtail_nb._magic.commands.context import Context
from langtail_nb._types.request import Request

NOWHERE = "http://127.0.0.1:9"
TARGET = "acme/support/support/production"
FILE = "acme.support.support.production.jsonl"
_runs = itertools.count()


def ask(session, message, *, cell=None, apart=False, target=TARGET, stream=True, **given):
    """What a cell's call gives."""
    manner = unseen(session)
    execution = Execution(cell, f"run-{next(_runs)}", interactive=True)
    manner = Manner(execution=execution, view=manner.view, stream=stream)
    return take_turn(session, Request(target, message, **given), route=Route(apart=apart), manner=manner)


def told(reply):
    """All that a notebook shows of a reply."""
    times = reply.latency_s, reply.first_token_s
    return reply.text, reply.thread_id, reply.model, reply.usage, reply.finish_reason, times, reply.messages


def command(session, line, capsys):
    """What ``%langtail LINE`` shows in a terminal."""
    name, _, rest = line.partition(" ")
    capsys.readouterr()
    table.run(Context(session, name, rest, None))
    return capsys.readouterr().out


def files(folder: Path):
    """The recordings of a test, by name."""
    return {path.name: path.read_bytes() for path in (folder / ".langtail/replay").glob("*.jsonl")}
