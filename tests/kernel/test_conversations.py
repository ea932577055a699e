"""Which conversation a cell belongs to: forks, names, histories."""

import signal
import threading

import pytest

from langtail_nb._errors import ConfigurationError, Interrupted
from langtail_nb._kernel.conversation.conversations import Conversations
from langtail_nb._kernel.conversation.in_turn import in_turn
from langtail_nb._kernel.conversation.reading_back import turns_from
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.execution import Execution
from langtail_nb._types.messages import shown_text


def say(text):
    return {"role": "user", "content": text}


def answer(text):
    return {"role": "assistant", "content": text}


def turn(cell, run, text="Hi"):
    return Turn(Execution(cell, run), [say(text)], [answer(f"re: {text}")])


@pytest.fixture
def conversations():
    conversations = Conversations()
    thread = conversations.new()
    thread.id = "t-1"
    thread.turns += [turn("a", "r1", "one"), turn("b", "r2", "two")]
    return conversations


def test_a_rerun_of_a_cell_finds_the_turn_it_made(conversations):
    assert conversations.current.turn_of(Execution("b", "r9")) == 2


def test_calls_within_one_execution_never_find_each_other(conversations):
    assert conversations.current.turn_of(Execution("b", "r2")) is None


def test_without_a_cell_id_nothing_is_a_rerun(conversations):
    assert conversations.current.turn_of(Execution(None, "r9")) is None


def test_a_fork_replays_what_went_before_and_leaves_the_old_thread(conversations):
    old = conversations.current

    branch = conversations.fork(old, 2)

    assert branch.replay() == [say("one"), answer("re: one")]
    assert conversations.current is branch
    assert branch.id is None
    assert len(old.turns) == 2


def test_a_thread_that_the_server_holds_replays_nothing(conversations):
    assert conversations.current.replay() == []


def test_a_fork_before_a_turn_that_is_not_there_is_refused(conversations):
    with pytest.raises(ConfigurationError, match="no turn 9"):
        conversations.fork(conversations.current, 9)


def test_a_name_stands_for_its_newest_branch(conversations):
    first = conversations.new("demo")
    second = conversations.fork(first, 1)

    assert conversations.named("demo") is second
    assert first not in conversations.visible(every=False)
    assert first in conversations.visible(every=True)


def test_an_unknown_thread_is_named_with_near_matches(conversations):
    conversations.new("demo")

    with pytest.raises(ConfigurationError, match="did you mean 'demo'"):
        conversations.require("dmeo")


def test_messages_read_back_are_split_where_a_user_speaks_again():
    tool = {"role": "tool", "content": "14:10", "tool_call_id": "c"}
    messages = [say("one"), say("more"), answer("re"), say("two"), answer("call"), tool, answer("done")]

    turns = turns_from(messages)

    assert [[*t.sent, *t.received] for t in turns] == [messages[:3], messages[3:5], messages[5:]]


def test_a_thread_that_no_fork_replaced_stays_listed(conversations):
    first = conversations.current
    second = conversations.new()
    conversations.fork(second, 1)

    assert first in conversations.visible(every=False)
    assert second not in conversations.visible(every=False)


def test_a_thread_read_back_again_is_the_same_and_knows_its_cells(conversations):
    thread = conversations.current
    theirs = [Turn(None, list(t.sent), list(t.received)) for t in thread.turns]
    theirs.append(Turn(None, [say("elsewhere")], [answer("re")]))

    again = conversations.adopt("t-1", theirs, "demo")

    assert conversations.threads == [thread]
    assert again is thread
    assert again.label == "demo"
    assert [t.made_by and t.made_by.cell for t in again.turns] == ["a", "b", None]


def test_a_dropped_thread_that_a_call_still_waits_for_is_listed_again(conversations):
    demo = conversations.new("demo")
    conversations.drop(demo)

    conversations.select(demo)

    assert conversations.named("demo") is demo


def test_dropping_never_goes_back_to_a_thread_that_is_gone(conversations):
    gone = conversations.new()
    conversations.drop(gone)
    last = conversations.new()

    conversations.drop(last, back_to=gone)

    assert conversations.current is None


class SeenLock:
    """A lock that tells when somebody waits for it."""

    def __init__(self):
        self.lock, self.waited_for = threading.Lock(), threading.Event()

    def acquire(self, timeout):
        self.waited_for.set()
        return self.lock.acquire(timeout=timeout)


def test_an_interrupt_while_waiting_for_another_call_is_one_line():
    lock = SeenLock()
    lock.lock.acquire()
    stop = threading.Thread(target=lambda: lock.waited_for.wait(30) and signal.raise_signal(signal.SIGINT))
    stop.start()

    with pytest.raises(Interrupted, match="nothing was sent"), in_turn(lock):
        raise AssertionError("the lock was free")
    stop.join()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Hi", "Hi"),
        (None, ""),
        ({"text": "Hi"}, ""),
        ([{"type": "text", "text": "Hi"}, {"type": "image_url"}], "Hi [image]"),
        (["Hi", None, {"text": 3}], "Hi [part] [part]"),
    ],
)
def test_the_text_of_any_content_can_be_shown(content, text):
    assert shown_text({"role": "user", "content": content}) == text
