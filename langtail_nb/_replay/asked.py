"""What an exchange asks, without what differs from run to run; and the key made of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from langtail_nb._http.transport import Context, Outgoing

MARK: Final = "langtail_nb"
"""The member of a thread's metadata by which this package knows its own."""

_THREAD: Final = re.compile(r"(v2/threads/)([^/?]+)")
_HASHED: Final = "sha256 "
_HASH: Final = re.compile(r"sha256 [0-9a-f]{12}")
_TRANSPORT: Final = ("stream", "threadId")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it is recorded.

    Attributes:
        place: What its file is called: the target, or what else is asked for.
        path: Below the base URL.
        body: Its own: of the messages only those that an earlier exchange did not carry.
        before: The bodies of the exchanges before it in its conversation, each as a hash.
    """

    place: str
    method: str
    path: str
    body: Mapping[str, Any] | None
    before: tuple[str, ...] = ()

    def key(self, repeat: int, nth: int, vary: Collection[str] = ()) -> str:
        """Return the key: twelve hexadecimal digits.

        Args:
            repeat: Which repeat of a sweep it is, from 1.
            nth: How many equal ones came before it.
            vary: Variables that do not count.
        """
        members = [self.method, self.path, without(self.body, vary), list(self.before), repeat, nth]
        return _hash(members)[:12]


def asked_by(outgoing: Outgoing, vary: Collection[str] = ()) -> Asked:
    """Return what a request asks.

    Args:
        vary: Variables that do not count in what came before.
    """
    body = body_of(outgoing.content)
    earlier = outgoing.context.before() if is_call(outgoing) else ()
    return Asked(
        place_of(outgoing.path),
        outgoing.method,
        outgoing.path,
        None if body is None else own(body, outgoing.context),
        tuple(body_hash(own(one.body), vary) for one in earlier),
    )


def own(body: Mapping[str, Any], context: Context | None = None) -> dict[str, Any]:
    """Return a body without what is the transport's, ours, or was sent before."""
    kept = {name: value for name, value in body.items() if name not in _TRANSPORT}
    count = context.own_messages if context is not None else None
    if count is not None and isinstance(messages := kept.get("messages"), list):
        kept["messages"] = messages[len(messages) - count :] if count else []
    metadata = kept.get("metadata")
    if isinstance(metadata, dict) and MARK in metadata:
        kept["metadata"] = {name: value for name, value in metadata.items() if name != MARK}
    return {name: value for name, value in kept.items() if value not in ({}, [])}


def without(body: Mapping[str, Any] | None, vary: Collection[str]) -> Mapping[str, Any] | None:
    """Return a body without some of its variables."""
    if body is None or not vary or not isinstance(variables := body.get("variables"), Mapping):
        return body
    return {**body, "variables": {name: value for name, value in variables.items() if name not in vary}}


def body_hash(body: Mapping[str, Any] | None, vary: Collection[str] = ()) -> str:
    """Return by what the calls after it know a body."""
    return _hash(without(body, vary))


def without_values(body: dict[str, Any], *, is_turn: bool) -> dict[str, Any]:
    """Return a body without what comes from rows: a message is its hash, of variables there are the names.

    Args:
        is_turn: Whether a cell asks it in its conversation, so that its messages stand in the notebook.
    """
    variables, messages = body.get("variables"), body.get("messages")
    kept = {**body, "variables": dict.fromkeys(variables)} if isinstance(variables, dict) else body
    return kept if is_turn or not isinstance(messages, list) else {**kept, "messages": hashed(messages)}


def hashed(messages: Any) -> Any:
    """Return messages with a hash in the place of whatever each holds but its role."""
    if not isinstance(messages, list):
        return messages
    return [{**_role(one), "content": f"{_HASHED}{_hash(one)[:12]}"} for one in messages]


def is_hashed(messages: Any) -> bool:
    """Return whether messages are recorded as their hashes."""
    contents = [one.get("content") for one in messages or () if isinstance(one, Mapping)]
    return bool(contents) and all(isinstance(one, str) and _HASH.fullmatch(one) for one in contents)


def _role(message: Any) -> dict[str, Any]:
    return {"role": message["role"]} if isinstance(message, Mapping) and "role" in message else {}


def place_of(path: str) -> str:
    """Return the name of the file for a path: ``acme.support.triage.staging``."""
    parts = path.partition("?")[0].split("/")
    if parts[0] == "v2":
        return "threads"
    name = ".".join(re.sub(r"[^\w-]+", "_", unquote(part)) for part in parts)
    return name if len(name) <= 120 else f"{name[:100]}-{_hash(path)[:12]}"


def thread_in(path: str) -> str | None:
    """Return the id of the thread that a path names, or None."""
    found = _THREAD.match(path)
    return unquote(found[2]) if found else None


def with_thread(path: str, thread_id: str) -> str:
    """Return a path with another thread's id, percent-encoded already."""
    return _THREAD.sub(lambda found: found[1] + thread_id, path)


def messages_before(context: Context) -> Sequence[Mapping[str, Any]]:
    """Return all messages of the conversation before a call."""
    return [message for one in context.before() for message in one.messages]


def is_call(outgoing: Outgoing) -> bool:
    """Return whether a request calls an assistant or a prompt."""
    return outgoing.method == "POST" and not outgoing.path.startswith("v2/")


def body_of(content: bytes | None) -> dict[str, Any] | None:
    """Return the body in the bytes of a request, None for none."""
    if content is None:
        return None
    body: dict[str, Any] = json.loads(content)
    return body


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=dict)
    return hashlib.sha256(text.encode()).hexdigest()
