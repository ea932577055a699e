"""Bodies: what is sent as JSON, what came read whole, without the key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._http.fault import Broken
from langtail_nb._http.secret import Secret
from langtail_nb._http.transport import Exchange
from langtail_nb._text.limits import LONGEST_ERROR, check_answer
from langtail_nb._types.completion.framing import unknown_encoding

_ERROR_BODY_S: Final = 5.0


def json_body(content: Mapping[str, Any]) -> bytes:
    """Return a request's body.

    Raises:
        ConfigurationError: It cannot be written as JSON.
    """
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except UnicodeEncodeError:  # half a character, which only JSON's escapes can carry
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as exc:
        raise ConfigurationError(f"the request cannot be written as JSON: {exc}") from None


class UnknownEncoding(Exception):
    """The body is encoded in a way that nobody asked for; ``str()`` names it."""


def check_encoding(exchange: Exchange) -> None:
    """Refuse a body that is compressed, or otherwise encoded.

    Raises:
        UnknownEncoding: This one is.
    """
    if encoding := unknown_encoding(exchange.headers):
        raise UnknownEncoding(f"it is encoded as {encoding!r}, which was not asked for")


async def error_text(exchange: Exchange, secret: Secret) -> str:
    """Return the body of an error, as far as it comes: what it says is worth a little patience, not more."""
    body = bytearray()
    try:
        check_encoding(exchange)
        async with asyncio.timeout(_ERROR_BODY_S):
            while len(body) < LONGEST_ERROR and (part := await exchange.read()):
                body += part
    except (Broken, TimeoutError, UnknownEncoding):
        pass
    finally:
        await exchange.close()
    return secret.mask(body.decode(errors="replace"))


async def whole_text(exchange: Exchange, secret: Secret, *, head: bytes = b"") -> str:
    """Return the whole body as text, without the secret.

    Args:
        head: What was read of it before.

    Raises:
        Broken: It ended early.
        TooMuchError: It is longer than any answer.
        UnknownEncoding: It cannot be read.
    """
    check_encoding(exchange)
    body = bytearray(head)
    while part := await exchange.read():
        body += part
        check_answer(len(body))
    return secret.mask(body.decode("utf-8-sig", errors="replace"))


def json_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object that a text is, or None if it is none."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
