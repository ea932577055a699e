"""The ``/v2`` endpoints: conversations and messages as the server holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode

from langtail_nb._client.caller import Caller
from langtail_nb._client.checks import check_count, check_mapping
from langtail_nb._client.refusal import Subject
from langtail_nb._errors import ConfigurationError
from langtail_nb._types.messages import Message, words_of

_PAGE: Final = 100  # the default and the largest there is
_ROOT: Final = "v2/threads"


@dataclass(frozen=True, slots=True)
class ServerThread:
    """A conversation on the server.

    Attributes:
        created_at: None if the server's date cannot be read.
        metadata: As stored, ``{}`` if there is none.
        raw: The record as sent.
    """

    id: str
    created_at: datetime | None
    metadata: dict[str, Any]
    project_id: str | None
    deleted_at: datetime | None
    raw: dict[str, Any]

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> ServerThread:
        """Return the thread in a record of the API."""
        return cls(
            id=str(raw.get("id") or ""),
            created_at=moment(raw.get("createdAt")),
            metadata=_object(raw.get("metadata")),
            project_id=raw.get("projectId"),
            deleted_at=moment(raw.get("deletedAt")),
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """An entry of a conversation.

    Attributes:
        contents: Its messages in wire form: the API sends one, its documentation shows a list.
        raw: The record as sent.
    """

    id: str
    thread_id: str
    created_at: datetime | None
    contents: tuple[Message, ...]
    metadata: dict[str, Any]
    request_log_id: str | None
    deleted_at: datetime | None
    raw: dict[str, Any]

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> ThreadMessage:
        """Return the entry in a record of the API."""
        content = raw.get("content")
        listed = content if isinstance(content, list) else [content]
        return cls(
            id=str(raw.get("id") or ""),
            thread_id=str(raw.get("threadId") or ""),
            created_at=moment(raw.get("createdAt")),
            contents=tuple(message for message in listed if isinstance(message, dict)),
            metadata=_object(raw.get("metadata")),
            request_log_id=raw.get("requestLogId"),
            deleted_at=moment(raw.get("deletedAt")),
            raw=raw,
        )

    @property
    def role(self) -> str:
        """The role of its first message, ``""`` if it has none."""
        return str(self.contents[0].get("role") or "") if self.contents else ""

    @property
    def text(self) -> str:
        """The text of its messages, joined by blank lines."""
        return "\n\n".join(text for m in self.contents if (text := words_of(m)))


_Rows = list[dict[str, Any]]
_Threads = list[ServerThread]
_Messages = list[ThreadMessage]


class Threads:
    """The conversations of the key's project; ``client.threads``.

    Raises:
        NotFoundError: From any method that takes an id: the server knows none like it.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def list(self, limit: int | None = None) -> _Threads:
        """Return the threads in the server's order, all pages of them.

        Args:
            limit: How many at most; None for all.
        """
        rows = await self._rows(_ROOT, self._caller.subject("the list of threads"), {}, limit)
        return [ServerThread.parse(row) for row in rows]

    async def get(self, thread_id: str) -> ServerThread:
        """Return one thread."""
        return ServerThread.parse(await self._thread("GET", thread_id))

    async def create(
        self, metadata: Mapping[str, Any] | None = None, *, create_log: Mapping[str, Any] | None = None
    ) -> ServerThread:
        """Return a new, empty thread.

        Args:
            metadata: Keys of at most 64 characters; values text or numbers.
            create_log: The invoke body to note as its origin.
        """
        body = {
            "metadata": check_mapping("metadata", metadata or {}),
            "createLog": check_mapping("create_log", create_log or {}),
        }
        return ServerThread.parse(
            await self._caller.call("POST", _ROOT, self._caller.subject("a new thread"), body=body)
        )

    async def update(self, thread_id: str, metadata: Mapping[str, Any]) -> ServerThread:
        """Return the thread with this metadata in place of all it had."""
        body = {"metadata": check_mapping("metadata", metadata)}
        return ServerThread.parse(await self._thread("POST", thread_id, body=body, repeatable=True))

    async def delete(self, thread_id: str) -> bool:
        """Delete a thread and its messages; return whether the server says so."""
        return bool((await self._thread("DELETE", thread_id)).get("deleted"))

    async def messages(
        self, thread_id: str, limit: int | None = None, *, order: Literal["asc", "desc"] = "asc"
    ) -> _Messages:
        """Return the entries of a thread, all pages of them.

        Args:
            limit: How many at most; None for all.
            order: ``asc`` gives the oldest first.
        """
        query = {} if order == "asc" else {"order": order}
        path = f"{_ROOT}/{_segment('thread', thread_id)}/messages"
        rows = await self._rows(path, self._about(thread_id), query, limit)
        return [ThreadMessage.parse(row) for row in rows]

    async def message(self, thread_id: str, message_id: str) -> ThreadMessage:
        """Return one entry."""
        return ThreadMessage.parse(await self._message("GET", thread_id, message_id))

    async def create_message(
        self, thread_id: str, message: Mapping[str, Any], *, metadata: Mapping[str, Any] | None = None
    ) -> ThreadMessage:
        """Return a new entry at the end of the thread; no model is called."""
        body = {"message": check_mapping("message", message)}
        body |= {} if metadata is None else {"metadata": check_mapping("metadata", metadata)}
        path = f"{_ROOT}/{_segment('thread', thread_id)}/messages"
        return ThreadMessage.parse(await self._caller.call("POST", path, self._about(thread_id), body=body))

    async def update_message(
        self, thread_id: str, message_id: str, metadata: Mapping[str, Any]
    ) -> ThreadMessage:
        """Return the entry with this metadata in place of all it had."""
        body = {"metadata": check_mapping("metadata", metadata)}
        found = await self._message("POST", thread_id, message_id, body=body, repeatable=True)
        return ThreadMessage.parse(found)

    async def delete_message(self, thread_id: str, message_id: str) -> bool:
        """Delete an entry; return whether the server says so."""
        return bool((await self._message("DELETE", thread_id, message_id)).get("deleted"))

    def _about(self, thread_id: str) -> Subject:
        return self._caller.subject(f"thread {thread_id!r}", thread_id=thread_id)

    async def _thread(self, method: str, thread_id: str, **options: Any) -> dict[str, Any]:
        path = f"{_ROOT}/{_segment('thread', thread_id)}"
        return await self._caller.call(method, path, self._about(thread_id), **options)

    async def _message(self, method: str, thread_id: str, message_id: str, **options: Any) -> dict[str, Any]:
        path = f"{_ROOT}/{_segment('thread', thread_id)}/messages/{_segment('message', message_id)}"
        subject = self._caller.subject(f"message {message_id!r} of thread {thread_id!r}")
        return await self._caller.call(method, path, subject, **options)

    async def _rows(self, path: str, subject: Subject, query: Mapping[str, str], limit: int | None) -> _Rows:
        if limit is not None:
            check_count("limit", limit, least=0)
        rows: _Rows = []
        after: str | None = None
        while limit is None or len(rows) < limit:
            size = _PAGE if limit is None else min(_PAGE, limit - len(rows))
            asked = {**query, "limit": str(size)} | ({"after": after} if after else {})
            page = await self._caller.call("GET", f"{path}?{urlencode(asked, quote_via=quote)}", subject)
            found = page.get("data")
            new = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
            rows += new
            last = page.get("last_id") or (new[-1].get("id") if new else None)
            # A server that repeats itself must not keep us for ever.
            if not page.get("has_more") or not new or not last or last == after:
                break
            after = str(last)
        return rows if limit is None else rows[:limit]


def moment(value: Any) -> datetime | None:
    """Return a date of the API: ISO text, or seconds since 1970, as different pages of its docs have it."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _segment(what: str, id: str) -> str:
    if not isinstance(id, str) or id in ("", ".", ".."):
        raise ConfigurationError(f"{what} id {id!r} cannot be one")
    try:
        return quote(id, safe="")
    except UnicodeEncodeError:
        raise ConfigurationError(f"{what} id {id!r} holds half a character") from None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
