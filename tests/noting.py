"""A transport that notes what it carries."""

from __future__ import annotations

from langtail_nb._http.pool import Pool
from langtail_nb._http.pooled_transport import PooledTransport
from langtail_nb._http.secret import Secret
from langtail_nb._http.transport import Exchange, Outgoing


class Noting:
    """Carries calls over the network, and notes each before it is sent."""

    def __init__(self, url: str, secret: str | None = None) -> None:
        key = Secret(secret) if secret else None
        self._network = PooledTransport(Pool(url, key, max_connections=4, header="X-API-Key"))
        self.outgoing: list[Outgoing] = []

    def exchange(self, outgoing: Outgoing) -> Exchange:
        self.outgoing.append(outgoing)
        return self._network.exchange(outgoing)

    async def aclose(self) -> None:
        await self._network.aclose()
