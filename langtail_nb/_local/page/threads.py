"""The threads, and the messages of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from langtail_nb._local.page.figures import counted, date, json_text
from langtail_nb._local.page.markup import Html, el, inner
from langtail_nb._local.page.messages import Room, first_words, message_list

JSON = dict[str, Any]

_ID_CHARACTERS = 8
_METADATA_CHARACTERS = 200


def thread_table(threads: Sequence[JSON], root: str) -> Html:
    """Return threads as a table, newest first as they come."""
    head = [
        el("th", name, scope="col", role="columnheader")
        for name in ("thread", "created", "messages", "first words", "metadata")
    ]
    rows = [_row(thread, root) for thread in threads]
    caption = el("caption", "Threads, newest first", class_="unseen")
    return el(
        "table",
        caption,
        el("thead", el("tr", head, role="row"), role="rowgroup"),
        el("tbody", rows, role="rowgroup"),
        class_="listing threads",
        role="table",
    )


def whole_thread(thread: JSON, messages: Sequence[JSON]) -> Html:
    """Return a thread with all its messages, nothing cut."""
    facts: list[tuple[str, Html | str]] = [
        ("id", el("code", thread["id"])),
        ("created", date(thread["createdAt"])),
        ("messages", f"{len(messages):,}"),
    ]
    if thread["metadata"]:
        facts.append(("metadata", el("code", el("bdi", json_text(thread["metadata"], indent=None)))))
    rows = [el("div", el("dt", name), el("dd", value)) for name, value in facts]
    contents = [message["content"] for message in messages]
    return inner(
        el("h1", "Thread"),
        el("dl", rows, class_="facts"),
        message_list(contents, Room(), "Messages of the thread") if contents else el("p", "No messages."),
    )


def _row(thread: JSON, root: str) -> Html:
    address = f"{root}_page/threads/{quote(thread['id'], safe='')}"
    link = el("a", el("code", thread["id"][:_ID_CHARACTERS]), href=address, title=thread["id"])
    metadata = json_text(thread["metadata"], indent=None) if thread["metadata"] else ""
    if len(metadata) > _METADATA_CHARACTERS:
        metadata = f"{metadata[:_METADATA_CHARACTERS]}…"
    first = first_words(thread["first"]) if thread["first"] else ""
    return el(
        "tr",
        el("th", link, scope="row", role="rowheader"),
        _cell("created", date(thread["createdAt"])),
        _cell("messages", counted(thread["length"], "message"), class_="number"),
        _cell("first words", el("bdi", first), class_="said"),
        _cell("metadata", el("code", el("bdi", metadata)) if metadata else None),
        role="row",
    )


def _cell(label: str, *children: Html | str | None, class_: str | None = None) -> Html:
    return el("td", *children, data_label=label, role="cell", class_=class_)
