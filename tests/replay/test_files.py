"""The files of recordings: no secrets, merged by git, written whole or not at all, read with care."""

from __future__ import annotations

import getpass
import json
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from langtail_nb._errors import LangtailError
from langtail_nb._local.faults.faults import FAULTS
from langtail_nb._replay.asked import Asked
from langtail_nb._replay.exchange_line import Answer, Recorded
from langtail_nb._replay.recording import Recording
from tests.places import ROOT
from tests.replay.asking import FILE, NOWHERE, ask, told
from tests.servers import LONG_KEY


def exchange(number, text="An answer.", place="acme.demo.one.production"):
    asked = Asked(place, "POST", place.replace(".", "/"), {"messages": [{"content": f"Question {number}"}]})
    answer = Answer.whole(200, "application/json", False, 5, json.dumps({"text": text}))
    return Recorded(asked.key(1, 0), asked, answer)


class _Echo(BaseHTTPRequestHandler):
    """Answers a call with its headers, in the text and as headers; a slug may redirect or refuse."""

    def do_GET(self):
        self.reply(404, {"error": {"message": f"nothing for {dict(self.headers)}"}})

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        if "/redirect/" in self.path:
            self.send_response(302)
            self.send_header(
                "location", f"http://{self.headers['host']}/else?key={self.headers['x-api-key']}"
            )
            self.send_header("content-length", "0")
            self.end_headers()
        elif "/refuse/" in self.path:
            self.reply(400, {"error": {"message": f"you sent {dict(self.headers)} to {self.path}"}})
        else:
            text = json.dumps(dict(self.headers))
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self.reply(200, {"choices": [choice], "headers": dict(self.headers)})

    def reply(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        for name in ("x-api-key", "host"):
            self.send_header(f"echo-{name}", self.headers[name])
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def echoing():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def canaries(tmp_path, *urls):
    hosts = [url.partition("://")[2] for url in urls]
    return [LONG_KEY, str(Path.home()), getpass.getuser() + "@", str(tmp_path), *urls, *hosts]


def test_a_server_that_echoes_everything_gets_nothing_into_a_recording(kernel, echoing, tmp_path):
    session = kernel("record", echoing)
    for slug in ("one", "refuse", "redirect"):
        for message in ("Hi", f"My key is {LONG_KEY}"):
            try:
                ask(session, message, target=f"acme/demo/{slug}/production", stream=False)
            except LangtailError:
                continue
    texts = [path.read_text("utf-8") for path in (tmp_path / ".langtail/replay").rglob("*") if path.is_file()]

    assert any('"messages"' in text for text in texts)
    assert [w for w in canaries(tmp_path, echoing) for text in texts if w in text] == []


def test_no_fault_brings_a_key_or_an_address_into_a_recording(kernel, server, tmp_path):
    session = kernel("record")
    for name in set(FAULTS) - {"stall", "stall-before", "slow"}:
        try:
            ask(session, f"My key is {LONG_KEY}", target=f"acme/demo/fault-{name}/production")
        except LangtailError:
            continue
    texts = [path.read_text("utf-8") for path in (tmp_path / ".langtail/replay").rglob("*") if path.is_file()]

    assert len(texts) > 10
    assert [w for w in canaries(tmp_path, server.url) for text in texts if w in text] == []


def test_what_looks_like_a_secret_is_told_once_under_an_answer(kernel):
    session = kernel("record")
    first = ask(session, "Use sk-abcdefghijklmnopqrstuvwx please", cell="a")
    second = ask(session, "And again sk-abcdefghijklmnopqrstuvwx", cell="b")
    about = [one for one in (*first.warnings, *second.warnings) if "looks like a secret" in one]

    assert len(about) == 1
    assert "sk-abcdefghijklmnop" not in about[0]


def test_two_branches_that_recorded_different_cells_merge(tmp_path):
    def git(*words):
        name = ("-c", "user.name=A", "-c", "user.email=a@example.com")
        return subprocess.run(["git", "-C", tmp_path, *name, *words], check=True, capture_output=True)

    def record(*numbers):
        for number in numbers:
            Recording(tmp_path).put(exchange(number))

    git("init", "-q", "-b", "main")
    record(0, 1)
    git("add", "-A")
    git("commit", "-qm", "Record")
    git("checkout", "-qb", "other")
    record(2, 3)
    git("commit", "-qam", "More")
    git("checkout", "-q", "main")
    record(4, 5)
    git("commit", "-qam", "Else")
    git("merge", "-q", "other", "-m", "Merge")
    merged = Recording(tmp_path)

    assert {one.key for one in merged.exchanges} == {exchange(number).key for number in range(6)}
    assert merged.take_told() == []


def test_of_two_answers_for_one_key_the_later_is_played_and_it_is_told_once(tmp_path):
    Recording(tmp_path).put(exchange(1, "old"))
    path = tmp_path / "acme.demo.one.production.jsonl"
    path.write_text(path.read_text() + path.read_text().replace("old", "new"), encoding="utf-8")
    recording = Recording(tmp_path)

    assert recording.exchanges[0].answer.body == {"text": "new"}
    assert ["has two answers for" in one for one in recording.take_told()] == [True]
    assert recording.take_told() == []


def test_kernels_that_record_at_once_lose_nothing(tmp_path):
    code = (
        "import sys; from pathlib import Path; from tests.replay.test_files import exchange; "
        "from langtail_nb._replay.recording import Recording; recording = Recording(Path(sys.argv[1])); "
        "[recording.put(exchange(f'{sys.argv[2]}-{n}')) for n in range(40)]"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(n)], cwd=ROOT) for n in range(3)
    ]

    assert [one.wait(120) for one in started] == [0, 0, 0]
    assert len(Recording(tmp_path).exchanges) == 120


def test_calls_that_end_at_once_are_written_together_and_none_is_lost(tmp_path):
    recording = Recording(tmp_path)
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(recording.put, map(exchange, range(600))))

    assert len(Recording(tmp_path).exchanges) == 600


def test_six_hundred_answers_of_four_hundred_words_take_less_than_three_megabytes(tmp_path):
    words = "Delivery usually takes about two weeks. " * 67
    recording = Recording(tmp_path)
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(recording.put, (exchange(n, f"{n} {words}") for n in range(600))))

    assert (tmp_path / "acme.demo.one.production.jsonl").stat().st_size < 3_000_000


_FILLED = """
import resource, signal, sys
from pathlib import Path
from tests.replay.test_files import exchange
from langtail_nb._replay.recording import Recording
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    Recording(Path(sys.argv[1])).put(exchange(2, "long " * 1000))
except OSError as exc:
    print(exc.strerror)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files are of Unix")
def test_a_file_that_cannot_grow_stays_as_it_was(tmp_path):
    Recording(tmp_path).put(exchange(1))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    ran = subprocess.run(
        [sys.executable, "-c", _FILLED, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert "File too large" in ran.stdout, ran.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_disk_that_takes_no_recording_is_told_under_the_answer(kernel, tmp_path):
    session = kernel("record")
    (tmp_path / ".langtail").mkdir()
    (tmp_path / ".langtail/replay").write_text("no folder", encoding="utf-8")
    reply = ask(session, "Hi")

    assert reply.text
    assert any("this answer could not be recorded" in one for one in reply.warnings)


def test_where_all_but_times_is_equal_the_old_line_stays_and_a_changed_answer_changes_one(tmp_path):
    recording = Recording(tmp_path)
    for number in range(3):
        recording.put(exchange(number))
    path = tmp_path / "acme.demo.one.production.jsonl"
    before = path.read_text()
    again = exchange(1)
    slower = Answer.whole(200, "application/json", False, 99, '{"text":"An answer."}')
    recording.put(Recorded(again.key, again.asked, slower))
    assert path.read_text() == before
    recording.put(exchange(1, "Another."))

    lines = zip(before.splitlines(), path.read_text().splitlines(), strict=True)
    assert sum(old != new for old, new in lines) == 1


def test_answers_still_go_to_the_store_while_replay_is_on(kernel, tmp_path):
    import sqlite3

    ask(kernel("record"), "Hi")
    ask(kernel("only", NOWHERE), "Hi")
    with closing(sqlite3.connect(tmp_path / ".langtail/store.sqlite")) as store:
        assert store.execute("SELECT state FROM turns").fetchall() == [("done",), ("done",)]


HOSTILE = (
    None, True, -1, 10**400, 1e308, float("nan"), 999, "", "../../../etc/passwd", "x" * 300_000, "\0\x1b[2J",
    "<script>alert(1)</script>", "text/event-stream", [], {}, [[[[]]]], [-5, 10**9], [[-5, 10**9]],
    {"choices": "no"}, {"data": {"choices": []}}, [{"raw": "x"}] * 50,
    [{"data": {"choices": [{"delta": {"content": 5}}]}}],
)  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_a_recording_that_somebody_else_wrote_ends_in_one_line_or_is_text(kernel, tmp_path, seed):
    ask(kernel("record"), "Where is it?", cell="a")
    path, chosen = tmp_path / ".langtail/replay" / FILE, random.Random(seed)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for line in lines:
        for name in chosen.sample(sorted(line.keys() - {"key", "method", "path"}), 2):
            line[name] = chosen.choice(HOSTILE)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + "[" * 200_000, encoding="utf-8")
    session = kernel("only", NOWHERE)
    try:
        shown = told(ask(session, "Where is it?", cell="a"))
        assert isinstance(shown[0], str)
    except LangtailError as exc:
        (line,) = exc._render_traceback_()
        assert "\n" not in line
        assert len(line) < 3000
    with pytest.raises(LangtailError):
        ask(session, "What else?", cell="b")


def test_a_trial_that_asks_what_a_turn_asked_leaves_the_turn_its_place(tmp_path):
    turn = replace(exchange(1), conversation="thread 1", turn=1)
    recording = Recording(tmp_path)
    recording.put(turn)

    assert recording.put(exchange(1)) == turn
    assert recording.put(exchange(1, "Another.")).turn == 1
    assert [(one.conversation, one.turn) for one in Recording(tmp_path).exchanges] == [("thread 1", 1)]
