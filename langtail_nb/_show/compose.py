"""A reply in, the two texts of its output out: the model's own words, and Markdown that is safe to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from langtail_nb._errors import Interrupted, LangtailError, ReplayError
from langtail_nb._show.missed import missed
from langtail_nb._show.window import window
from langtail_nb._text import markdown
from langtail_nb._text.brief import seconds
from langtail_nb._types.answer_blocks import Show, blocks_of, joined, note
from langtail_nb._types.messages import images_of, others_in
from langtail_nb._types.reply import Reply, ending
from langtail_nb._types.tool_results import what_to_do


def compose(
    reply: Reply,
    footer: Sequence[str] = (),
    show: Show = "markdown",
    *,
    elapsed_s: float | None = None,
    json_due: bool = False,
) -> tuple[str, str]:
    """Return a finished reply as ``text/plain`` and as ``text/markdown``.

    Args:
        footer: Items of the quiet line below the text.
        elapsed_s: Seconds the caller waited in all, for what is said about an answer that did not end well.
        json_due: See :func:`notes`.

    Returns:
        The model's text, exactly; and Markdown with reasoning, tool rounds, notes and footer around it, empty
        for ``show="text"`` unless a note must be told. Where nothing arrived both are one line that says so.
    """
    said = notes(reply, show, elapsed_s=elapsed_s, json_due=json_due)
    if is_missing(reply):
        line, shown = in_its_place(reply, elapsed_s)
        told = [shown, *map(note, said), markdown.footer([*footer])]
        return line, "" if show == "text" and not said else joined(told)
    if show == "text" and not said:
        return reply.text, ""
    blocks = blocks_of(reply.messages, reply.reasoning, show, is_over=not reply.partial)
    return reply.text, joined([*blocks, *map(note, said), markdown.footer([*footer])])


def frame(reply: Reply, show: Show = "markdown") -> str:
    """Return the Markdown of an answer that still grows; of a very long one its end."""
    if (shown := window(reply.text)).above:
        told = markdown.footer([f"{shown.above:,} characters stand above; all of them are shown at the end"])
        is_data = show == "json" or reply.text.lstrip()[:1] in ("{", "[")
        shape = markdown.code if is_data else partial(markdown.to_markdown, closed=False)
        return joined([told, shape(shown.text)])
    return joined(blocks_of(reply.messages, reply.reasoning, show, closed=False, is_over=not reply.partial))


def is_empty(reply: Reply) -> bool:
    """Return whether nothing of an answer has arrived: no text, image, tool call or reasoning."""
    has_words = reply.text or reply.tool_calls or reply.reasoning
    has_more = any(images_of(message) or others_in(message) for message in reply.messages)
    return not (has_words or has_more or len(reply.messages) > 1)


def is_missing(reply: Reply) -> bool:
    """Return whether the call failed before anything of an answer had arrived."""
    return is_empty(reply) and reply.error is not None


def no_answer(elapsed_s: float | None) -> str:
    """Return the one line that stands where an answer would."""
    return "no answer" if elapsed_s is None else f"no answer after {seconds(elapsed_s)}"


def in_its_place(reply: Reply, elapsed_s: float | None) -> tuple[str, str]:
    """Return what stands where an answer would, plain and as Markdown: that none came, or what was missed."""
    if isinstance(reply.error, ReplayError) and (texts := missed(reply.error)) is not None:
        return texts
    line = no_answer(elapsed_s)
    return line, markdown.inline(line)


def notes(
    reply: Reply,
    show: Show = "markdown",
    *,
    elapsed_s: float | None = None,
    is_trial: bool = False,
    json_due: bool = False,
) -> list[str]:
    """Return what must be said about an answer in plain words, each with the remedy where there is one.

    Where none came, its error says why, and what is worth telling beside that is still told.

    Args:
        is_trial: Whether it belongs to no conversation, so that nothing can be sent after it.
        json_due: Whether the caller fails where it is no JSON: that error says why, and so nothing else does.
    """
    if json_due and reply.error is None and reply.text and _about_json(reply):
        return list(reply.warnings)
    end = () if is_missing(reply) else tuple(_about_the_end(reply, elapsed_s, is_trial=is_trial))
    found = [*end, *reply.warnings]
    if show == "json" and reply.error is None and reply.text and not end:
        found += _about_json(reply)
    return found


def _about_json(reply: Reply) -> list[str]:
    try:
        reply.json()
    except LangtailError as exc:
        return [f"{exc}; shown as it came"]
    return []


def _about_the_end(reply: Reply, elapsed_s: float | None, *, is_trial: bool) -> Iterator[str]:
    told = ending(reply)
    if reply.error is not None:
        # What a trial broke off with says so itself, and stands elsewhere.
        if isinstance(reply.error, Interrupted) or not is_trial:
            yield f"{told}{'' if elapsed_s is None else f' after {seconds(elapsed_s)}'}"
    elif reply.finish_reason == "length":
        yield f"{told}; {'raise it for more' if is_trial else 'raise it with --max-tokens'}"
    elif reply.finish_reason == "content_filter":
        yield f"{told}; wording the message differently may help"
    elif told:
        yield told
    elif reply.tool_calls:
        names = " and ".join(dict.fromkeys(call.name for call in reply.tool_calls))
        yield f"wants {names}" if is_trial else what_to_do(reply.tool_calls)
    elif is_empty(reply):
        yield "the model ended its answer without any text"
