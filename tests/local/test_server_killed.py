"""A server that is killed in the midst of its work keeps every answer whose end anybody saw."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest

from tests.servers import Server, deployment, end, running, start, write_project

ASKERS = 4


class Asker:
    """Asks one question after another on a thread of its own, until the server is gone."""

    def __init__(self, url: str, number: int) -> None:
        self.url, self.number = url, number
        self.thread_id = ""
        self.ended = 0

    def ask(self) -> None:
        with (
            suppress(httpx.HTTPError),
            httpx.Client(base_url=self.url, timeout=20, trust_env=False) as client,
        ):
            while True:
                self.turn(client)

    def turn(self, client: httpx.Client) -> None:
        body = {"stream": True, "messages": [{"role": "user", "content": f"{self.number}: {self.ended}"}]}
        body |= {"threadId": self.thread_id} if self.thread_id else {}
        with client.stream("POST", "/a/b/slow/production", json=body, headers={"x-api-key": "k"}) as answer:
            answer.raise_for_status()
            self.thread_id = answer.headers["x-langtail-thread-id"]
            for line in answer.iter_lines():
                if '"finish_reason":"stop"' in line:
                    self.ended += 1


def killed_at(delay_s: float, folder: Path) -> list[Asker]:
    project = write_project(folder / "project", {"slow": deployment("Say it.", fault="slow:0.002")})
    server = start("--engine", "echo", "--project", str(project), database=folder / "t.sqlite")
    askers = [Asker(server.url, number) for number in range(ASKERS)]
    threads = [threading.Thread(target=asker.ask) for asker in askers]
    for thread in threads:
        thread.start()
    time.sleep(delay_s)
    server.process.kill()
    for thread in threads:
        thread.join(30)
    end(server.process)
    return askers


def answers(server: Server, thread_id: str) -> int:
    with server.http() as client:
        path, page = f"/v2/threads/{thread_id}/messages", {"limit": 100, "order": "desc"}
        found = client.get(path, params=page).json()["data"]
    return sum(item["content"]["role"] == "assistant" for item in found)


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(n, marks=pytest.mark.thorough) for n in range(3, 50))]
)
def test_no_answer_whose_end_was_seen_is_lost(seed: int, tmp_path: Path) -> None:
    askers = killed_at(random.Random(seed).uniform(0.2, 1.2), tmp_path)

    assert sum(asker.ended for asker in askers) > 0
    with running("--engine", "echo", database=tmp_path / "t.sqlite") as again:
        for asker in askers:
            assert answers(again, asker.thread_id) >= asker.ended
    with closing(sqlite3.connect(tmp_path / "t.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
