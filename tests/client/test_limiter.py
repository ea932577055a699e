"""The limit that long work keeps to, learned from what the server refuses."""

import asyncio

from langtail_nb._client.limiter import FIRST, Limiter


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
