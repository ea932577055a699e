"""Typed calls of the whole public API. Only checkers read this; nothing here is run.

A call that must be refused carries the reason that mypy gives. Where it is refused no more, the comment is an
error itself, for mypy (`warn_unused_ignores`) as for pyright (`reportUnnecessaryTypeIgnoreComment`).
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, assert_type

import langtail_nb as lt

TARGET = "acme/support/triage/staging"


def settings_are_read_with_their_types() -> None:
    assert_type(lt.settings, lt.Settings)
    assert_type(lt.settings.temperature, float | None)
    assert_type(lt.settings.top_p, float | None)
    assert_type(lt.settings.max_tokens, int | None)
    assert_type(lt.settings.presence_penalty, float | None)
    assert_type(lt.settings.frequency_penalty, float | None)
    assert_type(lt.settings.model, str | None)
    assert_type(lt.settings.seed, int | None)
    assert_type(lt.settings.stop, list[str] | None)
    assert_type(lt.settings.reasoning_effort, str | None)
    assert_type(lt.settings.max_thinking_tokens, int | None)
    assert_type(lt.settings.tool_choice, str | dict[str, Any] | None)
    assert_type(lt.settings.tools, list[dict[str, Any]] | None)
    assert_type(lt.settings.parallel_tool_calls, bool | None)
    assert_type(lt.settings.response_format, dict[str, Any] | None)
    assert_type(lt.settings.template, list[dict[str, Any]] | None)
    assert_type(lt.settings.user, str | None)
    assert_type(lt.settings.metadata, dict[str, Any] | None)
    assert_type(lt.settings.do_not_record, bool | None)
    assert_type(lt.settings.variables, dict[str, str])
    assert_type(lt.settings.base_url, str | None)
    assert_type(lt.settings.target, str | None)
    assert_type(lt.settings.rerun, Literal["fork", "append"])
    assert_type(lt.settings.timeout, float | None)
    assert_type(lt.settings.retries, int)


def settings_take_what_a_request_takes() -> None:
    lt.settings.temperature = 0.2
    lt.settings.temperature = 1
    lt.settings.temperature = None
    lt.settings.temperature = "deployed"
    lt.settings.top_p, lt.settings.presence_penalty, lt.settings.frequency_penalty = 0.5, -1, 1.5
    lt.settings.max_tokens, lt.settings.seed, lt.settings.max_thinking_tokens = 20, 7, 0
    lt.settings.model, lt.settings.user, lt.settings.reasoning_effort = "gpt-5", "u1", "low"
    lt.settings.stop = "END"
    lt.settings.stop = ["END", "STOP"]
    lt.settings.tool_choice = "auto"
    lt.settings.tool_choice = {"type": "function", "function": {"name": "weather"}}
    lt.settings.tools = [{"type": "function", "function": {"name": "weather"}}]
    lt.settings.parallel_tool_calls, lt.settings.do_not_record = True, False
    lt.settings.response_format, lt.settings.metadata = {"type": "json_object"}, {"run": 7}
    lt.settings.template = [{"role": "system", "content": "Be brief."}]
    lt.settings.variables = {"topic": "returns", "count": 3}
    lt.settings.variables["tone"] = "dry"
    lt.settings.base_url, lt.settings.timeout, lt.settings.retries = "http://127.0.0.1:8000", 30, 0
    lt.settings.target = TARGET
    lt.settings.target = lt.Target("acme", "support", "triage", "staging", version="4")
    lt.settings.rerun = "append"


class Model(Enum):
    SMALL = "gpt-5-mini"


@dataclasses.dataclass
class Ticket:
    topic: str
    count: int


class Row:
    """As a Series of pandas."""

    def keys(self) -> list[str]:
        return ["topic"]

    def __getitem__(self, name: object) -> object:
        return name


def values_are_what_python_people_hold(row: Row, ticket: Ticket, stops: Iterator[str]) -> None:
    lt.settings.temperature, lt.settings.timeout = Decimal("0.5"), Decimal(30)
    lt.settings.model, lt.settings.stop = Model.SMALL, stops
    lt.settings.variables = row
    lt.settings.variables = ticket
    lt.Request(TARGET, variables=row, temperature=Decimal("0.5"), model=Model.SMALL, stop=stops)
    lt.ask("Hi", variables=ticket, when=date(2026, 1, 2), timeout=Decimal(5))
    lt.settings.update({}, ticket)
    lt.ask("Hi", variables=["topic"])  # type: ignore[arg-type]
    lt.Request(TARGET, seed=Decimal("0.5"))  # type: ignore[arg-type]


def settings_refuse_what_is_wrong() -> None:
    lt.settings.temprature = 0.2  # type: ignore[attr-defined]
    print(lt.settings.temprature)  # type: ignore[attr-defined]
    lt.settings.temperature = "warm"  # type: ignore[assignment]
    lt.settings.max_tokens = 0.5  # type: ignore[assignment]
    lt.settings.model = 5  # type: ignore[assignment]
    lt.settings.stop = 5  # type: ignore[assignment]
    lt.settings.tools = {"type": "function"}  # type: ignore[assignment]
    lt.settings.metadata = ["run"]  # type: ignore[assignment]
    lt.settings.do_not_record = "yes"  # type: ignore[assignment]
    lt.settings.variables = ["topic"]  # type: ignore[assignment]
    lt.settings.rerun = "frok"  # type: ignore[assignment]
    lt.settings.retries = None  # type: ignore[assignment]
    lt.settings.timeout = "30"  # type: ignore[assignment]
    lt.settings.target = 5  # type: ignore[assignment]
    lt.settings.api_key = "secret"  # type: ignore[attr-defined]


def settings_are_made_changed_and_watched(other: lt.Settings) -> None:
    lt.Settings()
    lt.Settings(target=TARGET, temperature=0.2, variables={"topic": "returns"}, rerun="append", timeout=30)
    lt.Settings(temprature=0.2)  # type: ignore[call-arg]
    lt.Settings(retries="2")  # type: ignore[arg-type]

    other.update({"temperature": 0.2}, {"topic": "returns"})
    other.unset("-t", "topic")
    other.reset()
    other.assign("temperature", 0.2, target=TARGET)
    end = other.watch(lambda: print("changed"))
    end()
    with other.lock, other.origin("panel"):
        other.temperature = 0.2
    assert_type(other.overrides(TARGET), dict[str, Any])
    assert_type(other.variables_of(TARGET), dict[str, str])
    assert_type(other.source("temperature"), str)
    assert_type(other.resolve("/production"), lt.Target)
    assert_type(other.current_target(), lt.Target | None)
    assert_type(other.request("Hi", target=TARGET, as_deployed=True, temperature=0.2), lt.Request)
    other.request("Hi", temprature=0.2)  # type: ignore[call-arg]
    other.observe(print, ["temperature", "target"])


def requests(target: lt.Target) -> None:
    assert_type(lt.Target.parse(TARGET), lt.Target)
    assert_type(target.identity, str)
    target.assistant = "translator"  # type: ignore[misc]
    request = lt.Request(target, "Hi", variables={"topic": "returns"}, temperature=0.2, stop="END")
    lt.Request(
        TARGET, [{"type": "text", "text": "Hi"}], messages=[{"role": "user", "content": "One"}], seed=7
    )
    assert_type(request.replace(temperature=1), lt.Request)
    assert_type(request.body(stream=True), dict[str, Any])
    assert_type(request.is_private, bool)
    assert_type(request.thread_id, str | None)
    lt.Request(target, temperatur=0.2)  # type: ignore[call-arg]
    lt.Request(target, temperature="warm")  # type: ignore[arg-type]
    lt.Request(target, tools="weather")  # type: ignore[arg-type]
    lt.Request()  # type: ignore[call-arg]
    lt.Request(5)  # type: ignore[arg-type]
    request.message = "Ho"  # type: ignore[misc]


def earlier_calls_are_rows() -> None:
    assert_type(lt.runs(), lt.Runs)
    found = lt.runs("triage", search="refund", source="cell", failed=False, this_kernel=True, limit=20)
    row = found[0]
    assert_type(row["message"], str)
    assert_type(row["prompt_tokens"], int | None)
    assert_type(row["overrides"], dict[str, Any])
    lt.runs(source=["panel", "compare"], all_assistants=True, limit=None).to_pandas()
    lt.runs(limit="20")  # type: ignore[arg-type]
    lt.runs(searched="refund")  # type: ignore[call-arg]
    row["question"]  # type: ignore[typeddict-item]


def asking() -> None:
    reply = lt.ask("Hi", target=TARGET, thread="demo", temperature=0.2, topic="returns", timeout=30)
    assert_type(reply, lt.Reply)
    assert_type(lt.last(), lt.Reply | None)
    lt.ask("Hi", as_deployed="yes")  # type: ignore[arg-type]
    lt.ask("Hi", timeout="30")  # type: ignore[arg-type]
    lt.ask(5)  # type: ignore[arg-type]
    lt.ask("Hi", TARGET)  # type: ignore[call-arg]
    print(lt.last().text)  # type: ignore[union-attr]


def weather(city: str) -> str:
    return f"Sunny in {city}"


def replies(reply: lt.Reply) -> None:
    assert_type(reply.text, str)
    assert_type(reply.tool_calls, tuple[lt.ToolCall, ...])
    assert_type(reply.usage, lt.Usage)
    assert_type(reply.usage.total_tokens, int | None)
    assert_type(reply.to_dict(), dict[str, Any])
    assert_type(reply.request.to_dict(), dict[str, Any])
    assert_type(reply.request.variables, Mapping[str, str])
    reply.request.variables["topic"] = "trams"  # type: ignore[index]
    assert_type(dataclasses.asdict(reply), dict[str, Any])
    assert_type(copy.deepcopy(reply), lt.Reply)
    assert_type(copy.deepcopy(lt.settings), lt.Settings)
    assert_type(reply.latency_s, float | None)
    assert_type(reply.warnings, list[str])
    assert_type(reply.request, lt.Request)
    assert_type([call.name for call in reply.tool_calls], list[str])
    assert_type(reply.respond({"weather": weather, "time": "12:10"}), lt.Reply)
    print(reply.txt)  # type: ignore[attr-defined]


async def a_client(request: lt.Request) -> None:
    async with lt.Client(api_key="local", base_url=lt.settings.base_url, retries=0, timeout=30) as client:
        assert_type(client, lt.Client)
        stream = client.stream(request, timeout=lt.Timeout(connect=5, silence=None))
        assert_type(stream, lt.Stream)
        async with stream:
            async for chunk in stream:
                assert_type(chunk, lt.Chunk)
            assert_type(stream.reply, lt.Reply)
            assert_type(stream.thread_id, str | None)
        assert_type(await client.invoke(request), lt.Reply)
        assert_type(await client.config(TARGET), dict[str, Any])
        assert_type(await client.deployments(), list[lt.Deployment])
        assert_type([thread.id for thread in await client.threads.list(limit=5)], list[str])
        assert_type(await client.threads.delete("t-1"), bool)
        client.stream("Hi")  # type: ignore[arg-type]
        client.invok(request)  # type: ignore[attr-defined]
    lt.Client(max_connection=5)  # type: ignore[call-arg]
    lt.Client(timeout="30")  # type: ignore[arg-type]
    lt.Timeout(read=5)  # type: ignore[call-arg]


async def a_stream_is_iterated_over(stream: lt.Stream) -> AsyncIterator[str]:
    async for chunk in stream:
        assert_type(chunk.text, str)
        yield chunk.text


def errors(request: lt.Request) -> None:
    try:
        lt.ask("Hi")
    except lt.RateLimitError as exc:
        assert_type(exc.retry_after, float | None)
        assert_type(exc.status_code, int)
    except (lt.APITimeoutError, lt.APIConnectionError, lt.StreamError, lt.ConfigurationError) as exc:
        raised: lt.LangtailError = exc
        print(raised)
    except lt.Interrupted as exc:
        stopped: KeyboardInterrupt = exc
        print(stopped)


def prices() -> None:
    lt.prices["my-model"] = (0.15, 0.60)
    assert_type(lt.prices["my-model"], tuple[float, float])
    lt.prices["my-model"] = 0.15  # type: ignore[assignment]
    lt.prices[0.15, 0.60] = "my-model"  # type: ignore[index, assignment]


def a_panel() -> None:
    lt.panel()
    lt.panel(TARGET, rows=[{"topic": "returns"}])
    lt.panel(target=5)  # type: ignore[arg-type]
    lt.panel(row=[])  # type: ignore[call-arg]


def right(answer: str, row: Mapping[str, Any]) -> bool:
    return row["expected"] in answer


def many_calls() -> None:
    replies = lt.map(["Hi", "Ho"], target=TARGET, language="French", temperature=0, budget="500 calls")
    assert_type(replies[0], lt.Reply)
    assert_type(replies.failed, list[Any])
    assert_type([reply.text for reply in replies.again(lambda reply: not reply.text)], list[str])
    over = lt.grid(temperature=[0, 1], template={"short": "Be short."}).where(
        lambda one: one["top_p"] is None
    )
    plan = lt.sweep(TARGET, over=over, rows=[{"q": "Hi"}], message=lt.column("q"), repeats=3)
    assert_type(plan.to_send, int)
    run = lt.sweep(over=over, score={"right": right}, until="decided").run()
    assert_type([row["word"] for row in run.table("right", texts=False)], list[Any])
    assert_type(run.best("right", margin=0.02, max_cost=0.1).to_cell(), str)
    run.expect("right", not_worse_than="deployed", setting={"temperature": 0}, replayed=True)
    assert_type(run.confirm([{"q": "Ho"}], budget="200 calls").to_send, int)
    run.rescore([lt.length(), "json_valid"]).mark("right", rows=20).marks([{"row": 1}])
    run.table(1)  # type: ignore[arg-type]
    run.expect(margin="0.02")  # type: ignore[arg-type]
    lt.sweep(TARGET, ovr=over)  # type: ignore[call-arg]


def scores(target: lt.Target) -> None:
    lt.equals("yes")
    lt.equals(lt.column("expected"), case=False, strip=False)
    lt.contains("Dear")
    lt.contains_any(["a", "b"])
    lt.contains_any(lt.column("names"))
    lt.excludes("sorry", case=False)
    lt.regex(r"^Dear")
    lt.json_valid()
    lt.json_contains(city=lt.column("city"), price=9)
    lt.json_contains({"is it": True}, part="share")
    lt.schema({"type": "object"})
    lt.schema(Ticket)
    lt.finish("stop")
    lt.close("amount", within=1)
    lt.close(12.5)
    lt.same()
    lt.pass_all(lt.regex("a"))
    lt.length("characters")
    lt.tokens_out()
    lt.latency()
    lt.first_token()
    lt.cost()
    lt.score(len, range=(0, 9), name="size")
    lt.judge("grader/production", "Is it polite?", columns=["topic"], scale=(1, 5))
    lt.judge(target, "Which is better?", against="deployed")
    lt.equals(5)  # type: ignore[arg-type]
    lt.json_contains(city="Oslo", part="half")  # type: ignore[arg-type]
    lt.length("miles")  # type: ignore[arg-type]
    lt.judge("grader/production")  # type: ignore[call-arg]


def the_template_language() -> None:
    assert_type(lt.template.render("Hi {{name}}", {"name": "Ada"}), str)
    assert_type(lt.template.variables("Hi {{name}}"), list[str])
    assert_type(lt.template.problems("Hi {{name"), list[lt.template.Problem])
    lt.template.render("Hi {{name}}")  # type: ignore[call-arg]


def names_that_are_not_there() -> None:
    lt.aks("Hi")  # type: ignore[attr-defined]
    print(lt.setings)  # type: ignore[attr-defined]
    assert_type(lt.__version__, str)
