"""Many questions, one setting: what is sent, what comes back, what is never sent again."""

import sqlite3
import time
from contextlib import closing

import pandas
import polars
import pytest

import langtail_nb as lt
from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._kernel.session import session

ROWS = [{"q": "a?", "topic": "x"}, {"q": "b?", "topic": "y"}, {"q": "c?", "topic": "x"}]


@pytest.fixture(autouse=True)
def server(kernel_state):
    return kernel_state


def test_answers_come_in_the_order_of_the_questions(server):
    server.delay_s = 0.02

    replies = lt.map([f"question {number}" for number in range(20)])

    assert [reply.text.partition("|")[0] for reply in replies] == [f"question {n}" for n in range(20)]
    assert server.counts["invoke"] == 20
    assert server.most_open > 1


def test_the_same_again_sends_nothing_and_gives_the_same(server):
    first = lt.map(rows=ROWS, message="q")
    sent = server.counts["invoke"]

    again = lt.map(rows=ROWS, message="q")

    assert server.counts["invoke"] == sent == 3
    assert [one.text for one in again] == [one.text for one in first]
    assert [one.usage.prompt_tokens for one in again] == [10, 10, 10]
    assert [one.finish_reason for one in again] == ["stop"] * 3


def test_columns_that_are_variables_are_sent_and_no_others(server):
    lt.map(rows=[{**row, "expected": "secret"} for row in ROWS], message="q", language="French")

    assert sorted(str(body["variables"]) for body in server.bodies) == sorted(
        str({"topic": row["topic"], "language": "French"}) for row in ROWS
    ) or all(body["variables"].keys() == {"topic", "language"} for body in server.bodies)
    assert "secret" not in str(server.bodies)


def test_a_variable_that_is_called_as_an_argument_is_given_by_vars(server):
    lt.map(["q"], vars={"limit": "5", "topic": "z"})

    assert server.bodies[0]["variables"] == {"limit": "5", "topic": "z"}


def test_a_column_of_a_frame_gives_a_variable_for_each_row(server):
    frame = pandas.DataFrame(ROWS)

    lt.map(frame.q, topic=frame.topic)
    lt.map(rows=frame, message=lt.column("q"), language=lt.column("topic"))

    sent = {body["messages"][-1]["content"]: body["variables"] for body in server.bodies[:3]}
    assert sent == {row["q"]: {"topic": row["topic"]} for row in ROWS}
    assert server.bodies[-1]["variables"].keys() == {"topic", "language"}


def test_equal_rows_are_asked_once_and_that_is_told(server, capsys):
    replies = lt.map(["same", "other", "same"])

    assert server.counts["invoke"] == 2
    assert replies[0].text == replies[2].text
    assert "1 row sends the same as another and was asked once" in capsys.readouterr().err


def test_what_shares_the_call_of_another_row_is_not_told_to_be_stored_before_it_is(server):
    first = lt.map(["same", "other", "same"])
    again = lt.map(["same", "other", "same"])

    assert first.summary() == "3 of 3 rows answered · 1 the same as another"
    assert first.to_pandas()["shared"].tolist() == [False, False, True]
    assert first.to_pandas()["stored"].tolist() == [False] * 3
    assert again.summary() == "3 of 3 rows answered · 3 stored"
    assert again.to_pandas()["shared"].tolist() == [False] * 3


def test_what_is_missing_is_not_sent_and_named(server, capsys):
    frame = pandas.DataFrame({"q": ["a", "b", None], "topic": ["x", None, "z"]})

    replies = lt.map(rows=frame, message="q")

    assert [body.get("variables") for body in server.bodies] == [{"topic": "x"}, None]
    told = capsys.readouterr().err
    assert "topic is missing in row 1 and not sent there" in told
    assert "the message is missing or empty in row 2, which is not sent" in told
    assert replies.failed == [2]
    assert "missing or empty" in str(replies[2].error)


def test_a_table_of_the_replies_stands_on_the_index_of_the_frame(server):
    frame = pandas.DataFrame(ROWS, index=["r", "s", "t"])

    table = lt.map(rows=frame, message="q").to_pandas()

    assert list(table.index) == ["r", "s", "t"]
    assert list(frame.join(table)["prompt_tokens"]) == [10, 10, 10]
    assert table["stored"].tolist() == [False] * 3


def test_rows_are_named_by_the_index_of_their_frame_where_it_has_names_of_its_own(server, capsys):
    server.refuse = lambda body: (500, "broken") if "b?" in str(body) else None
    frame = pandas.DataFrame({"q": ["a?", "b?", None], "topic": ["x", "y", None]}, index=["r", "s", "t"])

    replies = lt.map(rows=frame, message="q")

    told = capsys.readouterr().err
    assert "topic is missing in row t and not sent there" in told
    assert "the message is missing or empty in row t" in told
    assert replies.failed == ["s", "t"]
    assert list(frame.loc[replies.failed, "topic"].dropna()) == ["y"]
    assert replies.summary() == "1 of 3 rows answered · no answer in rows s, t"
    assert replies.run.first_error.startswith("row s: ")
    assert "\ns " in repr(replies)
    server.refuse = lambda body: None
    sent = server.counts["invoke"]
    assert replies.again(["s"]).failed == ["t"]
    assert server.counts["invoke"] == sent + 1
    with pytest.raises(ConfigurationError, match="or rows from r to t"):
        replies.again([1])


@pytest.mark.parametrize(
    ("index", "names"),
    [
        (None, [1]),
        ([0, 1, 2], [1]),
        ([4, 0, 7], [0]),
        (["a", "a", "b"], [1]),
        (pandas.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)]), [("a", 2)]),
        (pandas.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"]), [pandas.Timestamp("2026-01-02")]),
    ],
)
def test_an_index_that_only_numbers_its_rows_or_names_two_alike_names_none(server, index, names):
    server.refuse = lambda body: (500, "broken") if "b?" in str(body) else None
    frame = pandas.DataFrame({"q": ["a?", "b?", "c?"]}, index=index)

    replies = lt.map(rows=frame, message="q")

    assert replies.failed == names
    sent = server.counts["invoke"]
    replies.again(names)
    assert server.counts["invoke"] == sent + 1


def test_answers_in_json_are_columns(server):
    replies = lt.map(['{"label": "a", "sure": 1}', '{"label": "b"}'])
    for reply in replies:
        reply.text = reply.text.partition("|")[0]

    table = replies.to_pandas()

    assert table["label"].tolist() == ["a", "b"]
    assert table["sure"].tolist()[0] == 1


def test_polars_and_columns_of_it_are_rows_like_any(server):
    frame = polars.DataFrame(ROWS)

    assert len(lt.map(rows=frame, message="q")) == len(lt.map(frame["q"])) == 3


def test_no_thread_is_left_on_the_server(server):
    lt.map(["a", "b"])

    assert server.counts["delete"] == 2
    assert not server.threads


def test_what_failed_is_asked_again_by_name_and_nothing_else(server):
    server.refuse = lambda body: (500, "broken") if "b?" in str(body) else None
    replies = lt.map(rows=ROWS, message="q")
    assert replies.failed == [1]
    assert "500" in str(replies[1].error)
    server.refuse = lambda body: None
    sent = server.counts["invoke"]

    whole = replies.again()

    assert server.counts["invoke"] == sent + 1
    assert whole.failed == []
    assert [one.text.partition("|")[0] for one in whole] == ["a?", "b?", "c?"]


def test_rows_are_asked_again_where_a_function_or_a_column_says_so(server):
    replies = lt.map(rows=ROWS, message="q")

    replies.again(lambda reply: reply.text.startswith("a?"))
    replies.again([False, True, True])

    assert server.counts["invoke"] == 3 + 1 + 2
    with pytest.raises(ConfigurationError, match="again takes"):
        replies.again("a")


def test_more_than_a_hundred_calls_need_a_budget_before_any_is_sent(server):
    many = [f"q{number}" for number in range(101)]

    with pytest.raises(ConfigurationError, match=r'101 calls to send need a budget: budget="101 calls"'):
        lt.map(many)
    with pytest.raises(ConfigurationError, match='over the budget of 50 calls: budget="101 calls"'):
        lt.map(many, budget="50 calls")

    assert server.counts["invoke"] == 0
    assert len(lt.map(many, budget="101 calls")) == 101
    assert server.counts["invoke"] == 101


def test_up_to_a_budget_is_run_until_it_is_spent(server):
    replies = lt.map([f"q{number}" for number in range(30)], budget="up to 12 calls")

    assert server.counts["invoke"] == 12
    assert len(replies.failed) == 18
    assert "budget of up to 12 calls is spent" in str(replies[-1].error)


def test_a_sum_of_money_needs_prices_and_the_line_says_how_to_give_them(server):
    with pytest.raises(ConfigurationError, match=r'lt.prices\["m"\] = '):
        lt.map(["q"], budget="2 USD")
    assert server.counts["invoke"] == 0


@pytest.mark.parametrize(
    ("cache", "sent_first", "sent_again"), [("reuse", 3, 0), ("refresh", 3, 3), ("only", 0, 0), ("off", 3, 3)]
)
def test_what_is_taken_from_the_store_is_chosen(server, cache, sent_first, sent_again):
    lt.map(rows=ROWS, message="q", cache=cache)
    assert server.counts["invoke"] == sent_first
    replies = lt.map(rows=ROWS, message="q", cache=cache)
    assert server.counts["invoke"] == sent_first + sent_again
    assert bool(replies.failed) == (cache == "only")


def test_calls_that_are_off_the_record_are_stored_nowhere(server, tmp_path):
    lt.map(["a secret"], do_not_record=True)
    lt.map(["a secret"], do_not_record=True)

    assert server.counts["invoke"] == 2
    assert b"a secret" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_three_equal_errors_among_the_first_pause_it(server):
    server.refuse = lambda body: (401, "wrong key")

    with pytest.raises(LangtailError, match="paused, as 3 of the first 3 calls ended alike: 401"):
        lt.map([f"q{number}" for number in range(50)])
    assert server.counts["invoke"] < 20


def test_the_contents_of_an_answer_stand_with_those_of_every_call(server, tmp_path):
    lt.map(["a", "b"])

    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as database:
        kept = database.execute("SELECT source FROM trials JOIN turns ON id = turn").fetchall()
    assert kept == [("map",), ("map",)]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: lt.map([]), "0 messages"),
        (lambda: lt.map(rows=[], message="q"), "there are 0 rows"),
        (lambda: lt.map(), "there are no rows"),
        (lambda: lt.map("one"), "one message for each row"),
        (lambda: lt.map(rows=ROWS, message=lt.column("Q")), "names no column of the rows: 'Q'"),
        (lambda: lt.map(rows=[{"question": "a?"}], message="qestion"), "did you mean 'question'"),
        (lambda: lt.map(["a"], limit=0), "limit must be a whole number"),
        (lambda: lt.map(["a"], cache="maybe"), "cache must be"),
        (lambda: lt.map(["a"], budget="much"), "budget takes"),
        (lambda: lt.map(["a"], temperature=9), "temperature must be from 0 to 2"),
        (lambda: lt.map(["a"], extra={"threadId": "t"}), "cannot share a thread"),
        (lambda: lt.map(["a"], api_key="lt-secret"), "takes no key"),
        (lambda: lt.map([None, None]), "every row is missing"),
    ],
)
def test_what_cannot_be_asked_is_one_line_and_nothing_is_sent(server, call, told):
    with pytest.raises(ConfigurationError) as raised:
        call()
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert server.counts["invoke"] == 0


def test_a_store_that_cannot_be_read_is_told_with_what_goes_without_it(server, tmp_path):
    (tmp_path / "store.sqlite").write_bytes(b"no database" * 100)
    (tmp_path / "store.sqlite").chmod(0o600)

    with pytest.raises(LangtailError, match='cache="off" goes without it'):
        lt.map(["a"])
    assert lt.map(["a"], cache="off")[0].text.startswith("a|")


def test_what_is_pruned_of_earlier_calls_is_not_found_again(server):
    lt.map(["a"])

    session.store.prune(time.time() + 1)
    lt.map(["a"])

    assert server.counts["invoke"] == 2


def test_trials_are_not_among_the_earlier_calls_of_a_panel(server):
    lt.map(["a"])

    assert session.store.recent("acme/help/triage") == []
