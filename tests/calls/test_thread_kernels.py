"""On real kernels, too, what is believed of threads is what the server holds, or the user was told."""

from __future__ import annotations

import ast
import random
import sys
from collections.abc import Iterator

import pytest

from langtail_nb._kernel.conversation.turn import Turn
from tests.calls.notebook import TOLD, agree
from tests.kernels import Kernel, Ran
from tests.kernels import kernel as start_kernel
from tests.remembering import KINDS, STALLS, Remembering

BELIEVED = (
    "[(t.id, [(u.order, u.state, u.is_lost, u.sent, u.received) for u in t.turns])"
    " for c in _s._threads.values() for t in c.threads]"
)
LINES = ("", "", "", "--new-thread", "--thread left", "--no-thread")
COMMANDS = ("thread 1", "thread fork", "thread list", "thread history")


@pytest.fixture(scope="module")
def kernel(remembers: Remembering, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    environment = {
        "LANGTAIL_BASE_URL": remembers.url,
        "LANGTAIL_API_KEY": "lt-test-key",
        "LANGTAIL_NB_HOME": str(tmp_path_factory.mktemp("kept")),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    with start_kernel(sys.executable, env=environment) as running:
        setup = "import langtail_nb as lt\nfrom langtail_nb._kernel.session import session as _s\n"
        assert running.run(f"%load_ext langtail_nb\n{setup}lt.settings.retries = 0").status == "ok"
        yield running


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(25))
def test_on_a_real_kernel_what_is_believed_is_held_or_told(
    remembers: Remembering, kernel: Kernel, seed: int
) -> None:
    draw, broken = random.Random(seed), set()
    remembers.threads.clear()
    kernel.run(f"_s._threads.clear(); _s.newest = None; lt.settings.target = 'acme/help/k-{seed}/production'")
    for number in range(8):
        is_command = draw.random() < 0.3
        typed = f"%langtail {draw.choice(COMMANDS)}"
        ran = kernel.run(typed, cell_id="command") if is_command else _asked(remembers, kernel, draw, number)
        believed = ast.literal_eval(kernel.value(BELIEVED))
        for name, turns in believed:
            made = [Turn(None, one[3], one[4], state=one[1], is_lost=one[2]) for one in turns]
            assert name is None or agree(made, remembers.threads[name]), (
                ran.errors,
                believed,
                remembers.threads,
            )
        now = {one[0] for _, turns in believed for one in turns if one[1] != "done"}
        assert now <= broken or any(words in str(ran.errors) for words in TOLD)
        broken = now


def _asked(server: Remembering, kernel: Kernel, draw: random.Random, number: int) -> Ran:
    fault = draw.choice([*KINDS, *[""] * len(KINDS)])
    server.fault, server.keeps, server.whole = fault, draw.random() < 0.6, draw.random() < 0.4
    asked, line = server.invokes, draw.choice(LINES)
    ran = kernel.send(f"%%langtail {line}\nquestion {number}", cell_id=draw.choice("ABC"))
    if fault in STALLS:
        kernel.until(ran, lambda _: server.invokes > asked, "request")
        kernel.interrupt()
    return kernel.finish(ran)
