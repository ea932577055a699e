"""``%langtail`` alone: what is set and what was used."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from langtail_nb._client import key_lookup
from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel import project_settings, sourced
from langtail_nb._kernel.conversation.conversations import Conversations
from langtail_nb._kernel.disk.folder import FOLDER, in_use
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._kernel.prompt_tokens import prompt_tokens
from langtail_nb._kernel.session import Session
from langtail_nb._kernel.sourced import Sourced
from langtail_nb._kernel.totals import Totals
from langtail_nb._magic.commands.context import Context
from langtail_nb._show.say import show, table
from langtail_nb._text import markdown
from langtail_nb._text.brief import dollars, shorten
from langtail_nb._types.target import Target

if TYPE_CHECKING:
    from langtail_nb._client.api_key import ApiKey

_WITH_A_KEY: Final = "With an API key: set LANGTAIL_API_KEY or type %langtail login, then %langtail use."


def status(context: Context) -> None:
    """Show what is set and what was used; with nothing configured, the next two steps."""
    session = context.session
    target = sourced.target(session.settings.target)
    key = key_lookup.lookup(session.base_url)
    notes = project_settings.current().notes
    if target.value is None:
        return _first_steps(notes, has_key=key is not None and not session.replay.is_on)
    return _show(session, target, notes, key)


def _show(session: Session, standing: Sourced[Any], notes: Sequence[str], key: ApiKey | None) -> None:
    settings, target = session.settings, standing.value
    rows: list[list[Any]] = [["assistant", _from(standing)], *_where(session, key)]
    rerun = sourced.rerun(settings.chosen_rerun())
    rows += [["rerun", _from(rerun)]] if rerun.source != sourced.DEFAULT else []
    for name, value in settings.overrides(target).items():
        rows.append([name, f"{shorten(str(value), 60)} ({settings.source(name)})"])
    rows += [[f"variable {n}", shorten(v, 60)] for n, v in settings.variables_of(target).items()]
    rows += _prompt(session, target)
    rows.append(["thread", _thread_line(session.conversations(target))])
    kept_in = FOLDER if session.replay.is_on else _kept_in()
    rows += [["this kernel", _used(session.totals)], ["kept in", kept_in]]
    rows += [["budget", told] for told in session.spending.told()]
    rows += [["note", note] for note in notes]
    return show(*table(["", ""], rows))


def _where(session: Session, key: ApiKey | None) -> list[list[Any]]:
    if session.replay.is_on:
        # What is shown is the same on every machine.
        return [["base URL", "replay"], ["key", "replay"]]
    keyed = f"{key.ending} from {key.source}" if key else "none; %langtail login asks for one"
    return [["base URL", _from(_address(session))], ["key", keyed]]


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


def _prompt(session: Session, target: Target) -> list[list[Any]]:
    """Return the row that tells the tokens of the prompt, where the engine can count them."""
    with suppress(ConfigurationError):
        count = prompt_tokens(session, session.settings.request(target=target))
        if count is not None:
            return [["prompt", f"{count:,} token{'s' * (count != 1)}, and those of the message"]]
    return []


def _address(session: Session) -> Sourced[str]:
    found, own = sourced.base_url(session.settings.base_url), session.own_server
    is_ours = own is not None and own.server.url == found.value
    return found._replace(source="%langtail local") if is_ours else found


def _from(given: Sourced[Any]) -> str:
    return f"{given.value} ({given.source})"


def _first_steps(notes: Sequence[str], *, has_key: bool) -> None:
    first = "%langtail use workspace/project/assistant/production" if has_key else "%langtail local"
    head = "Nothing is set up yet. Type these two next, a cell each:"
    lines = [first, "", "%%langtail", "How long does delivery take?"]
    tail = [*([] if has_key else [_WITH_A_KEY]), *notes]
    plain = [head, *(f"    {line}".rstrip() for line in lines), *tail]
    shown = [markdown.inline(head), markdown.code("\n".join(lines)), *map(markdown.inline, tail)]
    show("\n".join(plain), "\n\n".join(shown))
