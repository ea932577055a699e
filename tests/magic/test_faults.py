"""Every fault of the local server in a real kernel: one clear line, nothing lost, kernel alive."""

import sys

import pytest

from langtail_nb._local.faults.faults import FAULTS
from tests.kernels import kernel as start_kernel

# What the one line of the error must hold.
FAILS = {
    "401": "401",
    "403": "403",
    "404": "404",
    "429": "429",
    "500": "500",
    "502": "502",
    "503": "503",
    "503-retry-after": "503",
    "504": "504",
    "html": "502",
    "html-200": "HTML",
    "drop-before": "connection",
    "reset-before": "connection",
    "drop": "broke",
    "reset": "broke",
    "error-event": "",
    "error-string": "",
    "named-error-event": "",
    "truncated": "",
    "empty": "",
}
STALLS = ("stall-before", "stall")
# What an answer must show, where it comes whole.
ANSWERS = {
    "torn": "user: Hi",
    "no-done": "user: Hi",
    "keepalive": "user: Hi",
    "slow": "user: Hi",
    "usage-in-finish": "user: Hi",
    "message-in-stream": "user: Hi",
    "tools": "",
    "aggregated-tools": "",
    "hosted-tools": "",
    "reasoning": "",
    "length": "max_tokens",
    "content-filter": "filter",
    "unknown-finish": "",
}
KEEPS_TEXT = ("drop", "reset", "error-event", "error-string", "named-error-event", "truncated")


@pytest.fixture(scope="module")
def kernel(server, tmp_path_factory):
    home = tmp_path_factory.mktemp("work")
    env = {
        "LANGTAIL_BASE_URL": server.url,
        "LANGTAIL_API_KEY": "lt-test-key-0123456789",
        "LANGTAIL_ASSISTANT": "acme/help/support/production",
        "LANGTAIL_NB_HOME": str(home / "kept"),
    }
    with start_kernel(sys.executable, env=env, cwd=str(home)) as kernel:
        kernel.run("%load_ext langtail_nb\nimport langtail_nb as lt; lt.settings.retries = 1")
        yield kernel


def ask(kernel, fault, line=""):
    return kernel.run(f"%%langtail fault-{fault} --new-thread {line}\nHi", cell_id=fault)


def is_well(kernel):
    after = kernel.run("%%langtail --new-thread\nStill there?", cell_id="after")
    assert after.status == "ok", after.errors
    assert "user: Still there?" in after.text


def test_every_fault_is_tried():
    assert {*FAILS, *ANSWERS, *STALLS} == {*FAULTS}


@pytest.mark.parametrize("fault", FAILS)
def test_a_fault_is_one_line_and_the_kernel_goes_on(kernel, fault):
    failed = ask(kernel, fault)

    (error,) = failed.errors
    assert failed.status == "error"
    assert FAILS[fault].lower() in error.lower()
    assert len(error.splitlines()) == 1
    assert "<html" not in error
    assert kernel.value("(lt.last().error is not None, lt.last().partial)") == "(True, True)"
    is_well(kernel)


@pytest.mark.parametrize("fault", KEEPS_TEXT)
def test_what_had_arrived_is_shown_and_kept(kernel, fault):
    failed = ask(kernel, fault)

    assert len(failed.of("display_data")) == 1
    final = failed.outputs[0]["data"]
    assert final["text/plain"]
    assert kernel.value("lt.last().text") == repr(final["text/plain"])


@pytest.mark.parametrize("fault", ANSWERS)
def test_an_odd_answer_is_read_whole(kernel, fault):
    ran = ask(kernel, fault)

    assert ran.status == "ok", ran.errors
    shown = ran.outputs[0]["data"]
    assert ANSWERS[fault] in shown["text/plain"] + shown["text/markdown"]


@pytest.mark.parametrize("fault", STALLS)
def test_a_stall_ends_with_the_timeout_asked_for(kernel, fault):
    failed = ask(kernel, fault, "--timeout 0.5")

    (error,) = failed.errors
    assert "0.5 s" in error
    is_well(kernel)


def test_a_busy_server_is_asked_again_and_the_wait_is_shown(kernel):
    ran = kernel.run("%%langtail --new-thread fault-429\nHi", cell_id="busy")

    frames = [str(m.content) for m in ran.of("display_data", "update_display_data")]
    assert any("attempt 2 of 2" in frame for frame in frames)


def test_a_server_that_is_gone_is_one_line(kernel):
    ran = kernel.run(
        "lt.settings.base_url = 'http://127.0.0.1:9'\n"
        "try: get_ipython().run_cell_magic('langtail', '', 'Hi')\n"
        "finally: lt.settings.base_url = None"
    )

    assert "127.0.0.1:9" in ran.errors[0]
    assert len(ran.errors[0].splitlines()) == 1
    is_well(kernel)
