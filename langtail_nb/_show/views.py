"""Where an answer is shown: a display that grows, one display at the end, a terminal, or nowhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from IPython.core.displaypub import CapturingDisplayPublisher

from langtail_nb._show.compose import compose, frame, in_its_place, is_missing, notes
from langtail_nb._show.console import is_console
from langtail_nb._show.live_display import LiveDisplay
from langtail_nb._text import markdown as _markdown
from langtail_nb._text.characters import encodable, visible
from langtail_nb._types.answer_blocks import Show, what_image
from langtail_nb._types.messages import calls_of, images_of, words_of
from langtail_nb._types.reply import Reply

_LIVE_VARIABLE = "LANGTAIL_NB_LIVE"
_READ_ALONG = "text"


class View(Protocol):
    """Where one answer is shown. Called in the main thread only, in this order."""

    @property
    def shows_footer(self) -> bool:
        """Whether the line below an answer is seen."""

    def waiting(self, line: str) -> None:
        """Show how long an answer has been waited for; again whenever that changes."""

    def retrying(self, line: str) -> None:
        """Show, once for each, that another attempt is being waited for."""

    def grow(self, reply: Reply) -> int:
        """Show what has arrived so far, and return the bytes it took; 0 where nothing is shown yet."""

    def finish(self, reply: Reply, footer: Sequence[str], *, elapsed_s: float | None) -> None:
        """Show the reply as it stays: complete, partial or failed."""


class Quiet:
    """Shows nothing; an error is shown by whoever raised it."""

    shows_footer = False

    def waiting(self, line: str) -> None:
        """Show nothing."""

    def retrying(self, line: str) -> None:
        """Show nothing."""

    def grow(self, reply: Reply) -> int:
        """Show nothing."""
        return 0

    def finish(self, reply: Reply, footer: Sequence[str], *, elapsed_s: float | None) -> None:
        """Show nothing."""


class Headless(Quiet):
    """One ``display_data`` at the end, for front ends that keep every output or ignore updates.

    Strict nbval fails on any update of a display, since it compares the first state only.
    """

    def __init__(self, shell: Any, show: Show = "markdown", *, json_due: bool = False) -> None:
        self._shell, self._show, self._json_due = shell, show, json_due
        self.shows_footer = show != "text"

    def finish(self, reply: Reply, footer: Sequence[str], *, elapsed_s: float | None) -> None:
        """Show the reply."""
        plain, markdown = compose(reply, footer, self._show, elapsed_s=elapsed_s, json_due=self._json_due)
        self._shell.display_pub.publish(_bundle(plain, markdown))


class Watched:
    """A display that grows while somebody looks. Its live frames hold one MIME type, its last state both."""

    def __init__(self, shell: Any, show: Show = "markdown", *, json_due: bool = False) -> None:
        self._display, self._show, self._json_due = LiveDisplay(shell), show, json_due
        self.shows_footer = show != "text"

    def waiting(self, line: str) -> None:
        """Show the line in place of the answer."""
        text = line if self._show == "text" else f"*{_markdown.inline(line)}*"
        self._display.show({self._mime: text})

    def retrying(self, line: str) -> None:
        """Show the line in place of the answer."""
        self.waiting(line)

    def grow(self, reply: Reply) -> int:
        """Show what has arrived so far."""
        text = reply.text if self._show == "text" else frame(reply, self._show)
        if text:
            self._display.show({self._mime: text})
        return len(text.encode())

    def finish(self, reply: Reply, footer: Sequence[str], *, elapsed_s: float | None) -> None:
        """Show the reply as it stays in the notebook."""
        plain, markdown = compose(reply, footer, self._show, elapsed_s=elapsed_s, json_due=self._json_due)
        self._display.show(_bundle(plain, markdown))

    @property
    def _mime(self) -> str:
        return "text/plain" if self._show == "text" else "text/markdown"


class ReadAlong(Watched):
    """The same for a program that reads along: the model's text alone, and what stands below as metadata."""

    def __init__(self, shell: Any, show: Show = "markdown", *, json_due: bool = False) -> None:
        super().__init__(shell, show, json_due=json_due)
        self.shows_footer = True

    def waiting(self, line: str) -> None:
        """Show nothing."""

    def grow(self, reply: Reply) -> int:
        """Show what has arrived so far, marked as what still grows."""
        if reply.text:
            self._display.show({"text/plain": reply.text}, {"growing": True})
        return len(reply.text.encode())

    def finish(self, reply: Reply, footer: Sequence[str], *, elapsed_s: float | None) -> None:
        """Show the reply as it stays, with its notes and its footer beside it, a line each."""
        plain, _ = compose(reply, footer, self._show, elapsed_s=elapsed_s)
        said = notes(reply, self._show, elapsed_s=elapsed_s, json_due=self._json_due)
        self._display.show(
            {"text/plain": plain}, {"below": [*said, *([" · ".join(footer)] if footer else [])]}
        )


def _bundle(plain: str, markdown: str) -> dict[str, str]:
    return {"text/plain": plain, **({"text/markdown": markdown} if markdown else {})}


class Terminal:
    """Plain pieces on stdout as they come, then notes and footer on lines of their own."""

    shows_footer = True

    def __init__(self, *, json_due: bool = False) -> None:
        self._written, self._json_due = "", json_due

    def waiting(self, line: str) -> None:
        """Write nothing: the seconds would fill the screen."""

    def retrying(self, line: str) -> None:
        """Write one line."""
        self._write(f"[{line}]\n")

    def grow(self, reply: Reply) -> int:
        """Write what is new since the last time."""
        self._advance(_transcript(reply, whole=False))
        return 0

    def finish(self, reply: Reply, footer: Sequence[str], *, elapsed_s: float | None) -> None:
        """Write the rest, what must be said about it, and the footer."""
        said = [f"[{note}]" for note in notes(reply, elapsed_s=elapsed_s, json_due=self._json_due)]
        if is_missing(reply):
            lines = [f"[{in_its_place(reply, elapsed_s)[0]}]", *said, *footer]
            self._write("".join(f"{line}\n" for line in lines))
            return
        self._advance(_transcript(reply, whole=True))
        tail = [*said, *([" · ".join(footer)] if footer else [])]
        fresh = not self._written or self._written.endswith("\n")
        self._write(("" if fresh else "\n") + "".join(f"{line}\n" for line in tail))

    def _advance(self, text: str) -> None:
        # An answer only grows, unless what came last turned out to be the first half of something else.
        new = text[len(self._written) :] if text.startswith(self._written) else f"\n{text}"
        self._written = text
        if new:
            self._write(new)

    def _write(self, text: str) -> None:
        sys.stdout.write(encodable(visible(text), getattr(sys.stdout, "encoding", None)))
        sys.stdout.flush()


def _transcript(reply: Reply, *, whole: bool) -> str:
    """Return texts, tool calls and results in order; without ``whole`` no call that may still grow."""
    parts: list[str] = []
    for position, message in enumerate(reply.messages, start=1):
        text = words_of(message, is_over=not reply.partial)
        if message.get("role") == "tool":
            parts.append(f"[result] {text}")
            continue
        if text:
            parts.append(text)
        parts += [f"[{what_image(url)}]" for url in images_of(message)]
        if whole or position < len(reply.messages):
            parts += [f"[tool call] {call.name} {call.arguments}" for call in calls_of(message)]
    return "\n\n".join(parts)


def view_for(shell: Any, *, quiet: bool = False, show: Show = "markdown", json_due: bool = False) -> View:
    """Return where the answer to the cell that runs now is shown.

    Args:
        shell: The IPython shell, or None outside IPython.
        quiet: Whether to show nothing but errors.
        show: How the text is shown; a terminal shows it as it is.
        json_due: Whether the cell fails where the answer is no JSON; its error alone says why.

    Returns:
        A display that grows, where somebody may be looking: the request carries a cell id or allows input
        (JupyterLab, Notebook 7, VS Code do; nbclient, papermill and nbval do not). ``LANGTAIL_NB_LIVE=1`` or
        ``0`` decides, else a ``CI`` variable means nobody looks. Else one display at the end. With
        ``LANGTAIL_NB_LIVE=text`` a program looks, which tells the text on a terminal. ``jupyter console`` is
        a terminal.
    """
    if quiet:
        return Quiet()
    if getattr(shell, "kernel", None) is None:
        return Terminal(json_due=json_due)
    # Inside %%capture every update would become an output of its own.
    captured = isinstance(shell.display_pub, CapturingDisplayPublisher)
    if captured or not is_watched(shell.get_parent(), os.environ):
        return Headless(shell, show, json_due=json_due)
    said = os.environ.get(_LIVE_VARIABLE)
    if not said and not has_cell(shell.get_parent()) and is_console():
        return Terminal()
    if said == _READ_ALONG:
        return ReadAlong(shell, show, json_due=json_due)
    return Watched(shell, show, json_due=json_due)


def is_watched(parent: Mapping[str, Any], environ: Mapping[str, str]) -> bool:
    """Return whether somebody may be looking while a cell runs.

    Args:
        parent: The request of the cell, as the kernel keeps it.
    """
    said = environ.get(_LIVE_VARIABLE, "")
    if said in ("0", "1", _READ_ALONG):
        return said != "0"
    if environ.get("CI"):
        return False
    return has_cell(parent) or bool(parent.get("content", {}).get("allow_stdin"))


def has_cell(parent: Mapping[str, Any]) -> bool:
    """Return whether a request comes from a cell with an id, as notebooks have them."""
    return bool(parent.get("metadata", {}).get("cellId"))
