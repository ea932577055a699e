"""One call of a sweep, a map or a judge: in its turn, on a thread of its own, kept before it is seen."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from langtail_nb._errors import LangtailError, RateLimitError
from langtail_nb._http.transport import Context
from langtail_nb._kernel.disk.trials import Mark, NewTrial, Trials
from langtail_nb._kernel.runs import marked, record
from langtail_nb._kernel.session import Session
from langtail_nb._sweep.keeper import Keeper
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request

if TYPE_CHECKING:
    from langtail_nb._client.client import Client
    from langtail_nb._client.limiter import Limiter

# So often a call is refused for coming too soon before it counts as one that did not get through.
_ROUNDS: Final = 6


class Answer(NamedTuple):
    """What came of a call.

    Attributes:
        reply: The answer; None where the call did not get through.
        at: When that was, in seconds since 1970.
        thread_id: The thread that it opened, to be deleted.
        unkept: Why it is not on disk, or None.
        is_replayed: Whether it was played from a recording.
        is_free: Whether it was played from a recording, where others are sent.
    """

    reply: Reply | None
    error: LangtailError | None
    at: float
    waited_s: float
    thread_id: str | None
    unkept: str | None = None
    is_replayed: bool = False
    is_free: bool = False


@dataclass(eq=False)
class Sender:
    """Sends calls on the network thread.

    Attributes:
        source: What makes them, as the store calls it.
        timeout: Seconds of silence before giving up; None leaves the client's limits.
        keeps: Whether answers are kept to be found again.
    """

    session: Session
    client: Client
    trials: Trials
    source: str
    timeout: float | None = None
    keeps: bool = True

    def __post_init__(self) -> None:
        self._keeper = Keeper(self.trials)

    @property
    def limiter(self) -> Limiter:
        """What all work of the kernel keeps to."""
        limiter = self.client.caller.limiter
        assert limiter is not None
        return limiter

    async def receive(self, request: Request, repeat: int, since: float) -> Answer:
        """Send a call that has a place with the limiter, give that back, and return what came.

        Args:
            repeat: Which of several equal calls it is.
            since: When it was its turn to wait, by ``time.monotonic``.
        """
        waited = time.monotonic() - since
        for rounds in range(_ROUNDS):
            answer = await self._once(request, repeat, waited)
            if not isinstance(answer.error, RateLimitError) or rounds == _ROUNDS - 1:
                break
            refused = time.monotonic()
            await self.limiter.enter()
            waited = answer.waited_s + time.monotonic() - refused
        return answer

    async def keep(self, answer: Answer, request: Request, mark: Mark) -> Answer:
        """Keep an answer on disk, and return it with why that could not be, if so."""
        if answer.reply is not None:
            self.session.totals.add(answer.reply)
        if not self.keeps or request.is_private:
            return answer
        try:
            await self._keeper.keep(self._new_trial(answer, request, mark))
        except LangtailError as exc:
            return answer._replace(unkept=str(exc))
        return answer

    async def close(self) -> None:
        """Let go of the store, once all that came is on disk."""
        await self._keeper.close()

    async def _once(self, request: Request, repeat: int, waited: float) -> Answer:
        context = Context(repeat=repeat, private=request.is_private)
        stream = self.client.stream(request, timeout=self.timeout, whole=True, context=context)
        error: LangtailError | None = None
        try:
            async with stream:
                async for _ in stream:
                    pass
        except LangtailError as exc:
            error = exc
        finally:
            self.limiter.leave(answered=error is None)
        reply = stream.reply
        if error is not None:
            error.reply = reply
        return Answer(
            reply if error is None else None,
            error,
            time.time(),
            # As it will be played: nobody waits then.
            0.0 if self.session.replay.is_on else waited + reply.wait_s,
            stream.thread_id if stream.thread_id != request.thread_id else None,
            is_replayed=stream.is_replayed,
            is_free=stream.is_free,
        )

    def _new_trial(self, answer: Answer, request: Request, mark: Mark) -> NewTrial:
        reply = answer.reply or (answer.error.reply if answer.error is not None else None)
        usage = reply.usage if reply is not None else None
        return NewTrial(
            mark=mark,
            source=self.source,
            base_url=self.client.base_url,
            request=request.body(stream=False),
            reply=None if reply is None else record(reply) | marked(answer.is_replayed),
            at=answer.at,
            waited_s=answer.waited_s,
            model=reply.model if reply is not None else None,
            prompt_tokens=usage.prompt_tokens if usage is not None else None,
            completion_tokens=usage.completion_tokens if usage is not None else None,
            latency_s=reply.latency_s if reply is not None else None,
            thread_id=answer.thread_id,
            state="done" if answer.error is None else "failed",
        )
