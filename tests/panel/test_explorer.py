"""The explorer: a run of any size by pages, its filters, what it takes elsewhere, and what stays of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import langtail_nb as lt
from langtail_nb._kernel import loop
from langtail_nb._kernel.session import session
from langtail_nb._panel import grid_receipt
from langtail_nb._panel.explorer import Explorer
from langtail_nb._panel.scoring import Scoring
from langtail_nb._sweep.plan import Run
from tests.panel.panels import TARGET, Shown
from tests.servers import KEY, Server

OPEN: dict[str, Any] = {
    "search": "", "shown": "all", "setting": None, "score": "", "sort": "difference", "page": 0,
}  # fmt: skip
ROWS = [{"question": f"Question {n} <b>", "topic": "cats", "expected": "cats"} for n in range(25)]
Explore = Callable[..., tuple[Explorer, Shown]]


@pytest.fixture(scope="module")
def run(panel_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run of two settings on 25 rows, the last two of which lack what the score looks for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGTAIL_BASE_URL", panel_server.url)
        patch.setenv("LANGTAIL_API_KEY", KEY)
        patch.setenv("LANGTAIL_NB_HOME", str(tmp_path_factory.mktemp("home")))
        rows = [*ROWS[:-2], *({**row, "expected": None} for row in ROWS[-2:])]
        over, score = (
            lt.grid(max_tokens=[2, 800]),
            {"right": lt.contains(lt.column("expected")), "n": lt.length()},
        )
        yield lt.sweep(TARGET, over, rows, message="question", score=score).run()
        session.settings.target = TARGET
        session.settings.reset()
        session.settings.target = None
        loop.wait(session.client().aclose())
        session._client = None  # another module may ask the same server


def explored(run: Run) -> tuple[Explorer, Shown]:
    scoring, shown = Scoring(run), Shown()
    loop.wait(scoring.catch_up())
    return Explorer(run, scoring, publish=shown.publish, send=shown.send), shown


def told(explorer: Explorer, shown: Shown, action: str, kind: str, **given: Any) -> dict[str, Any]:
    """What a view is told after an action."""
    count = len(shown.sent)
    explorer.do({"do": action, **given})
    shown.until(lambda shown: any(kind in one for one in shown.sent[count:]))
    found: dict[str, Any] = next(one[kind] for one in shown.sent[count:] if kind in one)
    return found


def page(explorer: Explorer, view: Shown, /, **wanted: Any) -> dict[str, Any]:
    return told(explorer, view, "grid_find", "grid_page", wanted={**OPEN, **wanted})


def test_rows_come_ten_a_page_and_the_state_is_small(run: Run) -> None:
    explorer, shown = explored(run)
    assert len(json.dumps(shown["grid"])) < 5_000
    assert [one["label"] for one in shown["grid"]["settings"]] == ["deployed", "max tokens 2"]
    first = page(explorer, shown)
    assert (first["total"], first["pages"], len(first["rows"])) == (25, 3, 10)
    assert len(page(explorer, shown, page=2)["rows"]) == 5
    assert page(explorer, shown, page=99)["wanted"]["page"] == 2


def test_a_setting_equal_to_deployed_is_told(run: Run) -> None:
    _, shown = explored(run)
    assert any("max tokens 800" in line for line in run.plan.told)
    assert len(shown["grid"]["settings"]) == 2


@pytest.mark.parametrize(
    ("wanted", "total"),
    [
        ({"shown": "differ"}, 25),
        ({"shown": "differ", "setting": 0}, 0),
        ({"shown": "lost"}, 23),
        ({"shown": "lost", "setting": 1}, 23),
        ({"shown": "won"}, 0),
        ({"shown": "unscored"}, 2),
        ({"search": "QUESTION 7"}, 2),
        ({"search": "question nowhere"}, 0),
        ({"shown": "lost", "search": "question 24"}, 0),
    ],
)
def test_rows_are_filtered_and_searched(run: Run, wanted: dict[str, Any], total: int) -> None:
    explorer, shown = explored(run)
    assert page(explorer, shown, **wanted)["total"] == total


def test_rows_that_disagree_come_first_or_stand_in_their_order(run: Run) -> None:
    explorer, shown = explored(run)
    last = page(explorer, shown, page=2)["rows"]
    assert {line["row"] for line in last} >= {23, 24}, "those without a score differ least"
    assert [line["row"] for line in page(explorer, shown, sort="row")["rows"]] == list(range(10))


def test_a_measure_wins_and_loses_nothing(run: Run) -> None:
    _, shown = explored(run)
    assert shown["grid"]["scores"] == ["right"]


def test_a_row_without_what_its_score_needs_says_why(run: Run) -> None:
    explorer, shown = explored(run)
    whole = told(explorer, shown, "grid_open", "grid_row", row=24, score="right")
    assert whole["columns"][0]["answers"][0]["scores"] == [
        {"name": "right", "text": "unscored", "reason": "column 'expected' is empty in this row"}
    ]


def test_to_panel_sets_what_a_setting_overrides_and_nothing_else(run: Run) -> None:
    explorer, shown = explored(run)
    session.settings.assign("temperature", 0.1, target=TARGET)
    assert "max tokens 2" in told(explorer, shown, "grid_use", "say", setting=1)
    assert session.settings.overrides(TARGET) == {"max_tokens": 2}
    told(explorer, shown, "grid_use", "say", setting=0)
    assert session.settings.overrides(TARGET) == {}


def test_as_cell_writes_the_row_with_the_setting(run: Run) -> None:
    explorer, shown = explored(run)
    [cell] = told(explorer, shown, "grid_cell", "insert", setting=1, row=3)
    assert "Question 3 <b>" in cell
    assert "--max-tokens 2" in cell


@pytest.mark.parametrize(
    "content",
    [
        {"do": "grid_open", "row": 25, "score": ""},
        {"do": "grid_open", "row": "x", "score": ""},
        {"do": "grid_use", "setting": 9},
        {"do": "grid_find", "wanted": {"search": ""}},
        {"do": "grid_find", "wanted": {**OPEN, "shown": "best"}},
    ],
)
def test_bad_input_is_told_and_never_raised(run: Run, content: dict[str, Any]) -> None:
    explorer, shown = explored(run)
    explorer.do(content)
    assert shown.sent[-1]["bad"]


def test_what_is_of_the_panel_alone_does_nothing_here(run: Run) -> None:
    explorer, shown = explored(run)
    explorer.do({"do": "run"})
    explorer.do({"do": "nothing known"})
    assert shown.said() == []


def test_the_receipt_keeps_eight_rows_folded_and_escaped(run: Run) -> None:
    explorer, _ = explored(run)
    made = grid_receipt.bundle(explorer.grid)
    assert made["text/html"].count("<details>") == 8
    assert "Question" in made["text/html"]
    assert "<b>Question" not in made["text/html"]
    assert "&lt;b&gt;" in made["text/html"]
    assert made["text/plain"].count("\n> row ") == 8
    assert "== max tokens 2 · 0/1 · lost" in made["text/plain"]


def test_the_receipt_keeps_nothing_of_what_is_not_to_be_recorded(
    run: Run, monkeypatch: pytest.MonkeyPatch, panel_server: Server, tmp_path: Path
) -> None:
    monkeypatch.setenv("LANGTAIL_BASE_URL", panel_server.url)
    monkeypatch.setenv("LANGTAIL_API_KEY", KEY)
    over = [{"do_not_record": True, "max_tokens": 2}]
    private = lt.sweep(TARGET, over, ROWS[:2], message="question").run()
    explorer, _ = explored(private)
    made = grid_receipt.bundle(explorer.grid)
    assert "not recorded" in made["text/plain"]
    assert "> row 1\n" in made["text/plain"], "the question of a row that was asked so is not told either"
