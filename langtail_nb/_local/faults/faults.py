"""Ways to misbehave on request, so that clients can be tested against them.

A request names one in a header, ``x-fault: NAME``; a deployment's file names one under ``"fault"``, which
then holds for every invoke of it. ``NAME:N`` gives a number. ``NAME-once`` (also ``NAME-once:N``), for
those that act before the answer, lets the same request succeed at its second try. Several names are joined
with commas.

See `FAULTS` for the table; ``langtail-nb serve --faults`` prints it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from langtail_nb._local.protocol.refusals import (
    Refusal,
    bad_key,
    bad_request,
    no_deployment,
    not_allowed,
    server_error,
    too_many,
)

BEFORE: Final = {
    "401": "a 401, as for a wrong key",
    "403": "a 403",
    "404": "a 404, as for an unknown deployment",
    "429": "a 429 with Retry-After: N seconds (1)",
    "500": "a 500",
    "502": "a 502",
    "503": "a 503 without Retry-After",
    "503-retry-after": "a 503 with Retry-After: N seconds (1)",
    "504": "a 504",
    "html": "a 502 whose body is an HTML page, as a proxy sends it",
    "html-200": "a 200 whose body is an HTML page, as a sign-in page does",
    "drop-before": "the connection is closed before any header",
    "reset-before": "the connection is reset before any header",
    "stall-before": "no header ever comes",
}
"""Faults that act instead of an answer. On an invoke they leave the thread as it was."""

FRAMING: Final = {
    "drop": "the connection is closed inside the answer, after N pieces (3)",
    "reset": "the connection is reset inside the answer, after N pieces (3)",
    "stall": "the stream stops inside the answer, after N pieces (3), and stays open",
    "torn": "events cut at odd bytes, inside characters too; the stream is valid",
    "error-event": "an event with an error object after N pieces (3)",
    "error-string": "an event whose error is a plain string, after N pieces (3)",
    "named-error-event": "an event named error, after N pieces (3)",
    "no-done": "the stream ends without [DONE]",
    "truncated": "the stream ends after N pieces (3), without finish reason or [DONE]",
    "empty": "a stream, or a body, of no bytes",
    "keepalive": "comment lines between the events",
    "slow": "a piece every N seconds (0.3)",
    "usage-in-finish": "usage in the chunk that has the finish reason",
    "message-in-stream": "one chunk with a whole message in place of deltas",
}
"""Faults in how an answer is sent."""

SCRIPTS: Final = {
    "tools": "a client tool call, in incremental deltas; N calls in parallel (1)",
    "aggregated-tools": "the same in one chunk, without index, with usage in it",
    "hosted-tools": "N rounds (1) of a tool that Langtail runs itself, then the answer",
    "reasoning": "reasoning before the answer",
    "length": "finish reason length",
    "content-filter": "finish reason content_filter",
    "unknown-finish": "a finish reason nobody has heard of",
}
"""Faults in what is answered. A tool call is not repeated once its result is the last message."""

FAULTS: Final = {**BEFORE, **FRAMING, **SCRIPTS}
"""Every fault by name, with what it does."""

_ONCE = "-once"
_NUMBER = re.compile(r"\d{1,5}(\.\d{0,9})?|\.\d{1,9}", re.ASCII)
_HTML = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"


@dataclass(frozen=True, slots=True)
class AskedFault:
    """One fault that was asked for."""

    name: str
    number: float | None = None
    once: bool = False

    def pieces(self) -> int:
        """Return after how many pieces it strikes."""
        return 3 if self.number is None else int(self.number)


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of one request."""

    all: tuple[AskedFault, ...] = ()

    def get(self, *names: str) -> AskedFault | None:
        """Return the first fault with one of these names."""
        return next((fault for fault in self.all if fault.name in names), None)

    def before(self) -> AskedFault | None:
        """Return the fault that acts instead of an answer."""
        return self.get(*BEFORE)


def parse_faults(text: str | None) -> Faults:
    """Return the faults named in a header or a file.

    Raises:
        Refusal: 400, where a name is unknown or cannot act once.
    """
    return Faults(tuple(_parse(item.strip()) for item in (text or "").split(",") if item.strip()))


def status_refusal(fault: AskedFault) -> Refusal | None:
    """Return the error that a fault answers with, or None where it does something else."""
    wait_s = 1 if fault.number is None else fault.number
    match fault.name:
        case "401":
            return bad_key()
        case "403":
            return not_allowed("This key may not use this project")
        case "404":
            return no_deployment()
        case "429":
            return too_many("Rate limit exceeded", wait_s)
        case "503-retry-after":
            refusal = server_error(503, "Overloaded")
            refusal.headers["retry-after"] = f"{wait_s:g}"
            return refusal
        case "500" | "502" | "503" | "504":
            return server_error(int(fault.name), "Something went wrong upstream")
    return None


def html_page(fault: AskedFault) -> tuple[int, str] | None:
    """Return status and page where a fault answers with HTML."""
    if fault.name == "html":
        return 502, _HTML.format("502 Bad Gateway")
    return (200, _HTML.format("Sign in")) if fault.name == "html-200" else None


def _parse(text: str) -> AskedFault:
    name, _, number = text.partition(":")
    once = name not in FAULTS and name.endswith(_ONCE)
    name = name.removesuffix(_ONCE) if once else name
    if name not in (BEFORE if once else FAULTS):
        raise bad_request(f"x-fault: unknown fault {text!r}; known: {', '.join(FAULTS)}", "x-fault")
    if number and not _NUMBER.fullmatch(number):
        raise bad_request(f"x-fault: {number[:20]!r} is no number from 0 to 99999", "x-fault")
    return AskedFault(name, float(number) if number else None, once)
