"""Marks of single answers in a grid: given, taken back, kept, and what the figures make of them."""

from __future__ import annotations

from typing import Any

import pytest

import langtail_nb as lt
from langtail_nb._kernel import loop
from langtail_nb._panel.explorer import Explorer
from langtail_nb._panel.scoring import Scoring
from langtail_nb._sweep.plan import Run
from tests.panel.panels import Shown
from tests.sweep.conftest import counting, kernel_state  # noqa: F401 - fixtures
from tests.sweep.counting import Counting
from tests.sweep.scripted import scripted

ROWS = [{"q": f"question {number}", "expected": "yes"} for number in range(24)]
JUDGE = lt.judge("acme/help/grader/production", "Is it a yes?")


@pytest.fixture(autouse=True)
def server(kernel_state: Counting) -> Counting:  # noqa: F811 - the fixture
    scripted(kernel_state, {None: 0.3, 0: 0.9})
    return kernel_state


def swept(rows: Any = ROWS, **options: Any) -> Run:
    over = lt.grid(temperature=[0])
    return lt.sweep(over=over, rows=rows, message="q", budget="3000 calls", **options).run()


class View:
    """An explorer, and what a view is told."""

    def __init__(self, run: Run) -> None:
        scoring, self.shown = Scoring(run), Shown()
        loop.wait(scoring.catch_up())
        self.explorer = Explorer(run, scoring, publish=self.shown.publish, send=self.shown.send)

    def press(self, key: str, setting: int, row: int, *, score: str = "", repeat: int = 1) -> dict[str, Any]:
        """What is told of the mark after a key."""
        count = len(self.shown.sent)
        self.explorer.do(
            {
                "do": "grid_mark",
                "setting": setting,
                "row": row,
                "repeat": repeat,
                "score": score,
                "key": key,
            }
        )
        return next(one.get("grid_marked", one) for one in self.shown.sent[count:])

    def whole(self, row: int, score: str = "") -> list[list[str | None]]:
        """The marks of a row, by setting and repeat."""
        columns = self.explorer.grid.whole(row, score)["columns"]
        return [[answer["mark"] for answer in column["answers"]] for column in columns]


def text_of(run: Run, setting: int, row: int) -> str:
    outcome = run.outcome(setting, row)
    assert outcome is not None
    assert outcome.reply is not None
    return outcome.reply.text


def test_a_key_marks_an_answer_and_the_same_again_or_u_takes_it_back() -> None:
    view = View(swept(score={"polite": JUDGE}))

    assert view.press("y", 1, 3)["mark"] == "good"
    assert view.press("n", 0, 3)["told"] == "2 marked: 1 good, 1 not"
    assert view.whole(3) == [["not"], ["good"]]
    assert [cell["mark"] for cell in view.explorer.grid.line(3)["cells"]] == ["not", "good"]

    assert view.press("y", 1, 3)["mark"] == ""
    assert view.press("u", 0, 3) == {
        "score": "", "row": 3, "setting": 0, "repeat": 1, "mark": "", "told": "",
    }  # fmt: skip
    assert view.press("u", 0, 3)["mark"] == "", "what is not marked stays so"
    assert view.press("n", 0, 3)["mark"] == "not"
    assert view.press("y", 0, 3)["mark"] == "good", "another key gives another mark"


def test_marks_stay_with_the_texts_and_belong_to_one_score() -> None:
    right = lt.equals(lt.column("expected"))
    score = {"polite": JUDGE, "right": right}
    view = View(swept(score=score))
    view.press("y", 1, 3, score="right")

    assert view.whole(3, "right")[1] == ["good"]
    assert view.whole(3, "polite")[1] == [""]
    view.shown.until(lambda shown: shown["grid"]["marked"][1]["told"] == "1 marked: 1 good, 0 not")
    assert view.shown["grid"]["marked"][0] == {"score": "polite", "told": "", "can": True}

    assert View(swept(score=score)).whole(3, "right")[1] == ["good"], "another run of the same"


def test_rows_that_send_the_same_have_one_answer_and_one_mark() -> None:
    view = View(swept([*ROWS[:2], ROWS[0]]))

    view.press("y", 0, 2)

    assert view.whole(0)[0] == ["good"]


def test_marks_correct_the_judge_in_the_table_and_in_what_stands_above_the_rows() -> None:
    run = swept(score={"polite": JUDGE})
    view = View(run)
    judged = run.table()[1]
    assert judged["word"] == "better"
    for row in range(22):
        for setting in range(2):
            view.press("n" if text_of(run, setting, row) == "yes" else "y", setting, row)

    corrected = run.table()[1]

    assert corrected["difference"] < 0 < judged["difference"]
    assert "with your marks" in " ".join(repr(run.table()).split())
    words = [corrected["word"]]
    view.shown.until(lambda shown: [one["word"] for one in shown["grid"]["settings"][1:]] == words)


def test_on_a_judges_scale_good_is_its_upper_end_and_agreement_is_about_its_middle(
    monkeypatch: pytest.MonkeyPatch, server: Counting
) -> None:
    graded = lt.judge("acme/help/grader/production", "How polite?", scale=(1, 5))
    answer = server.text

    def text(body: dict[str, Any]) -> str:
        return answer(body).replace('"yes"', "5").replace('"no"', "1")

    server.text = text
    run = swept(ROWS[:6], score={"polite": graded})
    view = View(run)
    for setting in range(2):
        for row in range(6):
            view.press("y" if text_of(run, setting, row) == "no" else "n", setting, row)

    assert "Judge: 0 of 12 agree with your marks" in " ".join(repr(run.table()).split())
    monkeypatch.setattr("builtins.input", lambda prompt: "y" if "\nyes\n" in prompt else "n")
    run.mark("polite", rows=6)
    assert "Judge: 12 of 12 agree with your marks" in " ".join(repr(run.table()).split())


def test_without_a_score_marks_count_by_themselves_for_each_setting() -> None:
    view = View(swept(ROWS[:4]))
    for row in range(3):
        view.press("y" if row else "n", 1, row)

    view.shown.until(lambda shown: "2 of 3 marked good" in shown["grid"]["settings"][1]["told"])
    assert view.shown["grid"]["marked"] == [{"score": "", "told": "3 marked: 2 good, 1 not", "can": True}]


def test_a_judge_of_two_answers_side_by_side_leaves_none_to_be_marked_for_it() -> None:
    beside = lt.judge("acme/help/grader/production", "Which is politer?", against="deployed")
    view = View(swept(ROWS[:4], score={"politer": beside, "right": lt.equals("yes")}))

    assert [one["can"] for one in view.shown["grid"]["marked"]] == [False, True]
    assert view.whole(0, "politer") == [[None], [None]]
    assert "does not judge single answers" in view.press("y", 0, 0, score="politer")["say"]


def test_what_is_no_answer_cannot_be_marked() -> None:
    view = View(swept(ROWS[:4]))

    told = view.press("y", 1, 2, repeat=7)

    assert told["bad"]
    assert "no answer of temperature 0 in row 2, repeat 7" in told["say"]
