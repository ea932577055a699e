"""The messages of an answer in, blocks of Markdown out that are safe to show, one below the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from langtail_nb._text import markdown
from langtail_nb._text.json_text import indented, is_json, on_one_line
from langtail_nb._types.completion.tool_call import ToolCall
from langtail_nb._types.messages import Message, images_of, others_in, words_of
from langtail_nb._types.tool_results import handles, waiting_in

Show = Literal["markdown", "text", "json"]

# What fits on one line of a narrow notebook; a call is read past, not studied.
_SHORT = 72


def blocks_of(
    messages: Sequence[Message],
    reasoning: str = "",
    show: Show = "markdown",
    *,
    closed: bool = True,
    is_over: bool = True,
) -> Iterator[str]:
    """Yield what an answer holds, in order: reasoning, texts, what stands for images, calls and results.

    Args:
        show: How texts are shown.
        closed: Whether the answer has ended.
        is_over: Whether it is whole, too, so that a thought which is still open was text after all.
    """
    if reasoning:
        yield markdown.fold("Reasoning", reasoning)
    for message in messages:
        text = words_of(message, is_over=is_over)
        if message.get("role") == "tool":
            yield _labelled("Result", text)
            continue
        if text:
            yield _body(text, show, closed=closed)
        yield from (markdown.to_markdown(what_image(url)) for url in images_of(message))
        yield from map(markdown.inline, others_in(message))
        yield from calls_shown(waiting_in([message]))


def what_image(url: str) -> str:
    """Return what stands for an image: none is fetched, as that would tell its server who reads this."""
    if not url.startswith("data:"):
        return f"Image: {url}"
    kind, _, data = url.removeprefix("data:").partition(",")
    size_kb = len(data) * 3 / 4 / 1000
    return f"Image ({kind.partition(';')[0] or 'data'}, {size_kb:,.0f} kB), in reply.message"


def calls_shown(calls: Sequence[ToolCall]) -> Iterator[str]:
    """Yield a block for each call: its name and what it is called with."""
    for call, handle in zip(calls, handles(calls), strict=True):
        yield _labelled(_label(call.name, handle), call.arguments)


def joined(blocks: Iterable[str]) -> str:
    """Return blocks as one text; empty ones leave no trace."""
    return "\n\n".join(block.strip("\n") for block in blocks if block.strip())


def note(text: str) -> str:
    """Return a sentence about an answer as one small line; what stands between backticks in it is code.

    Not a quote: models write those.
    """
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return f"<small>{markdown.inline(text)}</small>"
    shown = "".join(
        markdown.span(piece) if place % 2 else _inside(piece) for place, piece in enumerate(pieces)
    )
    return f"<small>{shown}</small>"


def _inside(piece: str) -> str:
    return f"{' ' * piece[:1].isspace()}{markdown.inline(piece)}{' ' * piece[-1:].isspace()}"


def _body(text: str, show: Show, *, closed: bool) -> str:
    match show:
        case "markdown":
            return markdown.to_markdown(text, closed=closed)
        case "text":
            return markdown.code(text)
        case "json":
            # Models like to put JSON in a fence, which is shown well as it is.
            return markdown.to_markdown(text) if text.lstrip().startswith("```") else _code(text)


def _label(name: str, handle: str) -> str:
    """Return the head of a call, with its id where that is how its result is given."""
    other = f" {markdown.span(handle)}" if handle != name else ""
    return f"Tool call **{markdown.inline(name or 'no name')}**{other}"


def _labelled(label: str, text: str) -> str:
    """Return code behind its label where it is short, else as a block below."""
    flat = on_one_line(text) if is_json(text) else text.strip()
    if len(flat) > _SHORT or "\n" in flat:
        return f"{label}\n\n{_code(text)}"
    return f"{label} {markdown.span(flat)}" if flat else label


def _code(text: str) -> str:
    return markdown.code(indented(text), "json") if is_json(text) else markdown.code(text)
