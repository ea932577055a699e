"""What is taken from the answers of a panel, and what stays of earlier comparisons."""

from __future__ import annotations

from typing import Any

import pytest

from langtail_nb._kernel.session import Session
from langtail_nb._panel.earlier import MOST
from langtail_nb._panel.receipt import Receipt
from tests.panel.panels import Panel
from tests.servers import Server

HEAD = "%%langtail acme/help/triage/staging"


def compared(panel: Panel, text: str = "Where?") -> list[dict[str, Any]]:
    panel.do("message", text=text)
    return panel.run("compare")


def take(panel: Panel, action: str, column: dict[str, Any]) -> dict[str, Any]:
    """Press a button under an answer, and return what the view is told."""
    count = len(panel.shown.sent)
    panel.do(action, column=column["id"], serial=column["serial"])
    [told] = panel.shown.sent[count:]
    return told


def test_the_settings_of_an_answer_become_those_of_the_panel_and_can_be_taken_back(
    panel: Panel, session: Session
) -> None:
    panel.do("variable", name="topic", value="cats")
    panel.do("set", name="temperature", value=0.2)
    panel.do("compare_add")
    panel.do("set", name="temperature", value=0.9)
    panel.do("set", name="seed", value=3)
    columns = compared(panel)

    told = take(panel, "take_settings", columns[1])
    assert "“temperature 0.2”" in told["say"]
    assert session.settings.overrides(panel.model.target) == {"temperature": 0.2}
    assert session.settings.variables_of(panel.model.target) == {"topic": "cats"}
    assert panel.shown["message"]["text"] == "Where?"
    panel.do("undo")
    assert session.settings.overrides(panel.model.target) == {"temperature": 0.9, "seed": 3}
    take(panel, "take_settings", columns[0])
    assert session.settings.overrides(panel.model.target) == {}


def test_the_text_of_an_answer_is_copied_letter_by_letter(panel: Panel) -> None:
    [column] = (panel.do("message", text=" a  *b*\n\n<c> "), panel.run())[1]
    told = take(panel, "take_text", column)
    assert told["text"] == "system: Answer about returns.\nsystem: Be .\nuser:  a  *b*\n\n<c> "


@pytest.mark.parametrize(
    ("set_then", "place", "line"),
    [
        ({}, 0, f"{HEAD} --as-deployed\nWhere?"),
        ({"seed": 3}, 0, f"{HEAD} --as-deployed\nWhere?"),
        ({}, 1, f"{HEAD} -t 0.9\nWhere?"),
        ({"seed": 3}, 1, f"{HEAD} -t 0.9 --seed deployed\nWhere?"),
    ],
)
def test_the_cell_of_an_answer_asks_as_it_was_asked_whatever_is_set_by_then(
    panel: Panel, set_then: dict[str, Any], place: int, line: str
) -> None:
    panel.do("set", name="temperature", value=0.9)
    columns = compared(panel)
    for name, value in set_then.items():
        panel.do("set", name=name, value=value)
    assert take(panel, "take_cell", columns[place])["insert"] == [line]


def test_an_edited_prompt_is_inserted_as_a_cell_of_its_own(panel: Panel) -> None:
    panel.do("template", messages=[{"role": "system", "text": "Be brief.\nAbout {{topic}}."}])
    panel.do("message", text="Where?")
    panel.do("insert")
    assert panel.shown.newest("insert")["insert"] == [
        "%%langtail_template acme/help/triage/staging\n--- system\nBe brief.\nAbout {{topic}}.",
        f"{HEAD}\nWhere?",
    ]
    panel.do("copy", kind="cell")
    assert panel.shown.newest("told")["told"] == "Copied: two cells; paste each into its own."


def test_a_prompt_that_no_cell_can_hold_stays_on_the_line(panel: Panel) -> None:
    panel.do("template", messages=[{"role": "system", "text": "A\n%%langtail x\nB"}])
    panel.do("message", text="Where?")
    panel.do("insert")
    [cell] = panel.shown.newest("insert")["insert"]
    assert "--template" in cell


def test_after_a_comparison_the_cell_makes_it_again_until_something_else_is_run(panel: Panel) -> None:
    panel.do("set", name="temperature", value=0.2)
    panel.do("compare_add")
    panel.do("set", name="temperature", value=0.9)
    compared(panel)
    assert panel.shown["line"] == f"{HEAD} --sweep temperature=0.2,0.9\nWhere?"
    panel.do("insert")
    assert panel.shown.newest("told")["told"] == "Inserted below."
    panel.do("reset", name=None)
    assert panel.shown["line"] == f"{HEAD} --sweep temperature=0.2,0.9\nWhere?"
    panel.run()
    assert "--sweep" not in panel.shown["line"]


def test_settings_that_differ_in_several_ways_are_left_out_and_named(panel: Panel) -> None:
    panel.do("set", name="temperature", value=0.2)
    panel.do("compare_add")
    panel.do("set", name="temperature", value=0.9)
    panel.do("set", name="top_p", value=0.5)
    compared(panel)
    assert panel.shown["line"] == f"{HEAD} -t 0.9 --top-p 0.5 --compare deployed\nWhere?"
    panel.do("insert")
    assert panel.shown.newest("told")["told"].endswith("as --compare cannot say it: temperature 0.2.")


def test_a_prompt_that_both_settings_have_goes_on_the_line_of_the_sweep(panel: Panel) -> None:
    panel.do("template", messages=[{"role": "system", "text": "Be brief."}])
    panel.do("set", name="temperature", value=0.2)
    panel.do("compare_add")
    panel.do("set", name="temperature", value=0.9)
    compared(panel)
    [cell] = [panel.shown["line"]]
    assert "--sweep temperature=0.2,0.9" in cell
    assert "--template [{" in cell
    assert "%%langtail_template" not in cell


def test_what_is_shown_follows_the_chosen_form(panel: Panel) -> None:
    panel.do("message", text="Where?")
    panel.do("form", kind="curl")
    assert panel.shown["line"].startswith("curl -N ")
    panel.do("message", text="And when?")
    assert "And when?" in panel.shown["line"]
    panel.do("form", kind="poem")
    assert panel.shown["form"] == "curl"
    assert "there is no form 'poem'" in panel.shown.said()[-1]


def test_variables_that_are_set_are_told_with_what_is_deployed(panel: Panel) -> None:
    panel.do("variable", name="topic", value="cats")
    panel.do("set", name="temperature", value=0.9)
    assert panel.shown["head"]["told"] == "temperature 0.9, topic=cats"
    columns = compared(panel)
    assert [column["detail"] for column in columns] == ["as deployed, topic=cats", "topic=cats"]
    panel.shown.until(lambda shown: len(shown["history"]["runs"]) == 2)
    assert {run["detail"] for run in panel.shown["history"]["runs"]} == {
        "as deployed, topic=cats",
        "temperature 0.9, topic=cats",
    }
    panel.do("reset", name="temperature")
    assert panel.shown["head"]["told"] == "as deployed, topic=cats"
    for name in ("style", "company", "delivery"):
        panel.do("variable", name=name, value="x" * 20)
    assert panel.shown["head"]["told"] == "4 variables"


def test_an_answer_that_is_pinned_is_shown_at_once(panel: Panel, triage: Server) -> None:
    panel.do("message", text="Where?")
    panel.run()
    panel.shown.until(lambda shown: bool(shown["history"]["runs"]))
    mark = triage.mark()
    panel.do("pin", id=panel.shown["history"]["runs"][0]["id"])

    first, pinned = panel.shown["columns"]
    assert (first["id"], pinned["state"]) == ("run", "done")
    assert pinned["title"].startswith("Earlier, ")
    assert pinned["marks"] == ["the same, word for word"]
    [piece] = next(sent["full"] for sent in panel.shown.sent if "full" in sent)
    assert "Where?" in "".join(piece["add"])
    assert not any(entry["provider"] for entry in triage.requests(mark))
    panel.do("compare_drop", id=pinned["id"])
    assert [column["id"] for column in panel.shown["columns"]] == ["run"]


def test_earlier_comparisons_stay_folded_in_number_bounded(panel: Panel) -> None:
    panel.do("set", name="temperature", value=0.9)
    for number in range(MOST + 2):
        assert panel.shown["earlier"]["cut"] is (number > MOST + 1)
        compared(panel, f"Question {number}")
    rows = panel.shown["earlier"]["rows"]
    assert [row["asked"] for row in rows] == [f"Question {n}" for n in range(MOST, 0, -1)]
    assert panel.shown["earlier"]["cut"]
    assert panel.shown["earlier"]["asked"] == f"Question {MOST + 1}"
    assert [glimpse["title"] for glimpse in rows[0]["answers"]] == ["deployed", "temperature 0.9"]
    assert all(len(glimpse["words"]) <= 160 for row in rows for glimpse in row["answers"])
    compared(panel, "long " * 10_000)
    compared(panel, "short")
    assert len(str(panel.shown["earlier"])) < 10_000


def test_a_row_that_is_opened_is_told_whole_and_its_answers_can_be_kept(panel: Panel) -> None:
    panel.do("set", name="temperature", value=0.9)
    compared(panel, "The first")
    compared(panel, "The second")
    [row] = panel.shown["earlier"]["rows"]
    panel.do("open", row=row["id"])
    [opened] = [sent["row"] for sent in panel.shown.sent if "row" in sent]
    assert [column["title"] for column in opened["columns"]] == ["deployed", "temperature 0.9"]
    assert all("The first" in "".join(piece["add"]) for piece in opened["full"])
    [_, second] = opened["columns"]
    panel.do("keep", column=second["id"], serial=second["serial"])
    [row] = panel.shown["earlier"]["rows"]
    assert [glimpse["kept"] for glimpse in row["answers"]] == [None, "kept: turn 1 of thread 1"]
    assert [column["kept"] for column in panel.shown["columns"]] == [None, None]
    before = len(panel.shown.sent)
    assert panel.is_heard("open", row="row-0")
    assert not any("row" in sent for sent in panel.shown.sent[before:])


def test_the_words_of_an_answer_that_must_not_be_recorded_are_in_no_folded_row(panel: Panel) -> None:
    panel.do("set", name="do_not_record", value=True)
    compared(panel, "A secret")
    compared(panel, "Another")
    [row] = panel.shown["earlier"]["rows"]
    assert {glimpse["words"] for glimpse in row["answers"]} == {"not recorded"}
    assert "secret" not in str(row).lower()


def test_a_comparison_stands_in_the_receipt_as_a_table(panel: Panel) -> None:
    receipt = Receipt(panel.model.target)
    panel.do("set", name="temperature", value=0.9)
    compared(panel, "Where?")
    receipt.add(panel.model.trials)
    html = receipt.bundle()["text/html"]
    assert (html.count("<th "), html.count("<td "), html.count("<table")) == (2, 2, 1)
    assert html.index(">deployed<") < html.index(">temperature 0.9<")
    assert 'font-size: 1.2em"><b>Where?</b>' in html


def test_a_stand_in_is_named_in_full_in_the_first_column_whichever_ends_first(
    panel: Panel, session: Session
) -> None:
    session.stand_ins.add(session.base_url)
    panel.do("message", text="Tell me at length about all that there is to be told.")
    panel.do("set", name="max_tokens", value=1)

    first, second = panel.run("compare")

    session.stand_ins.clear()
    assert "standing in for" in first["footer"][0]
    assert second["footer"][0] == "local"
