"""What a panel does not do again with every key that is pressed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from panels import Panel

from langtail_nb._panel import columns
from langtail_nb._session import Session
from langtail_nb.template import _problems, _render, _variables

MANY = [{"role": "system", "text": f"{n} {{{{topic}}}} {{{{#if style}}}}yes{{{{/if}}}}"} for n in range(200)]


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each template text was parsed."""
    counted: Counter[str] = Counter()

    def watched(parse: Callable[..., Any]) -> Callable[..., Any]:
        def count(text: str, *rest: Any) -> Any:
            counted[text] += 1
            return parse(text, *rest)

        return count

    for module in (_problems, _render, _variables):
        monkeypatch.setattr(module, "parse", watched(module.parse))
    return counted


def test_a_message_that_is_typed_leaves_a_template_of_200_messages_alone(
    panel: Panel, parsed: Counter[str]
) -> None:
    panel.do("template", messages=MANY)
    assert len(parsed) >= len(MANY)
    parsed.clear()
    panel.do("message", text="W")
    assert parsed == Counter()
    assert panel.shown["preview"]["messages"][-1]["text"] == "W"


def test_an_edit_of_one_message_of_a_template_reads_that_one_only(panel: Panel, parsed: Counter[str]) -> None:
    panel.do("template", messages=MANY)
    parsed.clear()
    panel.do("template", messages=[*MANY[:-1], {"role": "system", "text": "Now {{topic}}."}])
    assert set(parsed) == {"Now {{topic}}."}
    assert panel.shown["preview"]["messages"][199]["text"] == "Now returns."


def test_two_answers_are_compared_once(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    wanted = columns.answer_diff
    monkeypatch.setattr(columns, "answer_diff", lambda *two: compared.append(two) or wanted(*two))
    panel.do("template", messages=[{"role": "system", "text": "Answer about parcels, once."}])
    panel.do("message", text="Where?")
    panel.run("compare")
    panel.do("message", text="Where is it?")
    assert len(compared) == 1


def test_the_history_is_read_when_something_ran_and_not_when_something_is_typed(
    panel: Panel, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    recent = session.store.recent
    monkeypatch.setattr(session.store, "recent", lambda *given: read.append(given) or recent(*given))
    panel.do("message", text="Where?")
    panel.do("set", name="temperature", value=0.9)
    session.settings.target = "acme/help/triage/staging"
    session.settings.temperature = 0.3
    assert read == []
    panel.run()
    panel.shown.until(lambda shown: bool(shown["history"]) and shown["history"][0]["state"] == "done")
