"""What a panel does not do again with every key that is pressed."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from langtail_nb._calls import naming
from langtail_nb._kernel import loop
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.session import Session
from langtail_nb._panel.deployment_reader import THREAD
from langtail_nb.template import _render
from langtail_nb.template._looking import problems, variables
from tests.panel.panels import Panel, opened
from tests.servers import Server

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

    for module in (problems, _render, variables):
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
    assert panel.shown.previewed()[-1]["text"] == "W"


def test_an_edit_of_one_message_of_a_template_reads_that_one_only(panel: Panel, parsed: Counter[str]) -> None:
    panel.do("template", messages=MANY)
    parsed.clear()
    panel.do("template", messages=[*MANY[:-1], {"role": "system", "text": "Now {{topic}}."}])
    assert set(parsed) == {"Now {{topic}}."}
    assert panel.shown.previewed()[199]["text"] == "Now returns."


def test_two_answers_are_compared_once(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    wanted = naming.answer_diff
    monkeypatch.setattr(naming, "answer_diff", lambda *two: compared.append(two) or wanted(*two))
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
    panel.shown.until(
        lambda shown: bool(shown["history"]["runs"]) and shown["history"]["runs"][0]["state"] == "done"
    )


def test_a_conversation_is_not_sent_again_with_every_key(panel: Panel, session: Session) -> None:
    turn = Turn(None, [{"role": "user", "content": "Before"}], [{"role": "assistant", "content": "Yes"}])
    session.conversations(panel.model.target).new().turns.append(turn)
    panel.model.refresh()
    assert [message["text"] for message in panel.shown.previewed()][-2:] == ["Before", "Yes"]
    panel.shown.told.clear()
    panel.do("message", text="And now")
    assert "past" not in panel.shown.told
    assert [message["text"] for message in panel.shown.previewed()][-3:] == ["Before", "Yes", "And now"]


def test_a_panel_that_has_looked_at_the_deployment_is_not_held_by_it(
    session: Session, triage: Server
) -> None:
    panel = opened(session)
    gone = weakref.ref(panel.model)
    panel.model.close()
    del panel
    # It looks at what there is to pick from, too; who heard of that may begin one of the threads.
    session.deployed.look_at_listing(session.client()).result()
    loop.wait(asyncio.sleep(0))
    for thread in threading.enumerate():
        if thread.name == THREAD:
            thread.join()
    # The network thread may not have come back from beginning the last of them.
    loop.wait(asyncio.sleep(0))
    gc.collect()
    assert gone() is None


def test_what_was_rendered_for_earlier_values_is_forgotten(panel: Panel) -> None:
    for number in range(5):
        panel.do("variable", name="topic", value=f"{number} " * 1_000)
    assert len(panel.model._screen._rendered._known) == 2


def test_an_image_is_held_once_however_often_its_message_is_edited(panel: Panel) -> None:
    data = f"data:image/png;base64,{'A' * 40_000}"
    panel.do("extra", messages=[{"role": "user", "text": "this", "images": [data]}])
    for number in range(5):
        [draft] = panel.shown["extra"]
        panel.do("extra", messages=[{**draft, "text": f"this {number}"}])
        panel.do("template", messages=[{**draft, "text": f"that {number}"}])
    snapshots = [step.before for step in panel.model._edits.undo._steps] + [panel.model._edits.snapshot()]
    messages = [m for one in snapshots for m in [*one.extra, *one.overrides.get("template", [])]]
    assert len(messages) > 5
    urls = [part["image_url"]["url"] for m in messages for part in m["content"] if "image_url" in part]
    assert len({id(url) for url in urls}) == 1
