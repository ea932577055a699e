"""``%langtail local`` in a real kernel: it starts, answers, and leaves no process behind."""

import os
import signal
import sys
import time
from ast import literal_eval

import pytest

from tests.kernels import kernel as start_kernel
from tests.servers import deployment, write_project

LIMIT_S = 20
PID = "__import__('langtail_nb._kernel.session', fromlist=['x']).session.own_server.server.pid"
KEY = "lt-real-key-0123456789"


@pytest.fixture
def kernel(tmp_path):
    env = {"LANGTAIL_NB_HOME": str(tmp_path / "kept"), "LANGTAIL_API_KEY": KEY}
    with start_kernel(sys.executable, env=env, cwd=str(tmp_path)) as kernel:
        kernel.run("%load_ext langtail_nb\nimport langtail_nb as lt")
        yield kernel


def start(kernel, line="--engine echo"):
    ran = kernel.run(f"%langtail local {line}")
    assert ran.status == "ok", ran.errors
    return ran, int(kernel.value(PID))


def text(kernel, expression):
    return literal_eval(kernel.value(expression))


def is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until_gone(pid):
    deadline = time.monotonic() + LIMIT_S
    while not is_gone(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there after {LIMIT_S} s"
        time.sleep(0.05)


def test_it_lists_the_assistants_with_their_variables_and_answers(kernel):
    ran, _ = start(kernel)
    for part in ("local/demo/support/production", "translator", "extractor", "grader"):
        assert part in ran.text

    answer = kernel.run("%%langtail\nHello")
    assert "user: Hello" in answer.text, answer.errors


def test_a_named_thread_is_resumed_after_another_start(kernel):
    start(kernel)
    kernel.run("%%langtail --thread demo\nHello", cell_id="a")
    kernel.run("%langtail local stop")
    start(kernel)

    resumed = kernel.run("%langtail thread resume demo")

    assert "1 turn" in resumed.text, resumed.errors


def test_run_again_it_keeps_the_server_and_the_threads(kernel):
    _, first = start(kernel)
    kernel.run("%%langtail\nHello", cell_id="a")
    _, second = start(kernel)

    assert first == second
    assert "user: Hello" in kernel.run("%%langtail\nAgain", cell_id="b").text


def test_the_real_key_is_never_sent_to_it_nor_given_to_its_process(kernel):
    _, pid = start(kernel)

    assert "the local server" in kernel.run("%langtail").text
    with open(f"/proc/{pid}/environ", "rb") as environment:
        assert KEY.encode() not in environment.read()


def test_stopping_goes_back_to_the_service(kernel):
    _, pid = start(kernel)
    kernel.run("%langtail local stop")

    wait_until_gone(pid)
    assert "api.langtail.com" in kernel.run("%langtail").text + kernel.value(
        "lt._kernel.session.session.base_url"
    )


@pytest.mark.parametrize("before", ["", "acme/help/triage/staging"])
def test_stopping_goes_back_to_the_assistant_and_the_address_from_before(kernel, before):
    kernel.run(f"lt.settings.target, lt.settings.base_url = {before or None!r}, 'http://127.0.0.1:9'")
    start(kernel)
    start(kernel, "--engine echo --tools")
    assert text(kernel, "lt.settings.target") == "local/demo/support/production"

    told = kernel.run("%langtail local stop").text

    assert text(kernel, "lt.settings.target or ''") == before
    assert text(kernel, "lt.settings.base_url") == "http://127.0.0.1:9"
    assert f"and {before or 'no assistant'} is current" in told


def test_stopping_leaves_an_assistant_that_was_named_since(kernel):
    start(kernel)
    kernel.run("lt.settings.target = 'acme/help/triage/staging'")

    kernel.run("%langtail local stop")

    assert text(kernel, "lt.settings.target") == "acme/help/triage/staging"


@pytest.mark.parametrize("end", ["shutdown", "restart", "SIGKILL", "SIGTERM"])
def test_no_process_is_left_when_the_kernel_ends(tmp_path, end):
    env = {"LANGTAIL_NB_HOME": str(tmp_path / "kept")}
    with start_kernel(sys.executable, env=env, cwd=str(tmp_path)) as kernel:
        kernel.run("%load_ext langtail_nb")
        _, pid = start(kernel)
        match end:
            case "shutdown":
                kernel.manager.shutdown_kernel()
            case "restart":
                kernel.manager.restart_kernel()
            case name:
                os.kill(kernel.pid, getattr(signal, name))
        wait_until_gone(pid)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("--engine", "--engine needs a value"),
        ("--engin echo", "did you mean '--engine'"),
        ("--project no/such --engine echo", "no/such"),
        ("--engine nonsense", "nonsense"),
    ],
)
def test_wrong_words_are_one_line(kernel, line, named):
    (error,) = kernel.run(f"%langtail local {line}").errors

    assert named in error
    assert len(error.splitlines()) == 1


def test_an_empty_project_folder_is_one_line(kernel, tmp_path):
    (tmp_path / "empty").mkdir()
    (error,) = kernel.run("%langtail local --project empty --engine echo").errors

    assert "no SLUG.md or SLUG.json" in error
    assert len(error.splitlines()) == 1


def test_what_is_only_previewed_is_listed_with_its_version(kernel, tmp_path):
    project = write_project(tmp_path / "own", {"trial@preview@k3x9qa1z": deployment("Hi {{name}}.")})

    ran, _ = start(kernel, f"--engine echo --project {project}")

    assert "local/demo/trial/preview@k3x9qa1z" in ran.text
    assert kernel.run("%%langtail\nHello").status == "ok"


@pytest.mark.parametrize("line", ["--project nowhere", "--engine nope", "--project broken"])
def test_a_slip_leaves_the_server_that_runs_in_use(kernel, tmp_path, line):
    _, pid = start(kernel)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.json").write_text("{")

    ran = kernel.run(f"%langtail local {line}")

    assert ran.status == "error"
    assert not is_gone(pid)
    assert "user: Hello" in kernel.run("%%langtail\nHello").text


def test_its_conversations_are_for_their_owner_only(kernel, tmp_path):
    start(kernel)
    kernel.run("%%langtail\nHello")
    kept = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "kept").iterdir()}

    assert "local.sqlite" in kept
    assert set(kept.values()) == {0o600}
