"""``%langtail`` alone: what is set and what was used."""

from __future__ import annotations

from typing import Any, Final

from langtail_nb._client import key_lookup
from langtail_nb._kernel.conversation.conversations import Conversations
from langtail_nb._kernel.disk.folder import in_use
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._kernel.session import Totals
from langtail_nb._magic.commands.context import Context
from langtail_nb._show.say import show, table
from langtail_nb._text import markdown
from langtail_nb._text.brief import dollars, shorten

_WITH_A_KEY: Final = "With an API key: set LANGTAIL_API_KEY or type %langtail login, then %langtail use."


def status(context: Context) -> None:
    """Show what is set and what was used; with nothing configured, the next two steps."""
    session = context.session
    target = session.settings.current_target()
    key = key_lookup.lookup(session.base_url)
    if target is None:
        return _first_steps(has_key=key is not None)
    keyed = f"{key.ending} from {key.source}" if key else "none; %langtail login asks for one"
    rows: list[list[Any]] = [["assistant", target], ["base URL", session.base_url], ["key", keyed]]
    for name, value in session.settings.overrides(target).items():
        rows.append([name, f"{shorten(str(value), 60)} ({session.settings.source(name)})"])
    rows += [[f"variable {n}", shorten(v, 60)] for n, v in session.settings.variables_of(target).items()]
    rows.append(["thread", _thread_line(session.conversations(target))])
    rows += [["this kernel", _used(session.totals)], ["kept in", _kept_in()]]
    return show(*table(["", ""], rows))


def _thread_line(conversations: Conversations) -> str:
    thread = conversations.current
    current = f"{thread.label}, {thread.length}" if thread else "none yet"
    return f"{current}; each call apart (set)" if conversations.one_shot else current


def _kept_in() -> str:
    try:
        return str(in_use())
    except StoreError as exc:
        return f"nothing: {exc}"


def _used(totals: Totals) -> str:
    tokens = f"{totals.prompt_tokens:,} → {totals.completion_tokens:,} tokens"
    return f"{totals.calls} call{'s' * (totals.calls != 1)}, {tokens}{_spent(totals)}"


def _spent(totals: Totals) -> str:
    if not totals.priced:
        return ""
    of = "" if totals.priced == totals.calls else f" for {totals.priced} of them"
    return f", about {dollars(totals.usd)}{of}"


def _first_steps(*, has_key: bool) -> None:
    first = "%langtail use workspace/project/assistant/production" if has_key else "%langtail local"
    head = "Nothing is set up yet. Type these two next, a cell each:"
    lines = [first, "", "%%langtail", "How long does delivery take?"]
    tail = "" if has_key else _WITH_A_KEY
    plain = [head, *(f"    {line}".rstrip() for line in lines), tail]
    shown = [markdown.inline(head), markdown.code("\n".join(lines)), markdown.inline(tail)]
    show("\n".join(plain).rstrip(), "\n\n".join(shown).rstrip())
