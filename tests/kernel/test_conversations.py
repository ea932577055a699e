"""Which conversation a cell belongs to: forks, names, histories."""

import signal
import threading

import pytest

from langtail_nb._errors import ConfigurationError, Interrupted
from langtail_nb._kernel.conversation.conversations import Conversations
from langtail_nb._kernel.conversation.in_turn import in_turn
from langtail_nb._kernel.conversation.names import check_new
from langtail_nb._kernel.conversation.reading_back import recognised, turns_from
from langtail_nb._kernel.conversation.route import Asking, Route
from langtail_nb._kernel.conversation.rule import position
from langtail_nb._kernel.conversation.seat import Seat
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.execution import Execution
from langtail_nb._kernel.interrupts import Interrupts
from langtail_nb._types.messages import shown_text
from langtail_nb._types.request import Request

REQUEST = Request("acme/help/triage/production", "Hi")


def say(text):
    return {"role": "user", "content": text}


def answer(text):
    return {"role": "assistant", "content": text}


def turn(cell, run, text="Hi", **more):
    return Turn(Execution(cell, run), [say(text)], [answer(f"re: {text}")], asked=REQUEST, **more)


class Notebook:
    """Cells that run in any order, each run a turn."""

    def __init__(self):
        self.conversations = Conversations()
        self.runs = 0

    def run(self, *cells, new=False, name=None):
        """Run cells, each once; return what the last one's thread holds, and its number."""
        for cell in cells:
            self.runs += 1
            thread = self.call(cell, f"run {self.runs}", Route(name, new=new))
        return [one.made_by.cell for one in thread.turns], thread.number

    def call(self, cell, run, route=Route()):  # noqa: B008
        asking = Asking(route, REQUEST.target.identity, Execution(cell, run))
        goal = position(self.conversations, asking)
        conversation = self.conversations.home(goal, route.name)
        thread = self.conversations.begin(goal, conversation, route.name)
        opens = goal.thread is None or route.new
        Seat(thread, [], self.conversations, conversation, opens).take(turn(cell, run, f"{cell} {run}"))
        self.conversations.end(thread)
        return thread


@pytest.fixture
def notebook():
    return Notebook()


@pytest.fixture
def conversations():
    conversations = Conversations()
    thread = conversations.new()
    thread.id = "t-1"
    thread.turns += [turn("a", "r1", "one"), turn("b", "r2", "two")]
    return conversations


def test_cells_run_again_in_order_give_one_new_branch(notebook):
    notebook.run("1", "2", "3")

    assert notebook.run("1", "2", "3") == (["1", "2", "3"], 2)
    assert [len(thread.turns) for thread in notebook.conversations.threads] == [3, 3]


def test_a_cell_goes_back_to_its_conversation_and_forks_before_its_turn(notebook):
    notebook.run("1", "2")
    notebook.run("3", new=True)

    assert notebook.run("2") == (["1", "2"], 3)
    assert notebook.run("3") == (["3"], 4)
    assert notebook.run("4") == (["3", "4"], 4)


def test_a_cell_that_the_branch_does_not_hold_goes_behind_what_it_followed(notebook):
    notebook.run("1", "2", "3")
    notebook.run("1", "3")

    assert notebook.run("2") == (["1", "2"], 3)


def test_a_cell_that_was_first_goes_to_the_beginning(notebook):
    notebook.run("1", "2")
    notebook.conversations.fork(notebook.conversations.current, 1)
    notebook.conversations.bind()
    notebook.run("3")

    assert notebook.run("1") == (["1"], 3)


def test_what_a_cell_followed_may_be_gone_and_then_it_is_appended(notebook):
    notebook.run("1", "2", "3")
    notebook.run("1")

    assert notebook.run("3") == (["1", "3"], 2)


def test_a_new_thread_run_again_is_a_branch_of_the_one_it_opened_and_the_cells_below_follow(notebook):
    notebook.run("1")
    notebook.run("2", new=True)
    notebook.run("3", "4")

    assert notebook.run("2", new=True) == (["2"], 3)
    assert notebook.run("3", "4") == (["2", "3", "4"], 3)
    assert notebook.conversations.threads[2].forked_from is notebook.conversations.threads[1]


def test_a_loop_of_new_threads_run_again_takes_them_in_order(notebook):
    for run in ("r1", "r2"):
        threads = [notebook.call("loop", run, Route(new=True)) for _ in range(3)]

    assert [thread.forked_from.number for thread in threads] == [1, 2, 3]


def test_a_name_means_its_newest_branch_and_the_run_forks_there(notebook):
    notebook.run("1", "2", name="demo")
    notebook.run("3", new=True)

    assert notebook.run("2", name="demo") == (["1", "2"], 3)
    assert notebook.run("4", name="demo") == (["1", "2", "4"], 3)


def test_a_command_binds_the_next_turn_and_no_later_one(notebook):
    notebook.run("1", "2")
    notebook.run("3", new=True)
    notebook.conversations.select(notebook.conversations.named("2"))
    notebook.conversations.bind()

    assert notebook.run("1") == (["3", "1"], 2)
    assert notebook.run("2") == (["1", "2"], 3)


def test_calls_of_one_run_follow_each_other(notebook):
    for run in ("r1", "r2"):
        for _ in range(3):
            thread = notebook.call("loop", run)

    assert ([one.made_by.request for one in thread.turns], thread.number) == (["r2"] * 3, 2)


def test_a_cell_with_a_copied_id_leaves_the_earlier_branch_in_the_list(notebook):
    notebook.run("A", "B")
    notebook.run("B")

    assert [[t.made_by.cell for t in one.turns] for one in notebook.conversations.threads] == [["A", "B"]] * 2


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


def test_a_turn_that_went_to_a_thread_nobody_knows_is_no_history(conversations):
    thread = conversations.fork(conversations.current, 2)
    thread.turns.append(turn("c", "r3", "lost", is_lost=True))

    assert thread.replay() == [say("one"), answer("re: one")]
    assert thread.newest is thread.turns[0]


def test_a_fork_before_a_turn_that_is_not_there_is_refused(conversations):
    with pytest.raises(ConfigurationError, match="no turn 9"):
        conversations.fork(conversations.current, 9)


def test_a_name_stands_for_its_newest_branch_and_a_number_for_its_thread(conversations):
    first = conversations.new("demo")
    second = conversations.fork(first, 1)

    assert conversations.named("demo") is second
    assert conversations.named("2") is first
    assert conversations.named("thread 3") is second


def test_an_unknown_thread_is_named_with_near_matches(conversations):
    conversations.new("demo")

    with pytest.raises(ConfigurationError, match="did you mean 'demo'"):
        conversations.require("dmeo")


@pytest.mark.parametrize("name", ["2", "thread 7", "list", "rename"])
def test_a_new_name_is_neither_a_number_nor_a_command(name):
    with pytest.raises(ConfigurationError, match=r"may not be a number|is a command"):
        check_new(name)


def test_messages_read_back_are_split_where_a_user_speaks_again():
    tool = {"role": "tool", "content": "14:10", "tool_call_id": "c"}
    messages = [say("one"), say("more"), answer("re"), say("two"), answer("call"), tool, answer("done")]

    turns = turns_from(messages)

    assert [[*t.sent, *t.received] for t in turns] == [messages[:3], messages[3:5], messages[5:]]


def test_a_thread_read_back_again_is_the_same_and_knows_its_cells(conversations):
    thread = conversations.current
    elsewhere = [say("elsewhere"), answer("re")]

    again = conversations.adopt("t-1", [*thread.history(), *elsewhere], "demo")

    assert conversations.threads == [thread]
    assert again is thread
    assert again.label == "demo"
    assert [t.made_by and t.made_by.cell for t in again.turns] == ["a", "b", None]


def test_a_broken_turn_read_back_is_what_the_server_holds_of_it(conversations):
    broken = [turn("c", "r3", "unseen"), turn("d", "r4", "heard"), turn("e", "r5", "answered")]
    for one in broken:
        one.state, one.received = "failed", []
    known = [*conversations.current.turns, *broken, turn("f", "r6", "last")]
    held = [
        *conversations.current.history(),
        say("heard"),
        say("answered"),
        answer("late"),
        *known[-1].messages,
    ]

    turns = recognised(held, known)

    assert [(t.made_by.cell, t.state, len(t.received)) for t in turns] == [
        ("a", "done", 1), ("b", "done", 1), ("d", "done", 0), ("e", "done", 1), ("f", "done", 1),
    ]  # fmt: skip


def test_a_dropped_thread_that_is_selected_is_listed_again(conversations):
    demo = conversations.new("demo")
    conversations.drop(demo)

    conversations.select(demo)

    assert conversations.named("demo") is demo


def test_dropping_the_current_thread_leaves_none_and_its_branches_stay(conversations):
    first = conversations.current
    branch = conversations.fork(first, 2)
    conversations.drop(branch)

    assert conversations.current is None
    assert conversations.threads == [first]


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

    with (
        Interrupts() as interrupts,
        pytest.raises(Interrupted, match="nothing was sent"),
        in_turn(lock, interrupts),
    ):
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
