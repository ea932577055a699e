"""The tool calls of one answer that wait, and the results that were given for them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from langtail_nb._kernel.execution import Execution
from langtail_nb._types.completion.tool_call import ToolCall
from langtail_nb._types.messages import Message
from langtail_nb._types.tool_results import Content, handles, is_legacy, message_of, waiting_in


@dataclass(slots=True)
class Pending:
    """Tool calls and their results so far.

    Attributes:
        calls: The calls; empty for an answer that makes none.
        sent: Whether all results went out.
    """

    calls: tuple[ToolCall, ...]
    legacy: bool = False
    sent: bool = False
    _given: dict[int, tuple[Content | None, Execution]] = field(default_factory=dict)

    @classmethod
    def of(cls, messages: Sequence[Message]) -> Pending:
        """Return the calls that the messages of an answer leave open."""
        return cls(waiting_in(messages), is_legacy(messages))

    def give(self, place: int, content: Content, by: Execution) -> bool:
        """Keep the result of call ``place``, from 0; return whether it replaces one that still waited.

        Once all were sent, giving one again starts over from there: those given after it belong to cells
        further down, which are to be run again too.
        """
        replaces = not self.sent and self.result(place) is not None
        if self.sent:
            given = [*self._given, place]
            self._drop(given[given.index(place) : -1])
        self._given[place] = content, by
        return replaces

    def reopen(self) -> None:
        """Wait for all results anew, where those sent belong to another branch."""
        self._drop(list(self._given))

    def _drop(self, places: list[int]) -> None:
        # Which cell gave it stays known: run again, it answers the same calls.
        for place in places:
            self._given[place] = None, self._given[place][1]
        self.sent = False

    def result(self, place: int) -> Content | None:
        """Return what was given for a call, or None."""
        return self._given[place][0] if place in self._given else None

    @property
    def missing(self) -> list[str]:
        """What to call each call that has no result yet."""
        return [name for place, name in enumerate(handles(self.calls)) if self.result(place) is None]

    def was_given_by(self, execution: Execution) -> bool:
        """Return whether an earlier run of this cell gave one of the results."""
        return any(execution.repeats(by) for _, by in self._given.values())

    def messages(self) -> list[Message]:
        """Return the messages that carry the results, in the order of the calls; all must be there."""
        given = [self.result(place) for place in range(len(self.calls))]
        return [
            message_of(call, content, legacy=self.legacy)
            for call, content in zip(self.calls, given, strict=True)
            if content is not None
        ]
