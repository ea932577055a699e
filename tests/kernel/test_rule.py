"""The rule of conversations, against another telling of it: generated cells that run again in any order."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from langtail_nb._kernel.conversation.conversations import Conversations
from langtail_nb._kernel.conversation.route import Asking, Route
from langtail_nb._kernel.conversation.rule import position
from langtail_nb._kernel.conversation.seat import Seat
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.execution import Execution
from langtail_nb._types.request import Request

REQUEST = Request("acme/help/triage/production", "Hi")
ASSISTANT = REQUEST.target.identity
SEQUENCES = 2_000


@dataclass(frozen=True)
class Made:
    """A turn, by the number of its making."""

    number: int
    cell: str | None
    run: str
    behind: Made | None


@dataclass
class Model:
    """What design says, on lists of turns: threads by number, each in a conversation of a number."""

    threads: dict[int, list[Made]] = field(default_factory=dict)
    names: dict[int, str | None] = field(default_factory=dict)
    conversation: dict[int, int] = field(default_factory=dict)
    last_current: dict[int, int] = field(default_factory=dict)
    opened: dict[int, Made] = field(default_factory=dict)
    current: int | None = None
    bound: bool = False
    made: int = 0

    def goal(self, cell, run, option, *, forks):
        """The thread and how many of its turns stay; None for a new conversation."""

        def earlier(turn):
            return forks and cell is not None and turn.cell == cell and turn.run != run

        def before_own(thread):
            turns = self.threads[thread]
            return thread, next((n for n, turn in enumerate(turns) if earlier(turn)), len(turns))

        if option == "--new-thread":
            mine = sorted((t.number, t.run, c) for c, t in self.opened.items() if earlier(t))
            firsts = [c for _, of, c in mine if of == mine[-1][1]]
            return (self.last_current[firsts[0]], 0) if firsts else None
        if option is not None:
            named = [n for n, name in self.names.items() if name == option]
            return before_own(max(named)) if named else None
        everything = {t.number: (t, self.conversation[n]) for n, line in self.threads.items() for t in line}
        past = [everything[n] for n in sorted(everything)]
        own = [one for one in past if earlier(one[0])]
        if self.bound or not own or any(turn.run == run for turn, _ in past):
            return None if self.current is None else before_own(self.current)
        turn, conversation = next(one for one in own if one[0].run == own[-1][0].run)
        thread = self.last_current[conversation]
        line = self.threads[thread]
        if any(map(earlier, line)):
            return before_own(thread)
        if turn.behind is None:
            return thread, 0
        if turn.behind in line:
            return thread, line.index(turn.behind) + 1
        same = [n for n, one in enumerate(line, 1) if one.cell is not None and one.cell == turn.behind.cell]
        return thread, same[-1] if same else len(line)

    def add(self, cell, run, option, goal):
        """Make the turn; return its thread."""
        if goal is None:
            thread = self.begin([], None if option == "--new-thread" else option)
        elif goal[1] == len(self.threads[goal[0]]):
            thread = goal[0]
        else:
            thread = self.fork(*goal)
        line = self.threads[thread]
        self.made += 1
        turn = Made(self.made, cell, run, line[-1] if line else None)
        line.append(turn)
        if goal is None or option == "--new-thread":
            self.opened[self.conversation[thread]] = turn
        self.go(thread)
        return thread

    def begin(self, turns, name, conversation=None):
        number = max(self.threads, default=0) + 1
        self.threads[number], self.names[number] = turns, name
        self.conversation[number] = -number if conversation is None else conversation
        return number

    def fork(self, thread, behind):
        return self.begin(self.threads[thread][:behind], self.names[thread], self.conversation[thread])

    def drop(self, thread):
        conversation = self.conversation.pop(thread)
        del self.threads[thread], self.names[thread]
        if self.current == thread:
            self.current, self.bound = None, False
        left = [n for n, its in self.conversation.items() if its == conversation]
        if not left:
            self.opened.pop(conversation, None)
        elif self.last_current[conversation] == thread:
            self.last_current[conversation] = max(left)

    def go(self, thread, *, bound=False):
        self.current, self.bound = thread, bound
        self.last_current[self.conversation[thread]] = thread


class Both:
    """The model and the kernel's own state, side by side."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.model, self.kernel = Model(), Conversations()
        self.runs, self.told = 0, []

    def step(self):
        match self.random.choice(["run"] * 14 + ["thread", "fork"] * 2 + ["delete"]):
            case "thread" if self.model.threads:
                number = self.random.choice(list(self.model.threads))
                self.told.append(f"thread {number}")
                self.model.go(number, bound=True)
                self.kernel.select(self.kernel.named(str(number)))
                self.kernel.bind()
            case "fork" if self.model.current is not None:
                before = self.random.randint(1, len(self.model.threads[self.model.current]) + 1)
                self.told.append(f"fork {before}")
                self.model.go(self.model.fork(self.model.current, before - 1), bound=True)
                self.kernel.fork(self.kernel.current, before)
                self.kernel.bind()
            case "delete" if self.model.threads:
                number = self.random.choice(list(self.model.threads))
                self.told.append(f"delete {number}")
                self.model.drop(number)
                self.kernel.drop(self.kernel.named(str(number)))
            case _:
                self.run()

    def run(self):
        self.runs += 1
        cell = self.random.choice(["A", "B", "C", "D", None])
        forks = self.random.random() < 0.9
        for _ in range(self.random.choice([1, 1, 1, 2, 3])):
            option = self.random.choice([None] * 6 + ["--new-thread", "left", "right"])
            self.call(cell, f"run {self.runs}", option, forks=forks, is_refused=self.random.random() < 0.1)

    def call(self, cell, run, option, *, forks, is_refused):
        goal = self.model.goal(cell, run, option, forks=forks)
        route = Route(new=True) if option == "--new-thread" else Route(option)
        asking = Asking(route, ASSISTANT, Execution(cell, run), forks=forks)
        found = position(self.kernel, asking)
        self.told.append(f"{cell} in {run}{' refused' * is_refused}, {option}, {forks=}: {goal}")
        expected = None if goal is None else (goal[0], goal[1])
        assert (None if found.thread is None else (found.thread.number, found.behind)) == expected
        name = option if option != "--new-thread" else None
        conversation = self.kernel.home(found, name)
        thread = self.kernel.begin(found, conversation, name)
        opens = found.thread is None or route.new
        if not is_refused:
            number = self.model.add(cell, run, option, goal)
            assert thread.number == number
            seat = Seat(thread, [], self.kernel, conversation, opens)
            seat.take(Turn(asking.execution, [{"role": "user", "content": run}], asked=REQUEST))
        self.kernel.end(thread)

    def check(self):
        """Every thread has the same turns, and the same one is current."""
        kernel, model = self.kernel, self.model
        held = {
            t.number: [turn.made_by and tuple(turn.made_by[:2]) for turn in t.turns] for t in kernel.threads
        }
        assert held == {n: [(turn.cell, turn.run) for turn in line] for n, line in model.threads.items()}
        assert (kernel.current and kernel.current.number, kernel.is_bound) == (model.current, model.bound)


@pytest.mark.parametrize("part", range(4))
def test_a_call_goes_where_the_rule_says(part):
    for seed in range(part * SEQUENCES // 4, (part + 1) * SEQUENCES // 4):
        both = Both(seed)
        try:
            for _ in range(12):
                both.step()
                both.check()
        except AssertionError as exc:
            raise AssertionError(f"sequence {seed}:\n" + "\n".join(both.told)) from exc
