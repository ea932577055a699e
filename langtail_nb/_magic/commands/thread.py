"""``%langtail thread``: see, switch, fork, resume, export and delete conversations."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime

from langtail_nb._errors import ConfigurationError, NotFoundError
from langtail_nb._kernel import loop
from langtail_nb._kernel.conversation.reading_back import read_back
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.session import Session
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.commands.new_file import write_new
from langtail_nb._show.say import say, show, table
from langtail_nb._text.brief import shorten
from langtail_nb._text.near import near
from langtail_nb._types.messages import Message, calls_of, shown_text
from langtail_nb._types.tool_results import waiting_in


def thread(context: Context) -> None:
    """Carry out ``%langtail thread WORDS``.

    Raises:
        ConfigurationError: The words name no command or thread.
        LangtailError: The server refused.
    """
    words = context.words
    if not words:
        return _show_current(context.session)
    command = COMMANDS.get(words[0])
    if command is None:
        return _switch(context)
    return command(context.within())


def _show_current(session: Session) -> None:
    thread = session.conversations(session.target()).current
    if thread is None:
        return say("No thread yet: the first %%langtail cell opens one.")
    return say(f"{thread.label}: {thread.length}, id {thread.id or 'not yet known'}")


def _switch(context: Context) -> None:
    session, words = context.session, context.words
    conversations = session.conversations(session.target())
    name = _one(words, "thread NAME")
    thread = conversations.named(name)
    if thread is None:
        stored = session.store.threads(session.place, session.target().identity)
        if any(t.name == name for t in stored):
            raise ConfigurationError(f"{name!r} is stored; %langtail thread resume {name} goes on with it")
        known = [*COMMANDS, *(t.label for t in conversations.threads)]
        raise ConfigurationError(
            f"no thread {name!r} in this kernel{near(name, known)}; %%langtail --thread {name} begins one"
        )
    conversations.select(thread)
    say(f"{thread.label} is current: {thread.length}")


def _list(context: Context) -> None:
    session, words = context.session, context.words
    if words not in ([], ["--all"]):
        raise ConfigurationError(f"thread list takes --all or nothing, not {' '.join(words)!r}")
    target = session.target()
    conversations = session.conversations(target)
    here = conversations.visible(every=bool(words))
    rows = [[_mark(t, conversations.current), t.label, t.length, _first_words(t), t.id] for t in here]
    ids = {t.id for t in conversations.threads}
    stored = [t for t in session.store.threads(session.place, target.identity) if t.thread_id not in ids]
    if words:
        rows += [["", t.name, f"stored {_date(t.at)}", "", t.thread_id] for t in stored]
    if not rows:
        return say(
            "No threads yet." + (f" {len(stored)} stored: %langtail thread list --all" if stored else "")
        )
    return show(*table(["", "thread", "turns", "begins", "id"], rows))


def _resume(context: Context) -> None:
    session, words = context.session, context.words
    name = _one(words, "thread resume NAME")
    target = session.target()
    stored = session.store.threads(session.place, target.identity)
    thread_id = next((t.thread_id for t in stored if t.name == name), None)
    turns = read_back(session.client(), thread_id or name)
    if turns is None and thread_id is not None:
        raise ConfigurationError(f"the server does not hold {name!r} any more (id {thread_id})")
    if turns is None:
        raise ConfigurationError(
            f"no stored thread {name!r}{near(name, [t.name for t in stored])}, nor such an id"
        )
    thread = session.conversations(target).adopt(thread_id or name, turns, name if thread_id else None)
    say(f"{thread.label} is current again: {thread.length}")


def _history(context: Context) -> None:
    session, words = context.session, context.words
    thread = session.conversations(session.target()).require(_at_most_one(words, "thread history [NAME]"))
    numbers = [n for n, turn in enumerate(thread.turns, 1) for _ in (*turn.sent, *turn.received)]
    rows = [
        [number, message.get("role"), shorten(text, 200)]
        for number, (message, text) in zip(numbers, _told(thread.history()), strict=True)
    ]
    show(*table(["turn", "role", "text"], rows, title=thread.label))


def _fork(context: Context) -> None:
    session, words = context.session, context.words
    conversations = session.conversations(session.target())
    thread = conversations.require(None)
    number = _at_most_one(words, "thread fork [N]")
    if number is not None and not number.isdecimal():
        raise ConfigurationError(f"thread fork takes the number of a turn, not {number!r}")
    before = int(number) if number else len(thread.turns)
    branch = conversations.fork(thread, before)
    say(
        f"{branch.label} starts over before turn {before} of {thread.label}; nothing on the server is deleted"
    )


def _export(context: Context) -> None:
    session, words = context.session, context.words
    name = _one(words, "thread export FILE")
    thread = session.conversations(session.target()).require(None)
    path = write_new(name, _as_json(thread) if name.endswith(".json") else _as_text(thread))
    say(f"{thread.length} written to {path}")


def _delete(context: Context) -> None:
    session, words = context.session, context.words
    target = session.target()
    conversations = session.conversations(target)
    name = _one(words, "thread delete NAME")
    thread = conversations.named(name)
    stored = session.store.threads(session.place, target.identity) if thread is None else []
    thread_id = next((t.thread_id for t in stored if t.name == name), None)
    if thread_id is None:
        thread = conversations.require(name)
        thread_id = thread.id
    was_there = thread_id is not None and _delete_there(session, thread_id)
    if thread is not None:
        conversations.drop(thread)
    if thread_id is not None:
        session.store.forget_thread(session.place, thread_id)
    label = name if thread is None else thread.label
    say(f"{label} is deleted" + (", here and on the server" if was_there else "; the server did not hold it"))


def _delete_there(session: Session, thread_id: str) -> bool:
    """Delete a thread on the server, and return whether it was there."""
    try:
        loop.wait(session.client().threads.delete(thread_id))
    except NotFoundError:
        return False
    return True


def _one(words: list[str], usage: str) -> str:
    if len(words) != 1:
        raise ConfigurationError(f"write %langtail {usage}")
    return words[0]


def _at_most_one(words: list[str], usage: str) -> str | None:
    return _one(words, usage) if words else None


def _mark(thread: Thread, current: Thread | None) -> str:
    return "→" if thread is current else ""


def _first_words(thread: Thread) -> str:
    return shorten(shown_text(thread.turns[0].sent[-1]), 40) if thread.turns and thread.turns[0].sent else ""


def _told(messages: list[Message]) -> Iterator[tuple[Message, str]]:
    """Yield each message with its text; calls with their arguments, results with the name of their call."""
    names: dict[str, str] = {}
    for message in messages:
        names |= {call.id: call.name for call in waiting_in([message])}
        said = [shown_text(message)]
        if name := names.get(str(message.get("tool_call_id"))):
            said = [f"{name}: {said[0]}"]
        said += [f"calls {call.name} {call.arguments}" for call in calls_of(message)]
        yield message, "\n".join(text for text in said if text)


def _as_json(thread: Thread) -> str:
    record = {"name": thread.name, "id": thread.id, "messages": thread.history()}
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def _as_text(thread: Thread) -> str:
    told = _told(thread.history())
    return "\n\n".join(f"--- {message.get('role')}\n{text}" for message, text in told) + "\n"


def _date(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")


COMMANDS: dict[str, Callable[[Context], None]] = {
    "list": _list,
    "resume": _resume,
    "history": _history,
    "fork": _fork,
    "export": _export,
    "delete": _delete,
}
