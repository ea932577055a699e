"""The tokens of the prompt, beside the preview."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.session import Session
from tests.panel.panels import Panel
from tests.servers import Server


@pytest.fixture
def standing_in(session: Session, triage: Server) -> Iterator[Server]:
    session.stand_ins.add(session.base_url)
    yield triage
    session.stand_ins.clear()


def counted(panel: Panel, of: str) -> Any:
    panel.do("count", of=of)
    panel.shown.until(lambda shown: any(sent.get("of") == of for sent in shown.sent))
    [found] = [sent["counted"] for sent in panel.shown.sent if sent.get("of") == of]
    return found


def test_the_prompt_is_counted_as_it_would_be_sent(
    standing_in: Server, panel: Panel, session: Session
) -> None:
    panel.do("message", text="Where is it?")
    assert counted(panel, "first") == 8  # Answer about returns. Be . Where is it?
    turn = Turn(None, [{"role": "user", "content": "Before"}], [{"role": "assistant", "content": "Yes"}])
    session.conversations(panel.model.target).new().turns.append(turn)
    panel.do("variable", name="topic", value="late returns")
    before = counted(panel, "second")
    panel.run()

    reply = panel.model.trials[0].reply
    assert reply is not None
    assert before == reply.usage.prompt_tokens == 11


def test_nobody_is_asked_where_no_stand_in_answers(panel: Panel, triage: Server) -> None:
    panel.do("message", text="Where?")
    mark = triage.mark()
    assert counted(panel, "first") is None
    assert triage.requests(mark) == []


def test_what_cannot_be_sent_has_no_size_and_says_nothing_of_it(
    standing_in: Server, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGTAIL_BASE_URL", "ftp://nowhere")
    said = panel.shown.said()
    assert counted(panel, "first") is None
    assert panel.shown.said() == said
