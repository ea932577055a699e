"""Who waits for the model, how long, and what the others are told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from langtail_nb._local.asking.services import Services
from langtail_nb._local.engines.queue import LONGEST_WAIT_S, MOST_WAITING, Queue
from langtail_nb._local.engines.smollm2 import SmolLM2
from langtail_nb._local.engines.weights import find_model
from langtail_nb._local.project.project_folder import ProjectFolder
from langtail_nb._local.protocol.refusals import Refusal
from langtail_nb._local.server.app import build_app
from langtail_nb._local.server.guard import Rules
from langtail_nb._local.threads.thread_store import ThreadStore
from tests.servers import KEY, deployment, missing, write_project

JSON = dict[str, Any]

PLAIN = "/a/b/plain/staging"
STORY: JSON = {"messages": [{"role": "user", "content": "Tell me a long story about a dog."}], "stream": True}


@pytest.fixture
async def make_engine() -> AsyncIterator[Any]:
    """Loads the model behind a queue, and unloads it."""
    weights = find_model()
    if weights is None:
        missing("the model (langtail-nb model)")
    engines: list[SmolLM2] = []

    def make(queue: Queue | None = None) -> SmolLM2:
        engines.append(SmolLM2(weights, queue))
        return engines[-1]

    yield make
    for engine in engines:
        await engine.close()


@asynccontextmanager
async def serving(engine: SmolLM2, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server with this engine, on a port of its own."""
    project = ProjectFolder(write_project(folder, {"plain": deployment()}), print, lambda *_: None)
    app = build_app(Services(project, engine, ThreadStore(None)), Rules())
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, ws="none", lifespan="on", log_level="warning"))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    async with httpx.AsyncClient(
        base_url=url, headers={"x-api-key": KEY}, timeout=60, trust_env=False
    ) as client:
        yield client
    server.should_exit = True
    await running


async def begin(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    request = client.build_request("POST", PLAIN, json={**STORY, **body})
    return await client.send(request, stream=True)


async def until_open(client: httpx.AsyncClient, count: int) -> None:
    """Wait until so many requests have been received and not answered to their end."""
    async with asyncio.timeout(20):
        while True:
            listing = (await client.get("/_requests")).json()["requests"]
            if sum(entry["ended_at"] is None for entry in listing) == count:
                return


async def refused(client: httpx.AsyncClient) -> str:
    answer = await client.post(PLAIN, json=STORY)
    error = answer.json()["error"]
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert (error["type"], error["param"]) == ("rate_limit_error", None)
    message: str = error["message"]
    return message


@pytest.mark.model
async def test_a_queue_that_is_full_is_a_429_at_once(make_engine: Any, tmp_path: Path) -> None:
    engine = make_engine(Queue(1, most_waiting=1))
    async with serving(engine, tmp_path) as client:
        first = await begin(client, max_tokens=3000)
        second = asyncio.create_task(begin(client, max_tokens=2))
        await until_open(client, 2)
        told = await refused(client)
        assert not second.done()
        await first.aclose()
        answer = await (await second).aread()

    assert told == "1 requests are waiting for the model already"
    assert b"[DONE]" in answer


@pytest.mark.model
async def test_a_wait_that_is_too_long_is_a_429(make_engine: Any, tmp_path: Path) -> None:
    engine = make_engine(Queue(1, longest_wait_s=0.3))
    async with serving(engine, tmp_path) as client:
        first = await begin(client, max_tokens=3000)
        told = await refused(client)
        await first.aclose()

    assert told == "The model was busy for 0.3 s"


@pytest.mark.model
async def test_one_who_leaves_the_queue_makes_room(make_engine: Any, tmp_path: Path) -> None:
    engine = make_engine(Queue(1, most_waiting=1))
    async with serving(engine, tmp_path) as client:
        first = await begin(client, max_tokens=3000)
        for _ in range(3):
            waiting = asyncio.create_task(begin(client))
            await until_open(client, 2)
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                await waiting
            await until_open(client, 1)
        await first.aclose()


@pytest.mark.model
async def test_an_answer_that_nobody_reads_ends(make_engine: Any) -> None:
    engine = make_engine()
    pieces = await engine.answer({"messages": STORY["messages"], "max_tokens": 3900})
    assert engine.is_busy
    await pieces.aclose()
    del pieces

    async with asyncio.timeout(10):
        while engine.is_busy:
            await asyncio.sleep(0.01)


async def test_a_hundred_wait_and_no_more() -> None:
    queue = Queue(2)
    await queue.enter()
    await queue.enter()
    waiting = [asyncio.create_task(queue.enter()) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)

    with pytest.raises(Refusal, match="100 requests are waiting"):
        await queue.enter()

    assert (MOST_WAITING, LONGEST_WAIT_S) == (100, 120)
    for _ in waiting:
        queue.leave()
    await asyncio.gather(*waiting)


async def test_those_who_wait_are_let_in_in_order() -> None:
    queue, order = Queue(1), list[int]()
    await queue.enter()

    async def work(number: int) -> None:
        await queue.enter()
        order.append(number)
        queue.leave()

    working = [asyncio.create_task(work(number)) for number in range(5)]
    await asyncio.sleep(0)
    queue.leave()
    await asyncio.gather(*working)

    assert order == [0, 1, 2, 3, 4]


async def test_with_a_place_free_nobody_waits() -> None:
    queue = Queue(1, most_waiting=0)
    await queue.enter()
    with pytest.raises(Refusal, match="waiting"):
        await queue.enter()
    queue.leave()

    await queue.enter()
