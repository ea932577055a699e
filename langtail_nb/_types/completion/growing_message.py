"""One message of an answer, put together from its chunks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from langtail_nb._text.characters import HalfCharacters
from langtail_nb._types.completion.calls import Calls, CallSoFar
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.finish import finish_reason
from langtail_nb._types.completion.members import Members
from langtail_nb._types.completion.opening_thought import OpeningThought
from langtail_nb._types.completion.reasoning import MEMBERS, ReasoningMerger
from langtail_nb._types.messages import Message

KNOWN: Final = MEMBERS | {
    "role", "content", "tool_calls", "function_call", "tool_call_id", "handled_tool_result",
}  # fmt: skip
"""The members of a message that are read; the others are kept as they are."""


class GrowingMessage:
    """One message of an answer, as far as it has come.

    Attributes:
        id: The completion it is, None until one is named.
        finish_reason: As the provider wrote it, None until it did.
        calls: The tool calls in it.
    """

    def __init__(self, id: str | None) -> None:
        self.id = id
        self.finish_reason: str | None = None
        self._clear()

    def _clear(self) -> None:
        # The content as it was sent; what of it was said, the same list unless the model thought aloud first.
        self._contents: list[str] = []
        self._said: list[str] = []
        self._thought_aloud: list[str] = []
        self._opening = OpeningThought()
        # Words that stand in another member: a refusal, what an audio says.
        self._elsewhere: list[str] = []
        self._thoughts: list[str] = []
        self._role = ""
        self._parts: list[Any] | None = None
        self._others = Members()
        self.calls = Calls()
        self._reasoning = ReasoningMerger()
        self._pairs, self._thought_pairs = HalfCharacters(), HalfCharacters()

    @property
    def is_finished(self) -> bool:
        return self.finish_reason is not None

    @property
    def text(self) -> str:
        """The words of the model, those in which it refused and those that it spoke among them."""
        said = self._contents if self._opening.state == "unknown" else self._said
        return joined_in(said) + joined_in(self._elsewhere)

    @property
    def thoughts(self) -> str:
        return joined_in(self._thoughts) + joined_in(self._thought_aloud).rstrip()

    @property
    def ended_in_calls(self) -> bool:
        return finish_reason(self.finish_reason, has_tool_calls=bool(self.calls.all)) == "tool_calls"

    @property
    def goes_on(self) -> bool:
        """Whether it is known, and not over, so that text alone adds to it and to nothing else."""
        return self.finish_reason is None and self.id is not None

    def say(self, chunk: Chunk) -> None:
        """Take a chunk that holds text and nothing else."""
        chunk.text = self._pairs.mend(chunk.text)
        self._contents.append(chunk.text)
        if self._said is not self._contents:
            self._part(chunk)

    def feed(self, chunk: Chunk) -> None:
        """Take one chunk. Halves of characters are mended in it, and a thought leaves its text."""
        if chunk.is_whole:
            self._clear()
            content = chunk.part.get("content")
            self._parts = content if isinstance(content, list) else None
        if len(chunk.part) > 1 or not chunk.text or chunk.member != "content":
            self._feed_rest(chunk)
        if chunk.text and chunk.member == "content":
            self.say(chunk)
        elif chunk.text:
            chunk.text = self._pairs.mend(chunk.text)
            self._elsewhere.append(chunk.text)
        if chunk.finish_reason is not None:
            self.finish_reason = chunk.finish_reason
            chunk.text += self.end()

    def end(self) -> str:
        """Take what was held back as text, and return it: it was no thought."""
        if self._opening.state not in ("unknown", "thinking"):
            return ""
        self._opening.end()
        self._said, self._thought_aloud = self._contents, []
        return joined_in(self._contents)

    def _part(self, chunk: Chunk) -> None:
        thought, chunk.text = self._opening.feed(chunk.text)
        if self._opening.state == "text":
            self._said = self._contents
        elif chunk.text:
            self._said.append(chunk.text)
        if thought:
            self._thought_aloud.append(thought)
            chunk.reasoning += thought

    def _feed_rest(self, chunk: Chunk) -> None:
        if chunk.reasoning:
            chunk.reasoning = self._thought_pairs.mend(chunk.reasoning)
            self._thoughts.append(chunk.reasoning)
        self._role = self._role or chunk.role or ""
        self._reasoning.feed(chunk.part)
        self.calls.feed(chunk)
        if others := {name: chunk.part[name] for name in chunk.part.keys() - KNOWN}:
            self._others.add(others)

    def _written(self, calls: Sequence[CallSoFar]) -> Any:
        text = joined_in(self._contents)
        return self._parts if self._parts is not None else text or (None if calls or self._elsewhere else "")

    def wire(self) -> Message:
        """Return the message as it can be sent back; the key ``content`` is required, null if only calls."""
        calls = self.calls.all
        content: Any = self._written(calls)
        message = {"role": self._role or "assistant", "content": content, **self._others.plain()}
        wire = [call.wire(repaired=self.ended_in_calls) for call in calls]
        if legacy := next((w for w, call in zip(wire, calls, strict=True) if call.legacy), None):
            message["function_call"] = legacy
        elif wire:
            message["tool_calls"] = wire
        return message | self._reasoning.members()


def joined_in(pieces: list[str]) -> str:
    """Return the pieces as one text, and keep them so: the next time costs what is new alone."""
    if len(pieces) > 1:
        pieces[:] = ["".join(pieces)]
    return pieces[0] if pieces else ""
