"""The limit that long work keeps to, learned from what the server refuses."""

import asyncio
import math

import pytest

from langtail_nb._client.client import Client
from langtail_nb._client.limiter import FIRST, Limiter
from langtail_nb._types.request import Request
from tests.servers import deployment

TARGET = "acme/help/triage/staging"


async def busy(limiter, count, work):
    """Send calls for as long as there are any, each in a place of its own."""

    async def one(number):
        await limiter.enter()
        answered = False
        try:
            answered = await work(number)
        finally:
            limiter.leave(answered=answered)

    await asyncio.gather(*(one(number) for number in range(count)))


async def test_no_more_than_the_limit_are_on_their_way_and_it_doubles_until_a_429():
    limiter, seen = Limiter(), []

    async def work(number):
        seen.append((limiter.on_their_way, int(limiter.limit)))
        await asyncio.sleep(0.005)
        return True

    await busy(limiter, 60, work)

    assert all(on_their_way <= limit for on_their_way, limit in seen)
    assert max(on_their_way for on_their_way, _ in seen) > 4 * FIRST
    assert limiter.on_their_way == 0


async def test_it_doubles_where_one_asks_for_each_place_in_turn_and_the_answers_come_together():
    limiter, held, rounds = Limiter(), [], []

    async def ask():
        while True:
            await limiter.enter()
            held.append(None)

    asking = asyncio.create_task(ask())
    for _ in range(5):
        while len(held) < int(limiter.limit):
            await asyncio.sleep(0)
        rounds.append(len(held))
        together, held[:] = len(held), []
        for _ in range(together):
            limiter.leave(answered=True)
    asking.cancel()

    assert rounds == [4, 8, 16, 32, 64]


async def test_it_does_not_grow_where_no_more_are_sent_than_it_admits():
    limiter = Limiter()
    for _ in range(20):
        for _ in range(3):
            await limiter.enter()
        for _ in range(3):
            limiter.leave(answered=True)

    assert limiter.limit == FIRST


async def test_one_burst_of_429s_lowers_the_limit_once():
    limiter = Limiter()
    limiter.limit = 20.0
    since = limiter.generation

    for _ in range(5):
        limiter.refused(0.0, since=since)

    assert limiter.limit == 14.0
    assert limiter.refusals == 5
    limiter.refused(0.0, since=limiter.generation)
    assert limiter.limit < 14.0


async def test_after_a_429_nobody_enters_before_the_server_wants_to_hear_of_us():
    limiter = Limiter()
    limiter.refused(0.1, since=limiter.generation)
    began = asyncio.get_running_loop().time()

    await limiter.enter()

    assert asyncio.get_running_loop().time() - began >= 0.09


async def test_who_is_cancelled_while_it_waits_takes_no_place():
    limiter = Limiter()
    limiter.limit = 1.0
    await limiter.enter()
    waiting = [asyncio.create_task(limiter.enter()) for _ in range(2)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    limiter.leave(answered=True)
    await waiting[1]

    assert waiting[0].cancelled()
    assert limiter.on_their_way == 1


async def test_the_limit_stays_below_what_was_refused_and_grows_slowly():
    limiter = Limiter()
    limiter.limit = 13.0
    limiter.refused(0.0, since=limiter.generation)
    lowered = limiter.limit

    async def work(number):
        await asyncio.sleep(0)
        return True

    await busy(limiter, 500, work)

    assert lowered < limiter.limit <= 12.0


async def test_a_call_without_a_place_waits_for_the_end_of_a_429_and_is_told_why(make_server):
    server = make_server({"triage": deployment("Hello.")})
    limiter, waits = Limiter(), []
    async with Client(api_key="k", base_url=server.url, limiter=limiter) as client:
        limiter.limit, limiter.on_their_way = 1.0, 1
        await client.invoke(Request(TARGET, "at once, though no place is free"))
        limiter.refused(0.2, since=limiter.generation)
        began = asyncio.get_running_loop().time()

        reply = await client.invoke(Request(TARGET, "Hi"), on_wait=waits.append)

    assert asyncio.get_running_loop().time() - began >= 0.19
    assert [wait.reason for wait in waits] == ["429 to another call"]
    assert reply.wait_s >= 0.19


async def test_a_429_of_any_call_is_learned_from(make_server):
    server = make_server({"triage": deployment("Hello.", fault="429-once:0.1")})
    limiter = Limiter()
    async with Client(api_key="k", base_url=server.url, limiter=limiter) as client:
        await client.invoke(Request(TARGET, "Hi"))

    assert limiter.refusals == 1
    assert limiter.limit < FIRST


async def test_who_asks_for_an_hour_keeps_no_cell_waiting(make_server):
    server = make_server({"triage": deployment("Hello.")})
    limiter = Limiter()
    async with Client(api_key="k", base_url=server.url, limiter=limiter) as client:
        limiter.refused(3600.0, since=limiter.generation)

        assert (await client.invoke(Request(TARGET, "Hi"))).text


async def rounds_of(limiter, count, *, most):
    """How many calls one after another there are, where all on their way are answered together."""
    begun, places = [], asyncio.Semaphore(most)

    async def work(number):
        begun.append(asyncio.get_running_loop().create_future())
        return await begun[-1]

    async def one():
        async with places:
            await busy(limiter, 1, work)

    tasks = [asyncio.create_task(one()) for _ in range(count)]
    rounds = 0
    while not all(task.done() for task in tasks):
        for _ in range(20):
            await asyncio.sleep(0)
        now, begun[:] = [*begun], []
        rounds += bool(now)
        for answer in now:
            answer.set_result(True)
    return rounds


@pytest.mark.parametrize(
    ("count", "most"), [(1, 1), (4, 64), (5, 64), (60, 64), (1000, 64), (1000, 8), (1000, 90), (10, 1)]
)
async def test_how_long_calls_will_take_counts_the_climb_from_where_the_limit_is(count, most):
    expected = Limiter().rounds(count, most=most)

    assert abs(expected - await rounds_of(Limiter(), count, most=most)) <= 2
    assert expected >= math.ceil(count / most)


async def test_how_long_calls_will_take_keeps_to_what_was_refused():
    limiter = Limiter()
    for _ in range(8):
        await limiter.enter()
        limiter.leave(answered=True)
    limiter.limit = 12.0
    fast = limiter.rounds(400, most=64)

    limiter.refused(1, since=limiter.generation)

    assert fast < 12
    assert 400 / 11 <= limiter.rounds(400, most=64) <= 400 / 7
