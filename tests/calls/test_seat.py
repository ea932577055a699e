"""The seat that a call takes: which conversation its thread belongs to from then on."""

from __future__ import annotations

from langtail_nb._calls.call import take_turn
from langtail_nb._calls.manner import unseen
from langtail_nb._kernel.conversation.route import Route
from langtail_nb._kernel.execution import Execution
from langtail_nb._types.request import Request

REQUEST = Request("acme/help/triage/production", "Hello")


def test_a_cell_that_opens_a_thread_anew_stays_in_the_conversation_it_opened(remembered):
    for run in ("first", "second"):
        manner = unseen(remembered)
        manner = type(manner)(execution=Execution("a", run, True), view=manner.view)
        take_turn(remembered, REQUEST, route=Route(new=True), manner=manner)

    conversations = remembered.conversations(REQUEST.target)
    assert len(conversations.all) == 1
    assert [len(thread.turns) for thread in conversations.threads] == [1, 1]
    assert conversations.current is conversations.threads[1]
