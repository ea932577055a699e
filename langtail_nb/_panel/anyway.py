"""A template that does not parse goes out as it is written, braces and all: a run asks once more first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from langtail_nb._errors import ConfigurationError
from langtail_nb._types.config import Config, problems_of, template_of
from langtail_nb._types.messages import Message, texts_of
from langtail_nb._types.request import Request


class Anyway:
    """What was refused at the first press, until the template is edited."""

    def __init__(self) -> None:
        self._refused: set[str] = set()
        self._template: list[Message] = []

    def stands(self, template: list[Message]) -> bool:
        """Return whether the next press sends what the last one did not; an edited template is another."""
        if template != self._template:
            self._refused.clear()
        return bool(self._refused)

    def check(
        self,
        requests: Iterable[Request],
        template: list[Message],
        config: Config | None,
        *,
        is_seen: bool = True,
    ) -> None:
        """Refuse requests with a template that does not parse, but for what was refused before.

        Args:
            template: The one that is edited.
            config: What is deployed, with the template of requests that send none.
            is_seen: Whether whoever pressed saw the refusal: at the second of two quick clicks nobody has.

        Raises:
            ConfigurationError: There is such a template, and it was not refused before.
        """
        stored = template_of(config or {})
        faults: dict[str, str] = {}
        for request in requests:
            faults |= _faults(request.parameters.get("template", stored))
        if faults.keys() <= (self._refused if self.stands(template) and is_seen else set()):
            return
        self._refused, self._template = set(faults), template
        told = next(iter(faults.values()))
        raise ConfigurationError(f"nothing was sent yet; press again to send {told} as it is written")


def _faults(messages: Sequence[Message]) -> dict[str, str]:
    """Return each text that does not parse, and what to call it."""
    return {
        text: f"template message {number}"
        for number, message in enumerate(messages, 1)
        for text in texts_of([message])
        if any(fault.severity == "error" for fault in problems_of(text))
    }
