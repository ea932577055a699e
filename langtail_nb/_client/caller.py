"""What every call of one client shares: where it goes, with which key, how often it is tried."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from langtail_nb._client.api_key import ApiKey
from langtail_nb._client.attempts import (
    LONGEST_WAIT_S,
    Attempts,
    Failure,
    OnWait,
    failure_of_status,
    parse_retry_after,
)
from langtail_nb._client.bodies import UnknownEncoding, error_text, json_body, json_object, whole_text
from langtail_nb._client.gate import Gate
from langtail_nb._client.limiter import Limiter
from langtail_nb._client.network import network
from langtail_nb._client.refusal import Subject, status_error
from langtail_nb._client.trouble import failure, unusable, why_broken
from langtail_nb._errors import ConfigurationError, RateLimitError, StreamError
from langtail_nb._http.fault import Broken, Failed
from langtail_nb._http.timeout import Timeout
from langtail_nb._http.transport import Exchange, Outgoing, Transport
from langtail_nb._http.unusable import Unusable
from langtail_nb._text.limits import TooMuchError

_log = logging.getLogger("langtail_nb")

JSON: Final = "application/json"
_pause = asyncio.sleep


class Caller:
    """Sends the calls of one client.

    Args:
        transport: What carries them; None for the network.
        retries: Attempts after the first, where repeating is safe.
        timeout: Limits of a call that has none of its own.
        limiter: What learns of each 429, and lets nobody send while one lasts; None where nobody shares one.
        gate: What each call to an assistant passes before it is sent; None where none is refused.
    """

    def __init__(
        self,
        base_url: str,
        key: ApiKey,
        transport: Transport | None,
        *,
        retries: int,
        max_connections: int,
        timeout: Timeout,
        limiter: Limiter | None = None,
        gate: Gate | None = None,
    ) -> None:
        self.base_url, self.key, self.retries, self.timeout = base_url, key, retries, timeout
        self.limiter, self.gate = limiter, gate
        self._transport, self._max_connections = transport, max_connections
        self._is_closed = False

    async def aclose(self) -> None:
        """Close the idle connections; nothing more can be sent."""
        self._is_closed = True
        await self.retire()

    async def retire(self) -> None:
        """Keep no connection open any more; what still comes of earlier calls, such as a retry, is served."""
        if self._transport is not None:
            await self._transport.aclose()

    def subject(self, name: str, *, thread_id: str | None = None) -> Subject:
        """Return what a call is about, for its errors."""
        return Subject(name, self.key, self.base_url, thread_id=thread_id)

    async def send(
        self,
        outgoing: Outgoing,
        subject: Subject,
        attempts: Attempts,
        *,
        on_wait: OnWait | None = None,
        on_attempt: Callable[[Exchange], object] = lambda exchange: None,
    ) -> Exchange:
        """Return the exchange whose server accepted the call; tries again as far as that is safe.

        Args:
            on_wait: Called before each wait for another attempt.
            on_attempt: Called with each exchange before it is opened.

        Raises:
            LangtailError: No attempt was accepted; the error is that of the last.
        """
        while True:
            await self._pass(attempts, on_wait)
            attempts.made += 1
            on_attempt(exchange := self._carrier().exchange(outgoing))
            sent_in = self.limiter.generation if self.limiter is not None else 0
            failed, cause = await self._attempt(exchange, outgoing, subject)
            if failed is None:
                return exchange
            if self.limiter is not None and isinstance(failed.error, RateLimitError):
                self.limiter.refused(failed.retry_after, since=sent_in)
            wait = attempts.wait_after(failed)
            if wait is None:
                raise failed.error from cause
            _log.debug("%s: %s, attempt %d in %.1f s", subject.name, wait.reason, wait.attempt, wait.seconds)
            if on_wait is not None:
                on_wait(wait)
            await _pause(wait.seconds)

    async def _pass(self, attempts: Attempts, on_wait: OnWait | None) -> None:
        """Wait for the end of a 429 that another call of the kernel was given."""
        if self.limiter is None or not self.limiter.pause_s:
            return
        left = LONGEST_WAIT_S - attempts.waited_s
        if on_wait is not None and self.limiter.pause_s <= left:
            on_wait(attempts.pause(self.limiter.pause_s))
        attempts.waited_s += await self.limiter.passing(left)

    async def _attempt(
        self, exchange: Exchange, outgoing: Outgoing, subject: Subject
    ) -> tuple[Failure | None, BaseException | None]:
        try:
            await exchange.open()
        except Failed as exc:
            return failure(exc.fault, self.base_url, outgoing.timeout), exc.__cause__
        except Unusable as exc:
            raise unusable(exc) from None
        if 200 <= exchange.status < 300:
            return None, None
        body = await error_text(exchange, self.key)
        error = status_error(subject, exchange.status, exchange.headers, body)
        return failure_of_status(error, parse_retry_after(exchange.headers.get("retry-after"))), None

    async def call(
        self,
        method: str,
        path: str,
        subject: Subject,
        *,
        body: Mapping[str, Any] | None = None,
        repeatable: bool | None = None,
    ) -> dict[str, Any]:
        """Return the JSON object that an endpoint answers with.

        Args:
            path: Below the base URL, percent-encoded.
            repeatable: Whether the server may get it twice; None means if it is a GET.

        Raises:
            LangtailError: There is no such answer.
        """
        content = None if body is None else json_body(body)
        repeatable = method == "GET" if repeatable is None else repeatable
        outgoing = Outgoing(method, path, content, JSON, self.timeout)
        exchange = await self.send(outgoing, subject, Attempts(self.retries, repeatable=repeatable))
        return await _object_in(exchange, subject)

    def _carrier(self) -> Transport:
        if self._is_closed:
            raise ConfigurationError("this client is closed")
        if self._transport is None:
            self._transport = network(self.base_url, self.key, max_connections=self._max_connections)
        return self._transport


async def _object_in(exchange: Exchange, subject: Subject) -> dict[str, Any]:
    try:
        body = await whole_text(exchange, subject.key)
    except Broken as exc:
        raise StreamError(f"the answer about {subject.name} broke off: {why_broken(exc)}") from exc.__cause__
    except (UnknownEncoding, TooMuchError) as exc:
        raise StreamError(f"the answer about {subject.name} cannot be read: {exc}") from None
    finally:
        await exchange.close()
    content = json_object(body)
    if content is None or content.get("error") is not None:
        raise status_error(subject, exchange.status, exchange.headers, body)
    return content
