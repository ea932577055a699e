"""Names, arguments and results of tool calls come from a model: they are read, and do nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from langtail_nb._show.compose import compose
from langtail_nb._types.reply import Reply, ToolCall
from langtail_nb._types.request import Request
from tests.browser import alarm, hostile
from tests.browser.lab import Lab

pytestmark = pytest.mark.browser

SEED = 20_261_123
GENERATED = 500
TEXTS = hostile.numbered([*hostile.written(), *hostile.generated(GENERATED, SEED)])


def shown(text: str) -> str:
    """What a cell shows of a hosted round and a call that waits, all made of one hostile text."""
    call = {"id": text[:30], "type": "function", "function": {"name": text[:60], "arguments": text}}
    short = {"id": "b", "type": "function", "function": {"name": text[-60:], "arguments": text[:70]}}
    messages = (
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": text[:30], "content": text[-70:]},
        {"role": "assistant", "content": text, "tool_calls": [short]},
    )
    waiting = (ToolCall("b", text[-60:], text[:70]),)
    reply = Reply(
        Request("acme/help/evil/staging"), text=text, messages=messages, tool_calls=waiting,
        warnings=[f"{text} still waits", f"type `{text}` now"],
    )  # fmt: skip
    return compose(reply, ["echo"])[1]


@pytest.mark.thorough
def test_hostile_tool_calls_do_nothing_in_a_trusted_cell(lab: Lab, tmp_path: Path) -> None:
    with lab.open(alarm.cells_that_show([shown(text) for text in TEXTS], tmp_path)) as notebook:
        notebook.page.evaluate(alarm.ARM)
        notebook.run(timeout_s=240, in_turn=True)

        assert alarm.damage(notebook, TEXTS) == []
