"""What a call says of the conversation that it is part of, to whatever carries it."""

from __future__ import annotations

import pytest

from langtail_nb._calls.call import take_turn
from langtail_nb._calls.manner import unseen
from langtail_nb._client.client import Client
from langtail_nb._http.transport import Context
from langtail_nb._kernel import loop
from langtail_nb._kernel.conversation.route import Route
from langtail_nb._kernel.session import Session
from langtail_nb._types.request import Request
from tests.noting import Noting

ASSISTANT = "acme/support/support"


@pytest.fixture
def noting(server, tmp_path, monkeypatch):
    """A session whose client notes what each call says of itself."""
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(tmp_path))
    monkeypatch.setenv("LANGTAIL_BASE_URL", server.url)
    noting = Noting(server.url, "lt-test-key")
    session = Session()
    client = Client("lt-test-key", server.url, transport=noting)
    monkeypatch.setattr(session, "client", lambda key=None: client)
    noting.session = session
    yield noting
    loop.wait(client.aclose())


def contexts(noting, *routes):
    """What calls on these routes said of themselves, in order."""
    request = Request(f"{ASSISTANT}/production", "Hello")
    for route in routes:
        take_turn(noting.session, request, route=route, manner=unseen(noting.session))
    return [one.context for one in noting.outgoing if one.method == "POST"]


def test_the_turns_of_a_conversation_are_counted_and_tell_what_is_their_own(noting):
    assert contexts(noting, Route(), Route()) == [
        Context(conversation=f"{ASSISTANT} 1", turn=1, own_messages=1),
        Context(conversation=f"{ASSISTANT} 1", turn=2, own_messages=1),
    ]


def test_another_thread_is_another_conversation_and_one_apart_is_none(noting):
    assert contexts(noting, Route(), Route("trip"), Route(apart=True)) == [
        Context(conversation=f"{ASSISTANT} 1", turn=1, own_messages=1),
        Context(conversation=f"{ASSISTANT} 2", turn=1, own_messages=1),
        Context(own_messages=1),
    ]
