"""How a call ends with each fault of the local server, whoever makes it; a line for each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import langtail_nb as lt

Ends = Literal["done", "partial", "failed"]


@dataclass(frozen=True)
class Expected:
    """One end.

    Attributes:
        ends: *done* if the answer was seen to be whole, else *partial* where text had come, and *failed*.
        error: The class of the error, exactly.
        says: What its words hold.
        tried_again: ``alone`` is a call that continues no thread, as its message would be there twice.
        refused: Whether the server surely did nothing with the message, so that there is no turn.
    """

    ends: Ends
    error: type[lt.LangtailError] | None = None
    says: str = ""
    tried_again: Literal["never", "alone", "always"] = "never"
    refused: bool = False

    def tries(self, *, retries: int, on_thread: bool) -> int:
        """How often the server sees the call."""
        is_repeated = self.tried_again == "always" or (self.tried_again == "alone" and not on_thread)
        return 1 + retries if is_repeated else 1


def done(says: str = "") -> Expected:
    return Expected("done", says=says)


def refused(error: type[lt.LangtailError], status: str) -> Expected:
    return Expected("failed", error, status, refused=True)


def failed(error: type[lt.LangtailError], says: str) -> Expected:
    return Expected("failed", error, says)


def passing(error: type[lt.LangtailError], says: str) -> Expected:
    return Expected("failed", error, says, tried_again="alone")


def broken(says: str) -> Expected:
    return Expected("partial", lt.StreamError, f"broke off after 12 characters: {says}")


def never_begun(says: str) -> Expected:
    return failed(lt.StreamError, f"broke off before its first word: {says}")


CLOSED = "the connection was closed before its end"
EXPECTED: dict[str, Expected] = {
    "401": refused(lt.AuthenticationError, "401"),
    "403": refused(lt.PermissionDeniedError, "403"),
    "404": refused(lt.NotFoundError, "404"),
    "429": replace(refused(lt.RateLimitError, "429"), tried_again="always"),
    "500": failed(lt.InternalServerError, "500"),
    "502": passing(lt.InternalServerError, "502"),
    "503": passing(lt.InternalServerError, "503"),
    "503-retry-after": replace(failed(lt.InternalServerError, "503"), tried_again="always"),
    "504": passing(lt.InternalServerError, "504"),
    "html": passing(lt.InternalServerError, "502"),
    "html-200": failed(lt.APIStatusError, "an HTML page, “Sign in”"),
    "drop-before": passing(lt.APIConnectionError, "without an answer"),
    "reset-before": passing(lt.APIConnectionError, "without an answer"),
    "stall-before": failed(lt.APITimeoutError, "no answer within 0.3 s"),
    "drop": broken(CLOSED),
    "reset": broken(CLOSED),
    "stall": broken("no data for 0.3 s"),
    "torn": done(),
    "error-event": broken("upstream closed"),
    "error-string": broken("upstream closed"),
    "named-error-event": broken("upstream closed"),
    "no-done": done(),
    "truncated": broken("it ended without a finish reason"),
    "empty": never_begun("it ended without a finish reason"),
    "keepalive": done(),
    "slow": done(),
    "usage-in-finish": done(),
    "message-in-stream": done(),
    "tools": done(),
    "aggregated-tools": done(),
    "hosted-tools": done("Let me look."),
    "reasoning": done(),
    "length": done(),
    "content-filter": done(),
    "unknown-finish": done(),
}
IN_ONE_PIECE: dict[str, Expected] = {
    **EXPECTED,
    "drop": never_begun(CLOSED),
    "reset": never_begun(CLOSED),
    "stall": never_begun("no data for 0.3 s"),
    **dict.fromkeys(
        ("error-event", "error-string", "named-error-event"),
        failed(lt.InternalServerError, "500"),
    ),
    "truncated": never_begun("its JSON is cut off"),
    "empty": failed(lt.APIStatusError, "an empty body"),
    "hosted-tools": done(),
}
"""The same where the answer is asked for whole: none of it comes before all."""
