"""What is told of a save: the file, what it changes, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from langtail_nb._kernel.saving.save import Save
from langtail_nb._kernel.session import Session
from langtail_nb._line import copies
from langtail_nb._text import markdown
from langtail_nb._types.request import Request

if TYPE_CHECKING:
    from langtail_nb._client.client import Client


def told(save: Save, is_written: bool, notes: Sequence[str]) -> tuple[str, str]:
    """Return what became of a save as plain text and as safe Markdown."""
    head = f"{'Saved' if is_written else 'Nothing to save in'} {save.shown}"
    plain, shown = save.difference().texts()
    lines = [markdown.inline(head), shown, *map(_linked, notes)]
    return "\n".join([head, plain, *notes]), "\n\n".join(lines)


def link(session: Session, client: Client, save: Save, request: Request) -> list[str]:
    """Return where to deploy by hand what no folder of this kernel holds; waits for the server."""
    if save.folder is not None or session.has_stand_in:
        return []
    address = copies.playground_link(session.deployed.wait(client, save.target), request)
    return [f"to deploy it, open it in Langtail's playground: {address}"]


def _linked(note: str) -> str:
    text, mark, link = note.partition("https://")
    return f"{markdown.inline(text)}[playground]({mark}{link})" if mark else markdown.inline(note)
