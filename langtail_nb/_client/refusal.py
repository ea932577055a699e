"""An error answer in, one of our errors out: what happened, to what, and what to try."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from langtail_nb._client.api_key import ApiKey
from langtail_nb._client.attempts import LONGEST_WAIT_S, parse_retry_after
from langtail_nb._client.base_url import DEFAULT_BASE_URL
from langtail_nb._errors import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
)
from langtail_nb._http.origin import is_loopback, origin
from langtail_nb._types.completion.errors import error_in, unwrapped, words_in
from langtail_nb._types.remedies import ENGINE_ERROR, remedy
from langtail_nb._types.target import Target

_CLASSES: dict[int, type[APIStatusError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
}
_NO_API: Final = "that is no answer of the Langtail API; is the base URL right?"
_LONGEST = 300
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"\s*(<!doctype html|<html|<head|<body)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a call is about, for its errors.

    Attributes:
        name: In words: ``acme/support/triage/staging``, ``thread 'thr_1'``.
        key: The key it was sent with; whatever a server says is shown without it.
        base_url: Where it was sent, which decides who failed.
        target: The deployment, if it is about one.
        thread_id: The thread, if it is about one.
    """

    name: str
    key: ApiKey
    base_url: str
    target: Target | None = None
    thread_id: str | None = None


def status_error(subject: Subject, status: int, headers: Mapping[str, str], body: str) -> APIStatusError:
    """Return the error for an answer that is none: another status than success, or success without one."""
    content = decoded(body, subject.key)
    said = message_in(content) if content else "an empty body" if 200 <= status < 300 else ""
    text = f"{status} for {subject.name}: {said}" if said else f"{status} for {subject.name}"
    if 300 <= status < 400:
        text = f"{status} for {subject.name}: {_redirect(headers, subject.key)}"
    retry_after = parse_retry_after(headers.get("retry-after"))
    hint = _hint(subject, status, content, said, retry_after)
    error = _class_of(status)(
        text + (f"; {hint}" if hint else ""),
        status_code=status,
        request_id=_request_id(headers, subject.key),
        body=content,
    )
    if isinstance(error, RateLimitError):
        error.retry_after = retry_after
    return error


def _class_of(status: int) -> type[APIStatusError]:
    if status >= 500:
        return InternalServerError
    return _CLASSES.get(status, BadRequestError if 400 <= status < 500 else APIStatusError)


def decoded(text: str, key: ApiKey) -> Any:
    """Return a body as JSON, or as it is where it is not JSON, without the key."""
    try:
        return masked(json.loads(text), key)
    except (ValueError, RecursionError):
        return key.mask(text)


def message_in(content: Any) -> str:
    """Return what an error body says, in one line: any of the shapes seen, a page of HTML, or plain text."""
    content = unwrapped(content)
    if isinstance(content, dict):
        error = error_in(content)
        if isinstance(error, dict):
            return _of_object(error) or _clip(json.dumps(error, ensure_ascii=False))
        return _clip(error if isinstance(error, str) else json.dumps(error, ensure_ascii=False))
    if not isinstance(content, str):
        return _clip(json.dumps(content, ensure_ascii=False))
    if _MARKUP.match(content):
        title = _TITLE.search(content)
        return f"an HTML page{f', “{_clip(html.unescape(title[1]))}”' if title else ''}"
    return _clip(content)


def _of_object(error: Mapping[str, Any]) -> str:
    message = words_in(error)
    if not message:
        return ""
    param = error.get("param")
    return _clip(message) + (
        f" (in {_clip(param)})" if isinstance(param, str) and param not in message else ""
    )


def _clip(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def masked(content: Any, key: ApiKey) -> Any:
    """Return JSON content with the key, which a server may echo in it, replaced by its ending."""
    if isinstance(content, str):
        return key.mask(content)
    if isinstance(content, list):
        return [masked(item, key) for item in content]
    if isinstance(content, dict):
        return {key.mask(name): masked(value, key) for name, value in content.items()}
    return content


def _request_id(headers: Mapping[str, str], key: ApiKey) -> str | None:
    found = headers.get("x-request-id") or headers.get("request-id")
    return key.mask(found) if found else None


def _redirect(headers: Mapping[str, str], key: ApiKey) -> str:
    where = headers.get("location")
    said = f"the server points to {key.mask(_clip(where))}" if where else "the server points elsewhere"
    return f"{said}, and the key is not sent along; if that is right, make it the base URL"


def _hint(subject: Subject, status: int, content: Any, said: str, retry_after: float | None) -> str:
    if _type_in(content) == ENGINE_ERROR:
        return ""  # who answers there has said what helps
    if status == 429 and retry_after is not None:
        return _asks_to_wait(retry_after)
    if helps := remedy(status, said):
        return "" if helps in said else helps
    if 200 <= status < 300:
        return "" if isinstance(content, dict) else _NO_API
    return _who_failed(subject.base_url) if status >= 500 else _about_the_call(subject, status, said)


def _about_the_call(subject: Subject, status: int, said: str) -> str:
    target, ending = subject.target, subject.key.ending
    key = f"the key {ending}" if ending != "…" else "the key"
    match status:
        case 401:
            return f"{key} is from {subject.key.source}; %langtail login takes another"
        case 402:
            return "it wants to be paid first"
        case 403:
            return f"{key} from {subject.key.source} is not for this workspace or project"
        case 404 if subject.thread_id is not None and "thread" in said.lower():
            return f"thread {subject.thread_id!r} may have been deleted, or be another project's"
        case 404 if target is not None:
            return _where(target)
        case 429:
            return "wait a little, or send less at once"
    return ""


def _asks_to_wait(retry_after: float) -> str:
    is_long = retry_after > LONGEST_WAIT_S
    long = f", longer than the {LONGEST_WAIT_S:.0f} s a call waits" if is_long else ""
    return f"it asks to wait {retry_after:.0f} s{long}"


def _who_failed(base_url: str) -> str:
    if _is_here(base_url):
        return "the server on this machine failed, not Langtail"
    if origin(base_url) == origin(DEFAULT_BASE_URL):
        return "Langtail or the provider behind it failed; try again"
    return f"{origin(base_url)} or what is behind it failed; try again"


def _is_here(base_url: str) -> bool:
    return is_loopback(urlsplit(base_url).hostname or "")


def _type_in(content: Any) -> object:
    error = content.get("error") if isinstance(content, dict) else None
    return error.get("type") if isinstance(error, dict) else None


def _where(target: Target) -> str:
    if target.environment == "preview" and target.version is None:
        return f"preview needs a version: {target}@VERSION"
    version = f" as version {target.version}" if target.version else ""
    return f"is {target.assistant!r} deployed in {target.environment}{version}?"
