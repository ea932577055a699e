"""Limits of one call, in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeout:
    """Limits of one call, in seconds; None sets no limit.

    Attributes:
        connect: For the connection, and again for its TLS handshake.
        first_byte: For the first byte of the answer, headers aside: models think for minutes.
        silence: For each further byte. Comments that keep a stream alive count.

    Example:
        >>> lt.Timeout(first_byte=30)
        Timeout(connect=10.0, first_byte=30, silence=60.0)
    """

    connect: float | None = 10.0
    first_byte: float | None = 600.0
    silence: float | None = 60.0

    @classmethod
    def of(cls, timeout: Timeout | float) -> Timeout:
        """Return a Timeout; a number is the limit of every silence, and of connecting if it is shorter."""
        if isinstance(timeout, Timeout):
            return timeout
        return cls(min(10.0, timeout), timeout, timeout)
