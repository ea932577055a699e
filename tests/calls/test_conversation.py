"""A conversation of ten turns on the real model: what the notebook showed is what the server keeps."""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kernels import Ran, kernel
from tests.servers import KEY, Server

JSON = dict[str, Any]

pytestmark = pytest.mark.model

TARGET = "acme/help/support/production"
MAX_TOKENS = 24
MESSAGES = [
    "Where is my parcel?",
    "I ordered a red lamp.\nAnd a chair.",
    "What did I order?",
    "How long does delivery take?",
    "It costs 4 dollars, right?",
    "Může přijít v pondělí? 🚋",
    'Say {{topic}} and "quotes" \\ back.',
    "Can I return it?",
    "*Thanks* — <b>bye</b>!",
    "One more thing: who are you?",
]


@dataclass(frozen=True)
class Conversation:
    """What was seen of it on either side.

    Attributes:
        cells: As they ran, in order.
        replies: ``(thread_id, text, finish_reason)`` of ``lt.last()`` after each.
        stored: What ``/v2`` lists, in order.
        asked: What the server was asked, in order.
    """

    cells: list[Ran]
    replies: list[tuple[str, str, str]]
    stored: list[JSON]
    asked: list[JSON]

    @property
    def shown(self) -> list[str]:
        """The plain text that each cell leaves in the notebook."""
        return [cell.outputs[0]["data"]["text/plain"] for cell in self.cells]

    @property
    def messages(self) -> list[JSON]:
        """The messages as the notebook has them: typed, shown, typed, shown."""
        pairs = zip(MESSAGES, self.shown, strict=True)
        return [
            {"role": role, "content": text}
            for pair in pairs
            for role, text in zip(("user", "assistant"), pair, strict=True)
        ]


@pytest.fixture(scope="module")
def conversation(model_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    """Ten cells of one notebook, each a turn of the same thread."""
    folder = tmp_path_factory.mktemp("conversation")
    mark = model_server.mark()
    with kernel(sys.executable, env=environment(model_server, folder), cwd=str(folder)) as running:
        assert running.run("%load_ext langtail_nb\nimport langtail_nb as lt").status == "ok"
        cells, replies = [], []
        for number, message in enumerate(MESSAGES):
            options = f"--max-tokens {MAX_TOKENS} --temperature 0.8 --seed {number}"
            cells.append(running.run(f"%%langtail {options}\n{message}", cell_id=f"turn-{number}"))
            last = running.value("(lt.last().thread_id, lt.last().text, lt.last().finish_reason)")
            replies.append(ast.literal_eval(last))
    with model_server.http() as client:
        listed = client.get(f"/v2/threads/{replies[-1][0]}/messages").json()
    assert listed["has_more"] is False
    asked = [r for r in model_server.requests(mark) if r["provider"] is not None]
    return Conversation(cells, replies, listed["data"], asked)


def environment(server: Server, folder: Path) -> dict[str, str]:
    return {
        "LANGTAIL_BASE_URL": server.url,
        "LANGTAIL_API_KEY": KEY,
        "LANGTAIL_ASSISTANT": TARGET,
        "LANGTAIL_NB_HOME": str(folder / "kept"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def test_every_turn_was_answered_with_text(conversation: Conversation) -> None:
    assert [cell.status for cell in conversation.cells] == ["ok"] * 10
    assert all(len(cell.outputs) == 1 for cell in conversation.cells)
    assert all(text.strip() for text in conversation.shown)
    assert {reason for _, _, reason in conversation.replies} <= {"stop", "length"}
    assert len(set(conversation.shown)) > 3


def test_all_turns_are_of_one_thread_and_the_footer_counts_them(conversation: Conversation) -> None:
    assert len({thread_id for thread_id, _, _ in conversation.replies}) == 1
    footers = [cell.outputs[0]["data"]["text/markdown"] for cell in conversation.cells]
    counted = [re.search(r"thread (\d+), turn (\d+)", footer) for footer in footers]
    assert [found and found.groups() for found in counted] == [("1", str(n)) for n in range(1, 11)]


def test_the_thread_read_back_is_what_the_notebook_showed(conversation: Conversation) -> None:
    kept = [{key: entry["content"][key] for key in ("role", "content")} for entry in conversation.stored]

    assert kept == conversation.messages
    assert [entry["content"]["role"] for entry in conversation.stored] == ["user", "assistant"] * 10
    assert {entry["threadId"] for entry in conversation.stored} == {conversation.replies[0][0]}


def test_the_replies_hold_the_stored_texts(conversation: Conversation) -> None:
    answers = [e["content"]["content"] for e in conversation.stored if e["content"]["role"] == "assistant"]

    assert [text for _, text, _ in conversation.replies] == answers


def test_each_turn_was_asked_with_all_turns_before_it(conversation: Conversation) -> None:
    asked = [
        [message for message in request["provider"]["messages"] if message["role"] != "system"]
        for request in conversation.asked
    ]

    assert asked == [conversation.messages[: 2 * turn + 1] for turn in range(10)]


def test_each_request_carried_only_its_own_message(conversation: Conversation) -> None:
    sent = [request["body"]["messages"] for request in conversation.asked]

    assert sent == [[{"role": "user", "content": message}] for message in MESSAGES]
