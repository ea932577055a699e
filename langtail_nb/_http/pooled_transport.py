"""The network: requests go out over the connections of a pool."""

from __future__ import annotations

from langtail_nb._http.pool import Pool
from langtail_nb._http.round_trip import RoundTrip
from langtail_nb._http.transport import Outgoing


class PooledTransport:
    """Carries each request over a connection of its own; see :class:`Transport`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def exchange(self, outgoing: Outgoing) -> RoundTrip:
        """Return the exchange for a request; nothing is sent before it is opened."""
        return RoundTrip(self._pool, outgoing)

    async def aclose(self) -> None:
        """Close the idle connections; exchanges that run end, and close theirs."""
        await self._pool.aclose()
