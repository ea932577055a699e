"""Every error the server answers with, in one of Langtail's two shapes."""

from __future__ import annotations

import json

JSON = dict[str, object]


class Refusal(Exception):
    """An answer that is an error: its status, its body, its extra headers.

    Source: Langtail's SDK; invoke's 404 is a plain string, everything else is an object with
    ``message``, ``type``, ``param`` and ``code``.
    """

    def __init__(
        self, status: int, body: JSON, *, headers: dict[str, str] | None = None, message: str = ""
    ) -> None:
        super().__init__(message or json.dumps(body))
        self.status = status
        self.body = body
        self.headers = headers or {}


def error_object(message: str, kind: str | None, param: str | None = None) -> JSON:
    """Return the object shape of an error body."""
    return {"error": {"message": message, "type": kind, "param": param, "code": None}}


def _object(status: int, message: str, kind: str, param: str | None = None) -> Refusal:
    return Refusal(status, error_object(message, kind, param), message=message)


def bad_request(message: str, param: str | None = None) -> Refusal:
    """Return the 400 for a body, path or query that breaks the schema; ``param`` names the field."""
    return _object(400, message, "invalid_request_error", param)


def no_deployment() -> Refusal:
    """Return the 404 of invoke and of GET configuration, whose body is a plain string."""
    text = "Prompt deployment not found"
    return Refusal(404, {"error": text}, message=text)


def no_thread() -> Refusal:
    """Return the 404 for an unknown or deleted thread."""
    return _object(404, "Thread not found", "not_found")


def no_message() -> Refusal:
    """Return the 404 for an unknown or deleted message."""
    return _object(404, "Message not found", "not_found")


def no_route() -> Refusal:
    """Return the 404 for a path or a method that Langtail does not have."""
    return _object(404, "Not found", "not_found")


def bad_key() -> Refusal:
    """Return the 401 for a missing or a wrong key."""
    return _object(401, "Invalid API key", "authentication_error")


def not_allowed(message: str) -> Refusal:
    """Return a 403."""
    return _object(403, message, "permission_error")


def too_large(limit_bytes: int) -> Refusal:
    """Return the 413 for a body above the limit."""
    return _object(413, f"The body is larger than {limit_bytes} bytes", "invalid_request_error")


def too_many(message: str, retry_after_s: float) -> Refusal:
    """Return a 429 with ``Retry-After`` in seconds."""
    refusal = _object(429, message, "rate_limit_error")
    refusal.headers["retry-after"] = f"{retry_after_s:g}"
    return refusal


def server_error(status: int, message: str) -> Refusal:
    """Return a 5xx in the object shape."""
    return _object(status, message, "server_error")
