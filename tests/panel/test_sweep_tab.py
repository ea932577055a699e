"""The Rows tab: a table becomes a plan with its price, the plan a grid of answers; nothing goes unasked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from langtail_nb._kernel import loop
from langtail_nb._kernel.session import Session
from langtail_nb._kernel.session import session as own_session
from tests.panel.panels import TARGET, Panel, opened
from tests.servers import KEY, Server

TABLE = [
    {"question": "Where?", "topic": "cats", "expected": "cats"},
    {"question": "When?", "topic": "dogs", "expected": "fish"},
    {"question": "Why?", "topic": "fish", "expected": "fish"},
]
OPEN: dict[str, Any] = {
    "search": "", "shown": "all", "setting": None, "score": "", "sort": "difference", "page": 0,
}  # fmt: skip
MakePanel = Callable[..., Panel]


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Session]:
    """The kernel's own, which sweeps are planned in, with a store of this test."""
    monkeypatch.setenv("LANGTAIL_API_KEY", KEY)
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(tmp_path / "home"))
    before = own_session.settings.target
    own_session.settings.target = TARGET
    yield own_session
    own_session.settings.reset()
    own_session.settings.target = before


@pytest.fixture(scope="module", autouse=True)
def end() -> Iterator[None]:
    """Close the connections of the kernel's own session, once nothing of this module needs them."""
    yield
    if own_session._client is not None:
        loop.wait(own_session._client[1].aclose())
        own_session._client = None  # another module may ask the same server


@pytest.fixture
def make(session: Session, triage: Server) -> Iterator[MakePanel]:
    """Opens panels on a table, with the Rows tab turned to."""
    made: list[Panel] = []

    def make(rows: list[dict[str, Any]] = TABLE, target: str = TARGET) -> Panel:
        panel = opened(session, target, table=rows)
        made.append(panel)
        panel.do("sweep_look")
        return panel

    yield make
    for panel in made:
        panel.model.close()


def planned(panel: Panel, button: str) -> dict[str, Any]:
    """The tab when its button says this."""
    panel.shown.until(lambda shown: shown["sweep"]["button"] == button)
    return dict(panel.shown["sweep"])


def swept(panel: Panel) -> None:
    """Press the button and wait for the end."""
    panel.do("sweep_run", plan=panel.shown["sweep"]["plan"])
    panel.shown.until(lambda shown: shown["sweep"]["total"] > 0 and not shown["sweep"]["running"])
    total = panel.shown["sweep"]["total"]
    panel.shown.until(lambda shown: shown["sweep"]["done"] == total)
    panel.shown.until(lambda shown: shown["sweep"]["button"].startswith("Show"))


def found(panel: Panel, **wanted: Any) -> dict[str, Any]:
    """The page that a view is told."""
    count = len(panel.shown.sent)
    panel.do("grid_find", wanted={**OPEN, **wanted})
    panel.shown.until(lambda shown: any("grid_page" in one for one in shown.sent[count:]))
    page: dict[str, Any] = next(one["grid_page"] for one in panel.shown.sent[count:] if "grid_page" in one)
    return page


def invoked(server: Server, mark: int) -> list[dict[str, Any]]:
    return [entry["body"] for entry in server.requests(mark) if entry["provider"] is not None]


def test_a_table_is_a_plan_whose_button_says_how_many_calls_it_makes(make: MakePanel, triage: Server) -> None:
    mark = triage.mark()
    panel = make()
    tab = planned(panel, "Sweep 3 calls")
    assert tab["parts"] == [
        {"name": "question", "part": "message"},
        {"name": "topic", "part": "sent"},
        {"name": "expected", "part": "for scores"},
    ]
    assert tab["preview"][0] == ["Where?", "cats", "cats"]
    panel.do("sweep_stops", name="temperature", text="0, 1, deployed")
    assert planned(panel, "Sweep 9 calls")["settings"] == ["deployed", "temperature 0", "temperature 1"]
    panel.do("sweep_repeats", repeats=2)
    assert "3 settings × 3 rows × 2 repeats" in planned(panel, "Sweep 18 calls")["told"]
    assert invoked(triage, mark) == []


def test_the_settings_compared_in_ask_are_those_of_the_sweep(make: MakePanel) -> None:
    panel = make()
    panel.do("set", name="temperature", value=0.9)
    panel.do("compare_add")
    panel.do("set", name="max_tokens", value=30)
    panel.do("sweep_stops", name="temperature", text="0.2")
    tab = planned(panel, "Sweep 12 calls")
    assert tab["settings"][0] == "deployed"
    assert tab["settings"][1] == "temperature 0.9"
    assert "max tokens 30" in tab["settings"][2]
    assert tab["settings"][3] == "temperature 0.2"


def test_a_sweep_shows_its_grid_and_the_same_again_sends_nothing(make: MakePanel, triage: Server) -> None:
    panel = make()
    panel.do("sweep_stops", name="max_tokens", text="2")
    panel.do("sweep_score", kind="contains", column="expected", pattern="")
    planned(panel, "Sweep 6 calls")
    mark = triage.mark()
    swept(panel)
    assert len(invoked(triage, mark)) == 6
    assert all("expected" not in str(body) for body in invoked(triage, mark))
    assert planned(panel, "Show 6 stored answers")["problem"] is None
    assert panel.shown["grid"]["scores"] == ["contains expected"]

    page = found(panel)
    by_row = {line["row"]: line for line in page["rows"]}
    assert [cell["score"] for cell in by_row[0]["cells"]] == ["1/1", "0/1"]
    assert [cell["result"] for cell in by_row[0]["cells"]] == ["", "lost"]
    assert [cell["result"] for cell in by_row[1]["cells"]] == ["", "tied"]
    assert found(panel, shown="lost")["total"] == 2
    assert found(panel, shown="won")["total"] == 0
    assert [line["row"] for line in page["rows"]][-1] == 1, "the rows that disagree come first"

    mark = triage.mark()
    swept(panel)
    assert invoked(triage, mark) == []


def test_a_row_opens_to_its_texts_with_a_diff_and_scores(make: MakePanel) -> None:
    panel = make()
    panel.do("sweep_stops", name="max_tokens", text="2")
    panel.do("sweep_score", kind="regex", column="", pattern="cats")
    planned(panel, "Sweep 6 calls")
    swept(panel)
    count = len(panel.shown.sent)
    panel.do("grid_open", row=0, score="")
    panel.shown.until(lambda shown: any("grid_row" in one for one in shown.sent[count:]))
    whole = next(one["grid_row"] for one in panel.shown.sent[count:] if "grid_row" in one)
    assert whole["asked"] == "Where?"
    assert {one["name"]: one["part"] for one in whole["fields"]}["expected"] == "kept here"
    first, second = (column["answers"][0] for column in whole["columns"])
    assert first["diff"] is None
    assert any(sign == "-" for sign, _ in second["diff"])
    assert first["scores"][0]["text"] == "pass"


def test_without_a_score_nobody_wins_and_what_differs_is_told(make: MakePanel) -> None:
    panel = make()
    panel.do("sweep_stops", name="max_tokens", text="2")
    planned(panel, "Sweep 6 calls")
    swept(panel)

    first, second = panel.shown["grid"]["settings"]
    assert (first["word"], second["word"]) == ("", "")
    assert re.fullmatch(r"\d+ words · \d+ tokens · [\d.e-]+ s", first["told"])
    assert re.fullmatch(r"differs in 3 rows · \d+ words · 2 tokens · [\d.e-]+ s", second["told"])
    assert [cell["result"] for line in found(panel)["rows"] for cell in line["cells"]] == [""] * 6
    assert panel.shown["sweep"]["progress"] == "6 of 6 answered"


def test_more_than_a_hundred_calls_need_a_budget_and_nothing_is_sent_without(
    make: MakePanel, triage: Server
) -> None:
    rows = [{"question": f"Budgeted {number}"} for number in range(60)]
    panel = make(rows)
    panel.do("sweep_stops", name="temperature", text="0")
    tab = planned(panel, "Sweep 120 calls")
    assert 'budget="120 calls"' in tab["problem"]
    mark = triage.mark()
    panel.do("sweep_run", plan=tab["plan"])
    assert 'budget="120 calls"' in panel.shown.said()[-1]
    panel.do("sweep_budget", budget="about ten")
    panel.shown.until(lambda shown: "budget takes" in (shown["sweep"]["problem"] or ""))
    panel.do("sweep_budget", budget="120 calls")
    panel.shown.until(lambda shown: shown["sweep"]["problem"] is None and shown["sweep"]["plan"] > 0)
    # A call of the panel before may still come.
    assert not [body for body in invoked(triage, mark) if "Budgeted" in str(body)]
    swept(panel)
    assert len([body for body in invoked(triage, mark) if "Budgeted" in str(body)]) == 120


def test_a_plan_that_was_not_seen_is_not_run(make: MakePanel, triage: Server) -> None:
    panel = make()
    seen = planned(panel, "Sweep 3 calls")["plan"]
    panel.do("sweep_repeats", repeats=3)
    planned(panel, "Sweep 9 calls")
    mark = triage.mark()
    panel.do("sweep_run", plan=seen)
    assert "changed since" in panel.shown.said()[-1]
    assert invoked(triage, mark) == []


@pytest.mark.parametrize(
    ("stops", "told"),
    [("0, hot", "'hot' is no number"), ("0, 3", "temperature")],
)
def test_a_stop_that_is_no_value_is_named_and_nothing_is_planned(
    make: MakePanel, stops: str, told: str
) -> None:
    panel = make()
    panel.do("sweep_stops", name="temperature", text=stops)
    panel.shown.until(lambda shown: bool(shown["sweep"]["problem"]))
    tab = panel.shown["sweep"]
    assert told in tab["problem"]
    assert tab["stops"][0]["text"] == stops
    assert told in tab["stops"][0]["problem"]
    assert tab["plan"] == 0


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("question\ttopic\nWhere, now?\tcats\n", [["Where, now?", "cats"]]),
        ('question,topic\r\n"Where, now?",cats\r\nWhy?,\r\n', [["Where, now?", "cats"], ["Why?", ""]]),
        ("question;topic\nWhere?;cats", [["Where?", "cats"]]),
        ("question\nWhere, now?\n\nWhy?", [["Where, now?"], ["Why?"]]),
    ],
)
def test_a_pasted_table_is_read_as_spreadsheets_write_it(
    make: MakePanel, text: str, rows: list[list[str]]
) -> None:
    panel = make([])
    assert panel.shown["sweep"]["count"] == 0
    panel.do("sweep_paste", text=text)
    assert planned(panel, f"Sweep {len(rows)} call{'s' * (len(rows) > 1)}")["preview"] == rows
    assert panel.shown["rows"]["count"] == len(rows)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("question,topic", "first line"),
        ("a,a\n1,2", "two columns named 'a'"),
        ("a,\n1,2", "a column without a name"),
        ("a,b\n1,2,3", "row 1 has 3 values for 2 columns"),
        ('a,b\n"1,2', "no table"),
    ],
)
def test_what_is_no_table_is_refused_in_a_line(make: MakePanel, text: str, told: str) -> None:
    panel = make([])
    panel.do("sweep_paste", text=text)
    assert told in panel.shown.said()[-1]
    assert panel.shown["sweep"]["count"] == 0


def test_the_settings_of_a_column_are_used_and_its_cell_is_written(make: MakePanel) -> None:
    panel = make()
    panel.do("sweep_stops", name="temperature", text="0.25")
    planned(panel, "Sweep 6 calls")
    swept(panel)
    panel.do("grid_use", setting=1)
    assert panel.shown.row("temperature")["value"] == 0.25
    panel.do("undo")
    assert panel.shown.row("temperature")["value"] is None
    panel.do("grid_cell", setting=1, row=2)
    cells = next(one["insert"] for one in reversed(panel.shown.sent) if "insert" in one)
    assert "Why?" in cells[-1]
    assert "0.25" in cells[-1]
    panel.do("grid_cell", setting=7, row=2)
    assert "no setting 7" in panel.shown.said()[-1]
    panel.do("grid_open", row=99, score="")
    assert "no row 99" in panel.shown.said()[-1]


def test_a_sweep_that_spent_its_budget_is_resumed_with_what_is_left(make: MakePanel, triage: Server) -> None:
    panel = make([{"question": f"Number {number}"} for number in range(30)])
    panel.do("sweep_budget", budget="up to 20 calls")
    tab = planned(panel, "Sweep 30 calls")
    mark = triage.mark()
    panel.do("sweep_run", plan=tab["plan"])
    panel.shown.until(lambda shown: shown["sweep"]["button"] == "Resume 10 calls")
    assert "spent" in panel.shown["sweep"]["progress"]
    swept(panel)
    assert len({str(body) for body in invoked(triage, mark)}) == len(invoked(triage, mark)) == 30


def test_stop_ends_a_sweep_that_waits_for_answers(make: MakePanel) -> None:
    panel = make(TABLE, "acme/help/stall-before/staging")
    tab = planned(panel, "Sweep 3 calls")
    panel.do("sweep_run", plan=tab["plan"])
    panel.shown.until(lambda shown: "on their way" in shown["sweep"]["progress"])
    panel.do("sweep_run", plan=tab["plan"])
    panel.do("sweep_stop")
    panel.shown.until(lambda shown: not shown["sweep"]["running"] and shown["sweep"]["plan"] > tab["plan"])
    assert panel.shown["sweep"]["button"] == "Sweep 3 calls"
    assert "stopped" in panel.shown["sweep"]["progress"]


def test_a_panel_that_takes_anothers_place_shows_its_grid_and_form(make: MakePanel, session: Session) -> None:
    panel = make()
    panel.do("sweep_stops", name="temperature", text="0.25")
    planned(panel, "Sweep 6 calls")
    swept(panel)
    fresh = make()
    assert fresh.model.go_on_from(panel.model)
    assert planned(fresh, "Show 6 stored answers")["stops"][0]["text"] == "0.25"
    assert found(fresh)["total"] == 3
