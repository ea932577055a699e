"""Earlier calls are found by what they say and who made them, and nothing typed is read as a statement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.disk.query import Query
from langtail_nb._kernel.disk.store import Store
from langtail_nb._kernel.finding import wanted

ASSISTANT = "acme/help/triage"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(tmp_path / "home"))
    return Store()


def keep(
    store: Store,
    question: str,
    answer: str = "Yes.",
    *,
    source: str = "cell",
    target: str = f"{ASSISTANT}/staging",
    state: str = "done",
    **body: Any,
) -> int:
    request = {"messages": [{"role": "user", "content": question}], **body}
    turn = store.begin_turn(source=source, base_url="u", target=target, thread="demo", request=request)
    reply = {"messages": [{"role": "assistant", "content": answer}], "model": "echo"}
    store.end_turn(turn, thread_id="t-1", reply=reply, state=state)
    assert turn.id is not None
    return turn.id


def found(store: Store, search: str = "", **options: Any) -> list[int]:
    query = wanted(store, assistant=ASSISTANT, search=search, **options)
    ids = [turn.id for turn in store.find(query)]
    assert store.count(query) == len(ids)
    return ids


def test_each_word_is_looked_for_in_question_answer_settings_and_variables(store: Store) -> None:
    one = keep(store, "Wo ist mein Päckchen?", "In Köln.", temperature=0.9)
    two = keep(store, "Refund?", "Two weeks.", variables={"topic": "Returns"}, max_tokens=90)
    assert found(store) == [two, one]
    for search, ids in {
        "PÄCKCHEN": [one], "köln": [one], "temperature 0.9": [one], "weeks": [two], "topic=returns": [two],
        "weeks refund": [two], "refund köln": [], "max_tokens": [two], "staging echo": [two, one],
        "demo": [two, one],
    }.items():  # fmt: skip
        assert found(store, search) == ids, search


@pytest.mark.parametrize("search", ["role", "content", "messages", "user", "null", "threadId"])
def test_how_a_call_is_written_down_is_not_what_it_says(store: Store, search: str) -> None:
    keep(store, "Where?")
    assert found(store, search) == []


@pytest.mark.parametrize("search", ["%", "_", "' OR 1=1 --", '"', "*", "\\", "?1", ":most", "\ud83d", "\0"])
def test_what_is_typed_is_text(store: Store, search: str) -> None:
    keep(store, "Where?")
    assert found(store, search) == []
    odd = keep(store, f"a{search}b")
    assert found(store, search) == ([odd] if search != "\ud83d" else [])


def test_calls_are_told_apart_by_who_made_them_and_how_they_ended(store: Store) -> None:
    cell, panel = keep(store, "One"), keep(store, "Two", source="panel", state="failed")
    assert found(store, sources=["panel", "compare"]) == [panel]
    assert found(store, failed=True) == [panel]
    assert found(store, failed=False) == [cell]
    with pytest.raises(ConfigurationError, match=r"unknown source 'cel' .*'cell'.*there are cell, ask"):
        found(store, sources=["cel"])


def test_the_calls_of_another_kernel_are_not_this_ones(store: Store) -> None:
    keep(Store(), "Earlier")
    own = keep(store, "Now")
    keep(Store(), "Beside")
    assert found(store, this_kernel=True) == [own]
    assert found(store, "earlier", this_kernel=True) == []


def test_pages_go_on_where_the_last_one_ended_whatever_came_since(store: Store) -> None:
    ids = [keep(store, f"Question {number}") for number in range(7)][::-1]
    query = wanted(store, assistant=ASSISTANT)
    first = [turn.id for turn in store.find(query, limit=3)]
    keep(store, "Meanwhile")
    rest = wanted(store, assistant=ASSISTANT, before=first[-1])
    assert (first, [turn.id for turn in store.find(rest)]) == (ids[:3], ids[3:])


def test_only_the_assistant_is_asked_for_in_all_its_environments(store: Store) -> None:
    other = keep(store, "Elsewhere", target="acme/help/triage-two/staging")
    version = keep(store, "Version", target=f"{ASSISTANT}/production@4")
    assert found(store) == [version]
    assert [turn.id for turn in store.find(Query())] == [version, other]


def test_a_stored_call_knows_its_thread(store: Store) -> None:
    keep(store, "Where?")
    [turn] = store.find(Query())
    assert (turn.thread, turn.thread_id) == ("demo", "t-1")
