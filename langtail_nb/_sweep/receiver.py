"""One call of a sweep, a map or a judge on its way: in its turn, and again where it came too soon."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from langtail_nb._errors import LangtailError, RateLimitError
from langtail_nb._http.transport import Context
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
        is_free: Whether nothing was sent for it, where others are sent.
        is_lost: Whether the process that was to send it ended, so that another one has to.
    """

    reply: Reply | None
    error: LangtailError | None
    at: float
    waited_s: float
    thread_id: str | None
    unkept: str | None = None
    is_replayed: bool = False
    is_free: bool = False
    is_lost: bool = False


@dataclass(eq=False)
class Receiver:
    """Sends calls on the network thread of this process, whichever that is.

    Attributes:
        timeout: Seconds of silence before giving up; None leaves the client's limits.
        waits: Whether the time that a call waits is told; not where it is played, as nobody waits then.
    """

    client: Client
    timeout: float | None = None
    waits: bool = True

    @property
    def limiter(self) -> Limiter:
        """What all work of the process keeps to."""
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
            waited + reply.wait_s if self.waits else 0.0,
            stream.thread_id if stream.thread_id != request.thread_id else None,
            is_replayed=stream.is_replayed,
            is_free=stream.is_free,
        )
