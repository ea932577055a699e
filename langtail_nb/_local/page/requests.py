"""The last requests: one line each, and behind it what the model got, what it answered, and what was sent."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from langtail_nb._local.asking.journal_entry import JournalEntry
from langtail_nb._local.page.figures import clock, duration, json_text, short_value, size
from langtail_nb._local.page.markup import Html, el, inner
from langtail_nb._local.page.messages import Room, first_words, message_list, texts_of
from langtail_nb._text.brief import shorten

JSON = dict[str, Any]

_CUT_CHARACTERS = 1_200
_CUT_MESSAGES = 12
_NO_PARAMETERS = ("messages", "tools", "functions")
_PATH_CHARACTERS = 160


def request_list(entries: Sequence[JournalEntry], root: str) -> Html:
    """Return requests, each one folded; texts are cut, with a link to the whole."""
    return el("ol", [el("li", _folded(entry, root)) for entry in entries], class_="requests")


def whole_request(entry: JournalEntry, root: str) -> Html:
    """Return all that is known about one request, nothing cut."""
    raw = [
        _raw("Body as it was sent", entry.body),
        _raw("Request to the model", entry.provider),
        _raw("Answer", entry.answer_so_far()),
        _raw("Error", entry.error),
        _raw("Headers", entry.headers),
    ]
    heading = el("h1", f"Request {entry.id}")
    return inner(heading, el("p", _line(entry), class_="request-line"), _parts(entry, Room(), root), raw)


def _folded(entry: JournalEntry, root: str) -> Html:
    page = f"{root}_page/requests/{entry.id}"
    room = Room(_CUT_CHARACTERS, _CUT_MESSAGES, page, level=3)
    whole = el("p", el("a", f"Request {entry.id} in full", href=page), class_="whole")
    return el(
        "details",
        el("summary", _line(entry), _said(entry)),
        el("div", _parts(entry, room, root), whole, class_="opened"),
        id=f"request-{entry.id}",
    )


def _line(entry: JournalEntry) -> list[Html]:
    path = unquote(entry.path) + (f"?{entry.query}" if entry.query else "")
    shown = el("bdi", shorten(path, _PATH_CHARACTERS))
    where = el("span", el("b", entry.method), " ", shown, class_="path")
    return [
        el("span", clock(entry.received_at), class_="clock"),
        _status(entry),
        where,
        el("span", " · ".join(_figures(entry)), class_="figures"),
    ]


def _status(entry: JournalEntry) -> Html:
    if entry.ended_at is None:
        return el("span", "runs", class_="status runs")
    if entry.status is None:
        return el("span", "cut", class_="status cut-off", title="no answer was sent")
    broken = entry.status >= 400 or entry.error is not None
    kind = "bad" if broken else "cut-off" if entry.closed_by_client_at else "good"
    return el("span", str(entry.status), class_=f"status {kind}")


def _figures(entry: JournalEntry) -> Iterator[str]:
    until = time.monotonic() if entry.ended_at is None else entry.ended_at
    yield duration(until - entry.at)
    if entry.first_token_at is not None:
        yield f"first token {duration(entry.first_token_at - entry.at)}"
    usage = (entry.answer_so_far() or {}).get("usage")
    if usage:
        yield f"{usage['prompt_tokens']:,} → {usage['completion_tokens']:,} tokens"
    if entry.closed_by_client_at is not None:
        yield "closed by the client"
    if entry.fault:
        yield f"fault {entry.fault}"


def _said(entry: JournalEntry) -> Html | None:
    """Return what a request is known by: its error, else its question."""
    if entry.withheld:
        return el("span", "payload withheld", class_="said")
    if entry.error is not None:
        return el("span", _error_text(entry.error)[:_PATH_CHARACTERS], class_="said bad", dir="auto")
    messages = (entry.provider or {}).get("messages") or []
    asked = [message for message in messages if message.get("role") == "user"]
    return el("span", first_words(asked[-1]), class_="said", dir="auto") if asked else None


def _parts(entry: JournalEntry, room: Room, root: str) -> list[Html]:
    return [
        *_notes(entry),
        *_literal_tags(entry),
        *_facts(entry, root),
        *_given(entry, room),
        *_answered(entry, room),
        *_sent(entry, room),
    ]


def _notes(entry: JournalEntry) -> Iterator[Html]:
    if entry.withheld:
        yield el("p", "The payload is withheld, as doNotRecord asks.", class_="note")
    if entry.fault:
        yield el("p", "This fault was asked for: ", el("code", el("bdi", entry.fault)), class_="note")
    if entry.closed_by_client_at is not None:
        after = duration(entry.closed_by_client_at - entry.at)
        yield el("p", f"The client closed the connection after {after}.", class_="note")


def _literal_tags(entry: JournalEntry) -> Iterator[Html]:
    messages = (entry.provider or {}).get("messages") or []
    numbers = [str(i) for i, m in enumerate(messages, 1) if any("{{" in text for text in texts_of(m))]
    if numbers:
        where = f"message{'s' * (len(numbers) > 1)} {', '.join(numbers[:_CUT_MESSAGES])}"
        text = f"Tags in double braces reached the model as written, in {where}: "
        yield el("p", text, "a template with an error stays unrendered as a whole.", class_="note")


def _facts(entry: JournalEntry, root: str) -> Iterator[Html]:
    rows: list[tuple[str, Html | str]] = []
    if entry.provider is not None:
        slug, environment = (unquote(part) for part in entry.path.split("/")[-2:])
        version = dict(parse_qsl(entry.query)).get("v", "")
        query = {"slug": slug, "environment": environment, "v": version}
        link = f"{root}_page/deployment?{urlencode(query)}"
        rows.append(("deployment", el("a", el("bdi", f"{slug}/{environment}"), href=link)))
    if entry.thread_id is not None:
        address = f"{root}_page/threads/{quote(entry.thread_id, safe='')}"
        rows.append(("thread", el("a", el("code", entry.thread_id), href=address)))
    if entry.model is not None:
        rows.append(("answered by", el("bdi", entry.model)))
    reason = (entry.answer_so_far() or {}).get("finish_reason")
    if reason:
        rows.append(("finish reason", el("code", str(reason))))
    if entry.events:
        rows.append(("events sent", f"{entry.events:,}"))
    if rows:
        yield el("dl", [el("div", el("dt", name), el("dd", value)) for name, value in rows], class_="facts")


def _given(entry: JournalEntry, room: Room) -> Iterator[Html]:
    if entry.provider is None:
        return
    yield room.heading("What the model got")
    if (messages := entry.provider.get("messages")) is None:
        yield _too_long(entry.provider)
    elif messages:
        yield message_list(messages, room, "Messages that the model got")
    else:
        yield el("p", "No messages.", class_="quiet")


def _answered(entry: JournalEntry, room: Room) -> Iterator[Html]:
    answer = entry.answer_so_far()
    if entry.error is not None:
        yield room.heading("Error")
        yield room.text(_error_text(entry.error), "text error")
    if answer is None:
        return
    yield room.heading("What it answered" if entry.ended_at else "What it has answered so far")
    messages = answer.get("messages")
    yield _too_long(answer) if messages is None else message_list(messages, room, "Messages of the answer")


def _sent(entry: JournalEntry, room: Room) -> Iterator[Html]:
    body = entry.body if isinstance(entry.body, dict) else {}
    if entry.provider is not None and "messages" in entry.provider:
        parameters = {n: v for n, v in entry.provider.items() if n not in _NO_PARAMETERS}
        asked = {*body, "parallel_tool_calls"}  # never deployed, and sent under two names
        rows = [(n, v, "this request" if n in asked else "deployed") for n, v in parameters.items()]
        if rows and room.characters is None:
            yield _table("Parameters", ("name", "value", "set by"), rows, room)
        elif rows:
            yield room.heading("Parameters")
            yield el("dl", [_parameter(*row, room) for row in rows], class_="facts")
        for name in ("tools", "functions"):
            if entry.provider.get(name):
                yield room.heading(name.capitalize())
                yield room.json(entry.provider[name])
    if isinstance(body.get("variables"), dict) and body["variables"]:
        yield _table("Variables sent", ("name", "value"), list(body["variables"].items()), room)
    if entry.metadata:
        yield _table("Metadata", ("name", "value"), list(entry.metadata.items()), room)
    if entry.provider is None and not entry.withheld and entry.body is not None:
        yield room.heading("What was sent")
        yield room.text(entry.body, "text json") if isinstance(entry.body, str) else room.json(entry.body)


def _table(title: str, head: Sequence[str], rows: Sequence[tuple[object, ...]], room: Room) -> Html:
    limit = room.characters
    rows, rest = room.some(rows)
    cells = [[_short(short_value(value), limit) for value in row] for row in rows]
    lines = [
        el("tr", el("th", el("bdi", first), scope="row"), [el("td", text, dir="auto") for text in others])
        for first, *others in cells
    ]
    names = el("thead", el("tr", [el("th", name, scope="col") for name in head]), class_="unseen")
    return inner(el("table", el("caption", title), names, el("tbody", lines), class_="pairs"), rest)


def _short(text: str, limit: int | None) -> str:
    return text if limit is None or len(text) <= limit else f"{text[:limit]}…"


def _too_long(bytes_only: JSON) -> Html:
    length = size(int(bytes_only.get("bytes", 0)))
    return el("p", f"Not kept: it is too long, or makes room for later requests ({length}).", class_="quiet")


def _parameter(name: str, value: object, set_by: str, room: Room) -> Html:
    shown = el("bdi", _short(short_value(value), room.characters))
    mark = el("em", f" {set_by}") if set_by != "deployed" else None
    return el("div", el("dt", el("bdi", name)), el("dd", shown, mark))


def _error_text(error: object) -> str:
    inside = error.get("error") if isinstance(error, dict) else error
    message = inside.get("message") if isinstance(inside, dict) else inside
    return message if isinstance(message, str) else json_text(error)


def _raw(title: str, value: object) -> Html | None:
    if value is None or value == {}:
        return None
    text = value if isinstance(value, str) else json_text(value)
    return el("details", el("summary", title), el("pre", text, class_="text json", dir="auto"), class_="raw")
