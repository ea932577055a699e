"""The target of a request: a path, or a whole URL, as a client sends it to what it takes for a proxy."""

from __future__ import annotations

from starlette.types import Scope


def origin_form(scope: Scope) -> Scope:
    """Return a scope whose path is a path; where the target was a URL, its host stands for the header's.

    Source: RFC 9112, section 3.2.2.
    """
    scheme, mark, rest = scope["path"].partition("://")
    if not mark or scheme.lower() not in ("http", "https"):
        return scope
    raw = bytes(scope["raw_path"]).partition(b"://")[2]
    host, _, raw_path = raw.partition(b"/")
    headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
    path = "/" + rest.partition("/")[2]
    return {**scope, "path": path, "raw_path": b"/" + raw_path, "headers": [(b"host", host), *headers]}
