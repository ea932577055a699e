"""A run that somebody waits for, in a cell: progress is shown, and an interrupt stops it."""

from __future__ import annotations

import asyncio
from typing import Any

from langtail_nb._errors import Interrupted
from langtail_nb._kernel import loop
from langtail_nb._kernel.interrupts import Interrupts
from langtail_nb._sweep.progress import Progress
from langtail_nb._sweep.running import R, Running


def wait(running: Running[R]) -> R:
    """Run to the end, and return what is there.

    Raises:
        Interrupted: The user stopped it; its ``run`` holds what is there, and so does the store.
        LangtailError: It paused.
    """
    progress = Progress(running)
    try:
        loop.wait(running.work(), tick=progress.tick)
    except Interrupted as exc:
        raise _stopped(running) from exc
    finally:
        progress.finish()
    return running.outcome()


async def awaited(running: Running[R]) -> R:
    """Return the same in a cell that awaits it; raises alike."""
    progress = Progress(running)
    with Interrupts() as interrupts:
        interrupts.stop = running.cancel
        future = asyncio.wrap_future(loop.submit(running.work()))
        try:
            # An awaiting cell does not hear an interrupt before its loop wakes for another reason.
            while not future.done():
                await asyncio.wait([future], timeout=progress.tick())
            future.result()
        except asyncio.CancelledError:
            running.cancel()
            raise
        finally:
            progress.finish()
    if interrupts.count:
        raise _stopped(running)
    return running.outcome()


def _stopped(running: Running[Any]) -> Interrupted:
    done = sum(one.reply is not None for one in running.run.outcomes.values())
    plan = running.run.plan
    on_disk = "" if plan.cache == "off" else " and stored; run it again to go on with the rest"
    stopped = Interrupted(f"stopped: {done:,} of {len(plan.trials):,} answers are there{on_disk}")
    stopped.run = running.run
    return stopped
