"""A reply in, the two texts of its output out: the model's own words, and Markdown that is safe to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from langtail_nb._errors import Interrupted, LangtailError
from langtail_nb._text import markdown
from langtail_nb._text.brief import seconds
from langtail_nb._text.json_text import indented, is_json, on_one_line
from langtail_nb._types.messages import images_of, words_of
from langtail_nb._types.reply import Reply
from langtail_nb._types.tool_results import handles, waiting_in, what_to_do

Show = Literal["markdown", "text", "json"]

# What fits on one line of a narrow notebook; a call is read past, not studied.
_SHORT = 72


def compose(
    reply: Reply, footer: Sequence[str] = (), show: Show = "markdown", *, elapsed_s: float | None = None
) -> tuple[str, str]:
    """Return a finished reply as ``text/plain`` and as ``text/markdown``.

    Args:
        footer: Items of the quiet line below the text.
        elapsed_s: Seconds the caller waited in all, for what is said about an answer that did not end well.

    Returns:
        The model's text, exactly; and Markdown with reasoning, tool rounds, notes and footer around it, empty
        for ``show="text"`` unless a note must be told. Where nothing arrived both are one line that says so.
    """
    if is_empty(reply) and reply.error is not None:
        line = no_answer(elapsed_s)
        return line, "" if show == "text" else _joined([markdown.inline(line), markdown.footer([*footer])])
    said = notes(reply, show, elapsed_s=elapsed_s)
    if show == "text" and not said:
        return reply.text, ""
    blocks = _blocks(reply, show, closed=True)
    return reply.text, _joined([*blocks, *map(_note, said), markdown.footer([*footer])])


def frame(reply: Reply, show: Show = "markdown") -> str:
    """Return the Markdown of an answer that still grows."""
    return _joined([*_blocks(reply, show, closed=False)])


def is_empty(reply: Reply) -> bool:
    """Return whether nothing of an answer has arrived: no text, no tool call, no reasoning, no image."""
    has_images = any(map(images_of, reply.messages))
    return not (reply.text or reply.tool_calls or reply.reasoning or has_images or len(reply.messages) > 1)


def no_answer(elapsed_s: float | None) -> str:
    """Return the one line that stands where an answer would."""
    return "no answer" if elapsed_s is None else f"no answer after {seconds(elapsed_s)}"


def notes(
    reply: Reply, show: Show = "markdown", *, elapsed_s: float | None = None, is_trial: bool = False
) -> list[str]:
    """Return what must be said about an answer in plain words, each with the remedy where there is one.

    Args:
        is_trial: Whether it belongs to no conversation, so that nothing can be sent after it.
    """
    found = [*_about_the_end(reply, elapsed_s, is_trial=is_trial), *reply.warnings]
    if show == "json" and reply.error is None and reply.text:
        found += _about_json(reply)
    return found


def _about_json(reply: Reply) -> list[str]:
    try:
        reply.json()
    except LangtailError as exc:
        return [f"{exc}; shown as it came"]
    return []


def _about_the_end(reply: Reply, elapsed_s: float | None, *, is_trial: bool) -> Iterator[str]:
    after = "" if elapsed_s is None else f" after {seconds(elapsed_s)}"
    if isinstance(reply.error, Interrupted):
        yield f"stopped by you{after}"
    elif isinstance(reply.error, LangtailError):
        if not is_trial:  # its error says so, and stands elsewhere
            yield f"the answer broke off here{after}"
    elif reply.finish_reason == "length":
        limit = reply.request.parameters.get("max_tokens")
        remedy = "raise it for more" if is_trial else "raise it with --max-tokens"
        yield f"cut at max_tokens{'' if limit is None else f' {limit}'}; {remedy}"
    elif reply.finish_reason == "content_filter":
        yield "stopped by the provider's content filter; wording the message differently may help"
    elif reply.finish_reason in ("other", "unknown") and reply.error is None:
        yield f"the server ended it with {reply.raw_finish_reason!r}, so it may not be whole"
    elif any(message.get("refusal") for message in reply.messages):
        yield "the model refused to answer"
    elif reply.tool_calls and reply.error is None:
        names = " and ".join(dict.fromkeys(call.name for call in reply.tool_calls))
        yield f"wants {names}" if is_trial else what_to_do(reply.tool_calls)
    elif is_empty(reply):
        yield "the model ended its answer without any text"


def _note(note: str) -> str:
    """Return a note as a quote; what stands between backticks in it is code."""
    pieces = note.split("`")
    if len(pieces) % 2 == 0:
        return f"> {markdown.inline(note)}"
    return "> " + "".join(
        markdown.span(piece) if place % 2 else _inside(piece) for place, piece in enumerate(pieces)
    )


def _inside(piece: str) -> str:
    return f"{' ' * piece[:1].isspace()}{markdown.inline(piece)}{' ' * piece[-1:].isspace()}"


def _blocks(reply: Reply, show: Show, *, closed: bool) -> Iterator[str]:
    if reply.reasoning:
        yield markdown.fold("Reasoning", reply.reasoning)
    for message in reply.messages:
        text = words_of(message, is_over=not reply.partial)
        if message.get("role") == "tool":
            yield _labelled("Result", text)
            continue
        if text:
            yield _body(text, show, closed=closed)
        for url in images_of(message):
            yield markdown.to_markdown(what_image(url))
        calls = waiting_in([message])
        for call, handle in zip(calls, handles(calls), strict=True):
            yield _labelled(_label(call.name, handle), call.arguments)


def _body(text: str, show: Show, *, closed: bool) -> str:
    match show:
        case "markdown":
            return markdown.to_markdown(text, closed=closed)
        case "text":
            return markdown.code(text)
        case "json":
            # Models like to put JSON in a fence, which is shown well as it is.
            return markdown.to_markdown(text) if text.lstrip().startswith("```") else _code(text)


def what_image(url: str) -> str:
    """Return what stands for an image: none is fetched, as that would tell its server who reads this."""
    if not url.startswith("data:"):
        return f"Image: {url}"
    kind, _, data = url.removeprefix("data:").partition(",")
    size_kb = len(data) * 3 / 4 / 1000
    return f"Image ({kind.partition(';')[0] or 'data'}, {size_kb:,.0f} kB), in reply.message"


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


def _joined(blocks: Sequence[str]) -> str:
    return "\n\n".join(block.strip("\n") for block in blocks if block.strip())
