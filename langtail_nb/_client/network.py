"""What carries the calls of a client that brings nothing of its own."""

from __future__ import annotations

from langtail_nb._client.trouble import unusable
from langtail_nb._environment import beside_no_notebook
from langtail_nb._http.origin import is_encrypted
from langtail_nb._http.secret import Secret
from langtail_nb._http.transport import Transport
from langtail_nb._http.unusable import Unusable

_HEADER = "X-API-Key"


def network(base_url: str, key: Secret, *, max_connections: int = 100) -> Transport:
    """Return a pool of connections to a server; none is made yet.

    Raises:
        ConfigurationError: What surrounds this process, such as its proxy, cannot be used.
    """
    # Imported with the first call: httpx takes longer to import than the rest of the package.
    with beside_no_notebook():
        from langtail_nb._http.pool import Pool
        from langtail_nb._http.pooled_transport import PooledTransport

    try:
        pool = Pool(
            base_url,
            key,
            max_connections=max_connections,
            header=_HEADER,
            # Unencrypted, which was allowed for one host, it goes through nobody else's hands.
            proxied=is_encrypted(base_url),
        )
    except Unusable as exc:
        raise unusable(exc) from None
    return PooledTransport(pool)
