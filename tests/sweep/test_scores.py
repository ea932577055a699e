"""Scores of answers: what passes, what stays unscored and says why, and what a pattern may not do."""

import asyncio
import dataclasses
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pydantic
import pytest

import langtail_nb as lt
from langtail_nb._sweep.comparing.scored import Missing, Setting
from langtail_nb._sweep.evidence import evidence
from langtail_nb._sweep.marks import Place, read_marks, to_mark
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.scores import ScoreBook, scores_of
from langtail_nb._sweep.scoring.matching import matching

TARGET = "acme/support/triage/staging"
# It tries 2^30 ways to split what it cannot match.
HANGS = (r"^(a+)+$", "a" * 30 + "!")


NO_SCORE = "which is no score: return a bool, a number, None or a dict of them"


def outcome(text="", setting=0, row=0, repeat=1, stored=False, **more):
    reply = None if text is None else lt.Reply(lt.Request(TARGET), text, **more)
    return Outcome(setting, row, repeat, reply, None if reply else "503", 0.0, 0.0, stored)


def book_of(*outcomes, rows=None, columns=(), **scores):
    rows = rows or [{}] * 50
    book = ScoreBook(scores_of(scores, columns or [*rows[0]]))

    async def add():
        for one in outcomes:
            await book.add(one, rows[one.row])

    asyncio.run(add())
    return book


def given(score, text, row=None, **more):
    return book_of(outcome(text, **more), rows=[row or {}], it=score).given("it", 0, 0, 1)


def value(score, text, row=None, **more):
    return given(score, text, row, **more).value


@pytest.mark.parametrize(
    ("score", "passes", "fails"),
    [
        (lt.equals("yes"), " yes\n", "Yes"),
        (lt.equals("yes", case=False), "YES", "no"),
        (lt.equals("yes", strip=False), "yes", "yes "),
        (lt.contains("Dear"), "Oh Dear!", "dear"),
        (lt.contains("dear", case=False), "DEAR", "deer"),
        (lt.contains_any(["a", "b"]), "xb", "xc"),
        (lt.excludes("sorry"), "fine", "so sorry"),
        (lt.regex(r"^Dear \w+"), "Dear Ada", "Oh, Dear Ada"),
        (lt.regex("dear", re.IGNORECASE), "DEAR", "deer"),
        (lt.regex(re.compile("^b", re.MULTILINE)), "a\nb", "ab"),
        (lt.json_valid(), '{"a": 1}', '{"a": NaN}'),
        (lt.json_valid(), 'Here:\n```json\n[1]\n```\nDone.', "```json\n[1]\n```\n```json\n[2]\n```"),
        (lt.close(12.5, within=0.1), "about 12.45 km", "125"),
        (lt.close(1234.5), "It is 1,234.5.", "1,234 and 5"),
        (lt.close(-3), "minus: −3", "3"),
        (lt.finish("stop"), "", None),
    ],
)  # fmt: skip
def test_a_score_passes_and_fails(score, passes, fails):
    assert value(score, passes, finish_reason="stop") == 1
    if fails is not None:
        assert value(score, fails, finish_reason="stop") == 0


def test_a_column_is_a_value_of_the_row_and_a_number_is_its_text():
    assert value(lt.equals(lt.column("expected")), "7", {"expected": 7}) == 1
    assert value(lt.contains_any(lt.column("names")), "Ada", {"names": ["Bob", "Ada"]}) == 1
    assert value(lt.close("amount", within=1), "about 99", {"amount": np.int64(100)}) == 1


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, pd.NaT])
def test_a_row_without_the_expected_value_is_unscored_and_says_so(nothing):
    one = given(lt.equals(lt.column("expected")), "7", {"expected": nothing})

    assert (one.value, one.error) == (None, "column 'expected' is empty in this row")


@pytest.mark.parametrize("look_for", [lt.contains, lt.excludes, lt.contains_any])
def test_an_empty_text_is_in_every_answer_and_leaves_its_row_unscored(look_for):
    one = given(look_for(lt.column("expected")), "7", {"expected": ""})

    assert one.value is None
    assert one.error == f"{look_for.__name__} looks for an empty text, which every answer holds"
    assert value(lt.equals(lt.column("expected")), "", {"expected": ""}) == 1


def test_a_column_that_is_not_there_is_named_before_anything_is_scored():
    with pytest.raises(
        lt.ConfigurationError, match="score 'right': the rows have no column 'expcted'; there are: 'expected'"
    ):
        scores_of({"right": lt.equals(lt.column("expcted"))}, ["expected"])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: lt.regex("("), "is no pattern"),
        (lambda: lt.regex(b"a"), "bytes"),
        (lambda: lt.regex(7), "is no pattern"),
        (lambda: lt.contains_any("abc"), "several texts"),
        (lambda: lt.contains(7.5), "takes a text"),
        (lambda: lt.excludes(""), "looks for an empty text"),
        (lambda: lt.close(1, within=-1), "0 or more"),
        (lambda: lt.length("miles"), "not 'miles'"),
        (lambda: lt.schema({"type": "objekt"}), "schema: "),
        (lambda: lt.schema("text"), "a dict or a pydantic model"),
        (lambda: lt.score(len, range=(1, 0)), "the least and the largest"),
        (lambda: lt.score(lambda: True), "must take"),
        (lambda: lt.judge("grader/production", " "), "needs a question"),
        (lambda: lt.judge("grader/production", "Good?", scale=(5, 1)), "scale takes"),
        (lambda: scores_of({"right": 7}, []), "score 'right' must be a score or a function"),
        (lambda: scores_of({"all": lt.pass_all()}, []), "needs a score"),
    ],
)
def test_bad_input_is_one_line_at_once(make, words):
    with pytest.raises(lt.ConfigurationError) as caught:
        make()

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pattern_that_hangs_is_ended_and_the_next_one_answers():
    pattern, text = HANGS
    began = time.monotonic()
    one = given(lt.regex(pattern), text)

    assert one.value is None
    assert "took more than 1 s" in one.error
    assert time.monotonic() - began < 15  # it is the limit by the clock that takes 20
    assert value(lt.regex("b"), "abc") == 1


def test_a_pattern_that_hung_three_times_is_not_tried_again():
    outcomes = [outcome(HANGS[1], row=row) for row in range(4)]
    book = book_of(*outcomes, hangs=lt.regex(HANGS[0] + "(?#three times)"))

    assert "is not tried again" in book.given("hangs", 0, 3, 1).error
    assert book.first_errors["hangs"].startswith("score 'hangs', row 0: the pattern")


def test_the_loop_goes_on_while_a_pattern_hangs():
    async def both():
        book = ScoreBook(scores_of({"hangs": lt.regex(HANGS[0] + "(?#loop)")}, []))
        scoring = asyncio.ensure_future(book.add(outcome(HANGS[1]), {}))
        ticks = 0
        while not scoring.done():
            await asyncio.sleep(0.05)
            ticks += 1
        return ticks

    assert asyncio.run(both()) > 3


def test_a_pattern_in_a_schema_that_hangs_is_ended_too():
    one = given(lt.schema({"type": "string", "pattern": HANGS[0]}), f'"{HANGS[1]}"')

    assert one.value is None
    assert "the schema took more than 1 s" in one.error


def test_what_matches_has_no_key_and_looks_for_no_module_beside_the_notebook(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('taken from beside the notebook')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANGTAIL_API_KEY", "lt-real-key-0123456789")
    matching.close()

    assert value(lt.regex("b"), "abc") == 1
    if sys.platform == "linux":
        environment = Path(f"/proc/{matching._process.pid}/environ").read_bytes()
        assert b"lt-real-key" not in environment


def test_a_long_text_with_any_character_is_matched():
    assert value(lt.regex("\N{SNOWMAN}\ud800?$"), "a\x00\u2028" * 1_000_000 + "\N{SNOWMAN}") == 1


def test_a_schema_names_the_first_place_that_does_not_fit():
    wanted = lt.schema({"type": "object", "properties": {"names": {"items": {"type": "string"}}}})

    assert value(wanted, '{"names": ["Ada"]}') == 1
    one = given(wanted, '{"names": ["Ada", 7]}')
    assert (one.value, one.reason) == (0.0, "$.names[1]: 7 is not of type 'string'")
    assert given(wanted, "no").reason.startswith("not JSON")


def test_an_address_in_a_schema_is_not_fetched():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/schema.json"
        one = given(lt.schema({"$ref": address}), "7")

        assert one.value is None
        assert address in one.error
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_a_schema_may_be_a_pydantic_model_or_a_dataclass():
    class Ticket(pydantic.BaseModel):
        topic: str
        urgent: bool = False

    @dataclasses.dataclass
    class Count:
        number: int

    assert value(lt.schema(Ticket), '{"topic": "returns"}') == 1
    assert given(lt.schema(Ticket), "{}").reason == "$.topic: Field required"
    assert value(lt.schema(Count), '{"number": 3}') == 1


def test_a_function_takes_the_text_the_row_and_the_record_or_fewer():
    row = {"expected": "b"}

    assert value(lambda answer: "b" in answer, "abc") == 1
    assert value(lambda answer, row: row.expected in answer, "abc", row) == 1
    assert value(lambda answer, row: row["expected"] in answer, "axc", row) == 0
    assert value(lambda answer, row, record: record.reply.model == "m", "abc", model="m") == 1


def test_a_function_may_be_async():
    async def right(answer):
        await asyncio.sleep(0)
        return len(answer) == 3

    assert value(right, "abc") == 1


def test_a_plain_function_is_not_called_on_the_thread_of_the_loop():
    seen = []
    value(lambda answer: bool(seen.append(threading.current_thread())), "abc")

    assert seen[0] is not threading.current_thread()
    assert seen[0].daemon


@pytest.mark.parametrize(
    ("returned", "wanted"),
    [
        (True, 1.0),
        (np.bool_(False), 0.0),
        (0.25, 0.25),
        (np.float32(0.5), 0.5),
        (None, None),
        (float("nan"), None),
    ],
)
def test_what_a_function_returns_is_a_number(returned, wanted):
    one = given(lambda answer: returned, "abc")

    assert (one.value, one.error) == (wanted, "")


def test_a_dict_is_several_scores():
    book = book_of(outcome("abc"), it=lambda answer: {"long": len(answer) > 5, "short": 0.5})

    assert book.names == ["it.long", "it.short"]
    assert [book.given(name, 0, 0, 1).value for name in book.names] == [0.0, 0.5]


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (lambda answer: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda answer, row: row.topic, "AttributeError: no column 'topic'; there are: none"),
        (lambda answer: "good", f"it returned a str, {NO_SCORE}"),
        (lambda answer: float("inf"), f"it returned inf, {NO_SCORE}"),
        (lambda answer: next(iter(())), "RuntimeError: StopIteration: "),
        (lambda answer: sys.exit(3), "RuntimeError: SystemExit"),
        (lt.score(lambda answer: 7, range=(1, 5)), "it returned 7, outside its range of 1 to 5"),
    ],
)  # fmt: skip
def test_a_score_that_fails_leaves_its_trial_unscored_and_is_told_in_one_line(function, error):
    book = book_of(outcome("abc"), outcome("abd", row=1), it=function)

    assert book.given("it", 0, 0, 1).value is None
    assert book.given("it", 0, 0, 1).error.strip() == error.strip()
    assert book.first_errors["it"].strip() == f"score 'it', row 0: {error}".strip()
    assert book.scored({0: [(0, 1)]}, 1)[0].values == [{0: [None]}]


def test_measures_are_what_the_reply_says():
    usage = lt.Usage(3, 4, 7, None, None, {})
    more = {"usage": usage, "latency_s": 1.5, "first_token_s": 0.5}

    assert value(lt.length(), "two words", **more) == 2
    assert value(lt.length("characters"), "two words", **more) == 9
    assert value(lt.tokens_out(), "", **more) == 4
    assert value(lt.latency(), "", **more) == 1.5
    assert value(lt.first_token(), "", **more) == 0.5
    assert value(lt.tokens_out(), "") is None
    assert value(lt.cost(lambda reply: 0.25), "") == 0.25


def test_scores_become_what_evidence_takes():
    outcomes = [
        outcome("yes" if setting or row > 5 else "no", setting, row, repeat)
        for setting in range(2) for row in range(12) for repeat in (1, 2)
    ]  # fmt: skip
    book = book_of(*outcomes, right=lt.equals("yes"), words=lt.length())
    slots = {row: [(row, 1), (row, 2)] for row in range(12)}
    right, words = book.scored(slots, 2)

    assert (right.span, right.step, words.words) == ((0.0, 1.0), 1.0, ("longer", "shorter"))
    found = evidence([right, words], [Setting(label="deployed"), Setting(label="warm")]).findings
    assert (found["right"][1].word, found["words"][1].word) == ("better", "not distinguishable")


def test_what_did_not_get_through_or_waits_is_no_score():
    book = book_of(outcome("yes"), outcome(None, row=1), right=lt.equals("yes"))

    assert book.scored({row: [(row, 1)] for row in range(3)}, 1)[0].values == [
        {0: [1.0], 1: [Missing.LOST], 2: [Missing.WAITING]}
    ]


def test_numbers_beyond_0_and_1_have_no_bounds_unless_they_are_given():
    outcomes = [outcome("abc"), outcome("abcde", row=1)]
    slots = {0: [(0, 1)], 1: [(1, 1)]}

    assert book_of(*outcomes, size=len).scored(slots, 1)[0].span is None
    assert book_of(*outcomes, size=lt.score(len, range=(0, 9))).scored(slots, 1)[0].span == (0, 9)
    assert book_of(*outcomes, share=lambda answer: len(answer) / 9).scored(slots, 1)[0].span == (0.0, 1.0)


def test_measures_of_trials_of_another_run_are_not_compared():
    book = book_of(outcome("a b"), outcome("a", setting=1, stored=True), words=lt.length())
    scored = book.scored({0: [(0, 1)]}, 2, run_of=lambda one: one.stored)[0]

    assert scored.values == [{0: [2.0]}, {0: [Missing.ELSEWHERE]}]


def test_steadiness_and_passing_all_are_of_all_repeats_of_a_row():
    outcomes = [outcome(text, repeat=n) for n, text in enumerate(["yes", "yes", "no"], 1)]
    book = book_of(*outcomes, right=lt.equals("yes"), steady=lt.same(), all=lt.pass_all())
    values = {one.name: one.values[0] for one in book.scored({0: [(0, 1), (0, 2), (0, 3)]}, 1)}

    assert values == {"right": {0: [1.0, 1.0, 0.0]}, "steady": {0: [2 / 3]}, "all": {0: [0.0]}}


def test_marks_of_a_table_are_found_by_label_or_place():
    table = pd.DataFrame(
        {"row": [0, 1, 2], "setting": ["warm", "deployed", "warm"], "mark": [True, 0.5, None]}
    )

    assert read_marks(table, ["deployed", "warm"]) == {Place(1, 0, 1): 1.0, Place(0, 1, 1): 0.5}
    with pytest.raises(lt.ConfigurationError, match="row 1 names no setting: 'cold'; there are deployed"):
        read_marks([{"row": 0, "setting": "cold", "mark": 1}], ["deployed"])
    with pytest.raises(lt.ConfigurationError, match="row 1 has no 'mark'"):
        read_marks([{"row": 0, "setting": "deployed"}], ["deployed"])


def test_the_answers_to_mark_are_those_of_all_settings_shuffled():
    answered = [Place(s, r, n) for s in range(3) for r in range(30) for n in (1, 2) if (s, r) != (2, 4)]
    chosen = to_mark(answered, 20)

    assert len(chosen) == 60
    assert len({place.row for place in chosen}) == 20
    assert 4 not in {place.row for place in chosen}
    assert chosen != sorted(chosen)
    assert chosen == to_mark(answered, 20)


def test_marks_go_where_the_scores_are():
    book = book_of(outcome("yes"), right=lt.equals("yes"))
    scored = book.scored({0: [(0, 1)]}, 1, marks={"right": {Place(0, 0, 1): 0.0}})[0]

    assert scored.marks == [{0: [0.0]}]


def test_scores_load_nothing_heavy():
    code = (
        "import sys, langtail_nb as lt; lt.regex('a'), lt.judge('a/b/c/staging', 'Is it?'), lt.length();"
        "print({'scipy', 'pydantic', 'jsonschema', 'numpy', 'pandas', 'httpx'} & {*sys.modules})"
    )

    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"
