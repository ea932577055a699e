"""An engine that repeats what it was given: deterministic, instant, for tests.

The answer has one line for each message, ``role: content``; an earlier answer of the assistant is only
``assistant: #k``, counted from 1, so that a conversation does not double with every turn. One token is one
whitespace-separated word.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from langtail_nb._local.protocol.answer_pieces import Finish, Pieces, Text, Usage
from langtail_nb._local.protocol.engine import Message, ModelRequest

PIECE_CHARACTERS = 4
_YIELD_EVERY = 16
_WORD = re.compile(r"\S+")


class Echo:
    """Answers with the messages it was given."""

    model = "echo"
    is_busy = False

    async def answer(self, request: ModelRequest) -> Pieces:
        """Return the pieces of the echoed messages."""
        return self._pieces(request)

    async def count(self, request: ModelRequest) -> int:
        """Return the words of the messages."""
        return _prompt_tokens(request)

    async def close(self) -> None:
        """Do nothing; an echo holds nothing."""

    async def _pieces(self, request: ModelRequest) -> Pieces:
        messages: list[Message] = request["messages"]
        text, reason = shortened(echoed(messages), _stops(request), request.get("max_tokens"))
        for count, start in enumerate(range(0, len(text), PIECE_CHARACTERS)):
            if count % _YIELD_EVERY == _YIELD_EVERY - 1:
                await asyncio.sleep(0)
            yield Text(text[start : start + PIECE_CHARACTERS])
        yield Finish(reason, Usage(_prompt_tokens(request), words(text)))


def echoed(messages: Sequence[Message]) -> str:
    """Return the messages as lines."""
    lines, answers = [], 0
    for message in messages:
        answers += message["role"] == "assistant"
        content = f"#{answers}" if message["role"] == "assistant" else plain_text(message)
        lines.append(f"{message['role']}: {content}")
    return "\n".join(lines)


def plain_text(message: Message) -> str:
    """Return a message's text; a part that is no text is named by its type in brackets."""
    content = message.get("content")
    if isinstance(content, list):
        return "".join(part["text"] if part["type"] == "text" else f"[{part['type']}]" for part in content)
    return content or ""


def shortened(text: str, stops: Sequence[str], max_tokens: float | None) -> tuple[str, str]:
    """Return the text up to the first stop or the last word allowed, and the finish reason."""
    found = [place for place in (text.find(stop) for stop in stops if stop) if place >= 0]
    stopped = text[: min(found)] if found else text
    if max_tokens is not None and words(stopped) > max_tokens:
        ends = [match.end() for match in _WORD.finditer(stopped)]
        kept = int(max_tokens)
        return (stopped[: ends[kept - 1]] if kept > 0 else ""), "length"
    return stopped, "stop"


def words(text: str) -> int:
    """Return how many words a text has."""
    return sum(1 for _ in _WORD.finditer(text))


def _prompt_tokens(request: ModelRequest) -> int:
    return sum(words(plain_text(message)) for message in request["messages"])


def _stops(request: ModelRequest) -> list[str]:
    stop = request.get("stop") or []
    return [stop] if isinstance(stop, str) else stop
