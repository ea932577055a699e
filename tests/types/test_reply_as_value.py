"""A reply is a value like others: copied, pickled, taken apart, a row of a table, shown."""

import copy
import dataclasses
import json
import pickle
from typing import Any

import pandas as pd
import polars as pl
import pytest

from langtail_nb._errors import Interrupted, LangtailError, NotFoundError, StreamError
from langtail_nb._types.completion.tool_call import ToolCall
from langtail_nb._types.completion.usage import Usage
from langtail_nb._types.reply import Reply, let_go_on
from langtail_nb._types.request import Request

REQUEST = Request(
    "acme/help/support/production", "Where?", variables={"topic": "trams"}, temperature=0.2, extra={"x": [1]}
)
USAGE = Usage.parse({"prompt_tokens": 3, "completion_tokens": 4, "cost": 0.1})
assert USAGE is not None
WIRE = {"id": "t1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Brno"}'}}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def said(text: str | None, **members: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **members}


def whole() -> Reply:
    reply = Reply(
        REQUEST, text="Take tram 4.", messages=(said("Take tram 4."),),
        finish_reason="stop", raw_finish_reason="STOP", usage=USAGE, model="m", thread_id="thr_1", id="c1",
        latency_s=0.5, first_token_s=0.1, sent=True,
    )  # fmt: skip
    let_go_on(reply, lambda messages: reply)
    return reply


def calling() -> Reply:
    call = ToolCall("t1", "weather", '{"city": "Brno"}')
    return Reply(
        REQUEST, messages=(said(None, tool_calls=[WIRE]),), tool_calls=(call,), finish_reason="tool_calls"
    )


def failed(error: LangtailError | Interrupted, **members: Any) -> Reply:
    reply = Reply(REQUEST, error=error, partial=True, **members)
    error.reply = reply
    return reply


def missing() -> Reply:
    error = NotFoundError("404 for 'x'", status_code=404, request_id="r", body={"error": "x"})
    return failed(error)


def broken() -> Reply:
    return failed(StreamError("it broke off"), text="Take", messages=(said("Take"),))


REPLIES = [whole, calling, missing, broken, lambda: failed(Interrupted("stopped after 2 s"))]
COPIES = [copy.copy, copy.deepcopy, lambda reply: pickle.loads(pickle.dumps(reply))]


@pytest.mark.parametrize("copied", COPIES)
@pytest.mark.parametrize("make", REPLIES)
def test_a_reply_is_copied_and_pickled_with_all_it_holds(make: Any, copied: Any) -> None:
    reply = make()
    again = copied(reply)

    assert again.to_dict() == reply.to_dict()
    assert (again.request, again.usage, again.tool_calls) == (reply.request, reply.usage, reply.tool_calls)
    assert type(again.error) is type(reply.error)
    with pytest.raises(LangtailError, match=r"no conversation|broke off|no tool call"):
        again.respond({"weather": "sunny"})


@pytest.mark.parametrize("make", REPLIES)
def test_a_reply_is_taken_apart_by_dataclasses(make: Any) -> None:
    reply = make()
    apart = dataclasses.asdict(reply)

    assert list(apart) == [field.name for field in dataclasses.fields(Reply)]
    assert apart["text"] == reply.text
    assert apart["usage"] == dataclasses.asdict(reply.usage)
    assert apart["request"]["variables"] == {"topic": "trams"}
    assert not [name for name in apart if name.startswith("_")]


def test_a_list_of_replies_is_a_table() -> None:
    frame = pd.DataFrame([whole(), broken()])

    assert list(frame["text"]) == ["Take tram 4.", "Take"]
    assert list(frame["model"].isna()) == [False, True]
    assert list(frame["partial"]) == [False, True]
    assert list(frame.columns) == [field.name for field in dataclasses.fields(Reply)]
    assert list(pd.DataFrame({"reply": [whole(), broken()]})["reply"].astype(str)) == ["Take tram 4.", "Take"]


def test_polars_takes_replies_apart_too() -> None:
    assert list(pl.DataFrame([whole(), broken()])["text"]) == ["Take tram 4.", "Take"]
    assert pl.DataFrame({"r": [whole()]})["r"][0]["usage"]["total_tokens"] == 7


@pytest.mark.parametrize("table", [pd.DataFrame, pl.DataFrame])
def test_dicts_of_replies_are_a_flat_table(table: Any) -> None:
    frame = table([whole().to_dict(), whole().to_dict(), broken().to_dict()])

    assert list(frame["text"]) == ["Take tram 4.", "Take tram 4.", "Take"]
    assert list(frame["total_tokens"])[:2] == [7, 7]
    assert list(frame["latency_s"])[:2] == [0.5, 0.5]
    assert list(frame["error"])[2] == "StreamError: it broke off"
    assert list(frame.columns) == list(whole().to_dict())


@pytest.mark.parametrize("make", REPLIES)
def test_a_dict_of_a_reply_is_json_and_has_the_same_names_each_time(make: Any) -> None:
    row = make().to_dict()

    assert json.loads(json.dumps(row, allow_nan=False)) == row
    assert list(row) == list(Reply(REQUEST).to_dict())
    assert all(f"``{name}``" in (Reply.to_dict.__doc__ or "") for name in row)
    assert Request(**row["request"]) == REQUEST


def test_the_request_of_a_reply_does_not_change() -> None:
    reply = whole()
    for change in (
        lambda given: given.update(topic="x"), lambda given: given.pop("topic"), lambda given: given.clear(),
        lambda given: given.setdefault("a", "b"), lambda given: given.__setitem__("topic", "x"),
        lambda given: given.__delitem__("topic"), lambda given: given.__ior__({"a": "b"}),
    ):  # fmt: skip
        with pytest.raises(TypeError, match="cannot be changed"):
            change(reply.request.variables)
    again = pickle.loads(pickle.dumps(reply.request)).variables
    with pytest.raises(TypeError, match="cannot be changed"):
        again["topic"] = "x"
    assert reply.request.variables == again == {"topic": "trams"}
    assert type(reply.request.variables | {"a": "b"}) is dict


def test_tokens_that_nobody_counted_are_none() -> None:
    usage = Reply(REQUEST).usage
    assert (usage.total_tokens, usage.prompt_tokens, usage.raw) == (None, None, {})


@pytest.mark.parametrize(
    ("reply", "parts"),
    [
        (calling(), ["Tool call **weather**", "Brno"]),
        (Reply(REQUEST, tool_calls=(ToolCall("t1", "weather", '{"city": "Brno"}'),)), ["weather", "Brno"]),
        (
            Reply(REQUEST, text="I can't.", messages=(said(None, refusal="I can't."),), finish_reason="stop"),
            ["I can", "the model refused to answer"],
        ),
        (Reply(REQUEST, messages=(said([IMAGE]),), finish_reason="stop"), ["image"]),  # type: ignore[arg-type]
        (
            Reply(REQUEST, text="See.", messages=(said([{"type": "text", "text": "See."}, IMAGE]),)),  # type: ignore[arg-type]
            ["See.", "image"],
        ),
        (Reply(REQUEST, reasoning="First this.", messages=(said(""),)), ["Reasoning", "First this."]),
        (broken(), ["Take", "the answer broke off here", "StreamError: it broke off"]),
        (missing(), ["NotFoundError: 404"]),
        (failed(Interrupted("stopped after 2 s")), ["stopped by you"]),
        (Reply(REQUEST, text="T", messages=(said("T"),), finish_reason="length"), ["T", "cut at max_tokens"]),
        (Reply(REQUEST, text="T", finish_reason="unknown", raw_finish_reason="odd"), ["odd", "not be whole"]),
        (Reply(REQUEST, text="T", warnings=["only the first is here"]), ["T", "only the first is here"]),
        (Reply(REQUEST, text=" \n"), ["Reply("]),
        (Reply(REQUEST), ["Reply("]),
    ],
)  # fmt: skip
def test_what_a_reply_shows_at_the_end_of_a_cell(reply: Reply, parts: list[str]) -> None:
    from html import unescape

    shown = unescape(reply._repr_markdown_())
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)


def test_what_a_server_says_is_shown_as_text() -> None:
    error = StreamError("<img src=x onerror=alert(1)>\n\n# no")
    shown = failed(error, text="<b>", messages=(said("<b>", refusal="<script>"),))._repr_markdown_()
    for own in ("<span", "</span", "<small>", "</small>"):
        shown = shown.replace(own, "")
    assert "<" not in shown
    assert "\n#" not in shown


@pytest.mark.parametrize("text", ['{"a": NaN}', "[1, -Infinity]", "NaN", '```json\n{"a": Infinity}\n```'])
def test_json_that_only_python_reads_is_no_json(text: str) -> None:
    with pytest.raises(LangtailError, match=r"the answer is not JSON: -?(NaN|Infinity) is no JSON"):
        Reply(REQUEST, text=text).json()
