"""The calls of a sweep, a map or a judge: each on a thread of its own, kept before it is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from langtail_nb._errors import LangtailError
from langtail_nb._kernel.disk.trials import Mark, NewTrial, Trials
from langtail_nb._kernel.runs import marked, record
from langtail_nb._kernel.session import Session
from langtail_nb._sweep.keeper import Keeper
from langtail_nb._sweep.receiver import Answer, Receiver
from langtail_nb._types.request import Request

if TYPE_CHECKING:
    from langtail_nb._client.client import Client
    from langtail_nb._client.limiter import Limiter


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
        # As it was when the client was made, which carries all calls of the run.
        self._is_recorded = self.session.replay.is_on
        self._receiver = Receiver(self.client, self.timeout, waits=not self._is_recorded)

    @property
    def limiter(self) -> Limiter:
        """What all work of the kernel keeps to."""
        return self._receiver.limiter

    async def receive(self, request: Request, repeat: int, since: float) -> Answer:
        """Send a call that has a place with the limiter, give that back, and return what came.

        Args:
            repeat: Which of several equal calls it is.
            since: When it was its turn to wait, by ``time.monotonic``.
        """
        return await self._receiver.receive(request, repeat, since)

    async def keep(self, answer: Answer, request: Request, mark: Mark) -> Answer:
        """Keep an answer on disk, and return it with why that could not be, if so."""
        if answer.reply is not None:
            is_lost = not self._is_recorded and not request.is_private
            self.session.totals.add(answer.reply, unrecorded=is_lost)
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
