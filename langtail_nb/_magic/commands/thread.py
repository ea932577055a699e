"""``%langtail thread``: see, switch, fork, resume, export and delete conversations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import PurePath
from typing import Final

from langtail_nb._errors import (
    APIConnectionError,
    ConfigurationError,
    InternalServerError,
    Interrupted,
    NotFoundError,
    StreamError,
    reworded,
)
from langtail_nb._kernel import loop
from langtail_nb._kernel.conversation.names import check_new, number_in
from langtail_nb._kernel.conversation.reading_back import read_back
from langtail_nb._kernel.conversation.recalling import not_recalled, recall
from langtail_nb._kernel.disk.stored import StoredThread
from langtail_nb._kernel.runs import asked_of
from langtail_nb._kernel.session import Session
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.commands.help import help_
from langtail_nb._magic.commands.new_file import write_new
from langtail_nb._magic.commands.thread_text import as_json, as_text, rows
from langtail_nb._magic.commands.thread_tree import QUESTION, tree
from langtail_nb._show.say import say, show, table
from langtail_nb._text.brief import shorten
from langtail_nb._text.markdown import inline
from langtail_nb._text.near import near

_BRIEF: Final = 200
_FORMATS: Final = {".json": as_json, ".md": as_text, ".txt": as_text, "": as_text}
_MAY_BE_DELETED: Final = "the server may have deleted the thread all the same"


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
    name = _one([" ".join(words)] if words[0] == "thread" else words, "thread NAME")
    thread = conversations.named(name)
    if thread is None and name == "help":
        return help_(replace(context, name="help", rest=context.name))
    if thread is None:
        stored = session.store.threads(session.place, session.target().identity)
        if any(t.name == name for t in stored):
            raise ConfigurationError(f"{name!r} is stored; %langtail thread resume {name} goes on with it")
        raise ConfigurationError(_unknown(name, [t.label for t in conversations.threads]))
    conversations.select(thread)
    conversations.bind()
    return say(f"{thread.label} is current: {thread.length}")


def _unknown(name: str, labels: Sequence[str]) -> str:
    hint = near(name, [*COMMANDS, *labels])
    is_name = number_in(name) is None and not name.startswith("-")
    begins = f"; %%langtail --thread {name} begins one" if is_name else ""
    return f"no thread {name!r} in this kernel{hint}{begins}; %langtail help thread lists the commands"


def _list(context: Context) -> None:
    session, words = context.session, context.words
    if words not in ([], ["--all"]):
        raise ConfigurationError(f"thread list takes --all or nothing, not {' '.join(words)!r}")
    target = session.target()
    conversations = session.conversations(target)
    found = tree(conversations)
    ids = {t.id for t in conversations.threads}
    stored = [t for t in session.store.threads(session.place, target.identity) if t.thread_id not in ids]
    if words:
        found += [["", t.name, f"stored {_date(t.at)}", _last(session, t), t.thread_id] for t in stored]
    hidden = len(stored) if not words else 0
    more = f"{hidden} more of earlier kernels: %langtail thread list --all" if hidden else ""
    if not found:
        return say(f"No threads yet. {more}".rstrip())
    plain, markdown = table(["", "thread", "turns", "last question", "id"], found)
    return show(f"{plain}\n{more}".rstrip(), f"{markdown}\n\n{inline(more)}".rstrip())


def _last(session: Session, thread: StoredThread) -> str:
    """Return what was asked last on a stored thread, as far as its calls are kept."""
    kept = session.store.newest_on(thread.thread_id)
    asked = asked_of(kept) if kept is not None else None
    return shorten(asked.text, QUESTION) if asked is not None else ""


def _resume(context: Context) -> None:
    session, words = context.session, context.words
    name = _one(words, "thread resume NAME")
    target = session.target()
    conversations = session.conversations(target)
    stored = session.store.threads(session.place, target.identity)
    thread_id = _stored_id(stored, name, [t.id for t in conversations.threads])
    known, of = session.thread_with_id(thread_id or name)
    messages = read_back(session.client(), _there(session, thread_id or name))
    if messages is None and thread_id is not None:
        raise ConfigurationError(f"the server does not hold {name!r} any more (id {thread_id})")
    if messages is None:
        raise ConfigurationError(
            f"no stored thread {name!r}{near(name, [t.name for t in stored])}, nor such an id; "
            "%langtail thread list --all lists them"
        )
    thread = conversations.adopt(thread_id or name, messages, name if thread_id else None, known=known, of=of)
    conversations.bind()
    unknown = [] if recall(session, thread) else not_recalled(session, target)
    say("; ".join([f"{thread.label} is current again: {thread.length}", *unknown]))


def _stored_id(stored: Sequence[StoredThread], name: str, here: Sequence[str | None]) -> str | None:
    """Return the newest id of a name that an earlier kernel left, else this kernel's own."""
    ids = [t.thread_id for t in stored if t.name == name]
    return next((one for one in ids if one not in here), ids[0] if ids else None)


def _rename(context: Context) -> None:
    session = context.session
    conversations = session.conversations(session.target())
    name = check_new(_one(context.words, "thread rename NAME"))
    thread = conversations.require(None)
    if conversations.named(name) not in (None, thread):
        raise ConfigurationError(f"there is a thread {name!r} already; %langtail thread {name} goes to it")
    before, thread.name = thread.label, name
    if thread.id is not None:
        session.store.name_thread(session.place, session.target().identity, name, thread.id)
    say(f"{before} is called {name} now")


def _history(context: Context) -> None:
    session = context.session
    words = [word for word in context.words if word != "--full"]
    thread = session.conversations(session.target()).require(_at_most_one(words, "thread history [NAME]"))
    limit = None if "--full" in context.words else _BRIEF
    show(*table(["turn", "role", "text"], list(rows(thread, limit)), title=thread.label))


def _fork(context: Context) -> None:
    session, words = context.session, context.words
    conversations = session.conversations(session.target())
    thread = conversations.require(None)
    number = _at_most_one(words, "thread fork [N]")
    if number is not None and not number.isdecimal():
        raise ConfigurationError(f"thread fork takes the number of a turn, not {number!r}")
    before = int(number) if number else len(thread.turns)
    branch = conversations.fork(thread, before)
    conversations.bind()
    say(
        f"{branch.label} starts over before turn {before} of {thread.label}; nothing on the server is deleted"
    )


def _export(context: Context) -> None:
    session, words = context.session, context.words
    name = _one(words, "thread export FILE")
    thread = session.conversations(session.target()).require(None)
    ending = PurePath(name).suffix.lower()
    if ending not in _FORMATS:
        raise ConfigurationError(f"thread export writes .md, .txt or .json, not {ending}")
    path = write_new(name, _FORMATS[ending](thread))
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
    session.drop_thread(conversations, thread, thread_id)
    if thread_id is not None:
        session.store.forget_thread(session.place, thread_id)
    label = name if thread is None else thread.label
    say(f"{label} is deleted" + (", here and on the server" if was_there else "; the server did not hold it"))


def _delete_there(session: Session, thread_id: str) -> bool:
    """Delete a thread on the server, and return whether it was there."""
    try:
        loop.wait(session.client().threads.delete(_there(session, thread_id)))
    except NotFoundError:
        return False
    except Interrupted as exc:
        raise Interrupted(f"{exc}; {_MAY_BE_DELETED}") from exc
    except APIConnectionError as exc:
        raise reworded(exc, f"{exc}; {_MAY_BE_DELETED}") if exc.sent else exc
    except (InternalServerError, StreamError) as exc:
        raise reworded(exc, f"{exc}; {_MAY_BE_DELETED}") from exc
    return True


def _there(session: Session, thread_id: str) -> str:
    """Return what the server calls a thread; one that it does not have is asked for as it is called here."""
    return session.replay.on_server(thread_id) or thread_id


def _one(words: list[str], usage: str) -> str:
    if len(words) != 1:
        raise ConfigurationError(f"write %langtail {usage}")
    return words[0]


def _at_most_one(words: list[str], usage: str) -> str | None:
    return _one(words, usage) if words else None


def _date(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")


COMMANDS: dict[str, Callable[[Context], None]] = {
    "list": _list,
    "resume": _resume,
    "rename": _rename,
    "history": _history,
    "fork": _fork,
    "export": _export,
    "delete": _delete,
}
