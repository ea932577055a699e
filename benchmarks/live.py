"""What a live cell costs, and how soon an interrupted one is over. Prints medians; run it on a quiet machine.

    python benchmarks/live.py [PYTHON ...]

Each PYTHON is one with langtail_nb and an ipykernel; this one, if none is named.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.kernels import Kernel, Ran, kernel
from tests.wire import Wire, forever, piece, text, then, wire

ROUNDS = 7
WORDS = "Some **bold** words, `code` and a price of 5 dollars.\n\n"
FORTY = (WORDS * 800)[:40_000]
ANSWERS = {
    "forty": text(FORTY, every_s=5 / 10_000),
    "before the first token": forever,
    "stall": then(piece("Take "), after=forever),
    "busy stream": text(FORTY * 10, every_s=0.002),
}
SHOWN = {"before the first token": "waiting", "stall": "Take", "busy stream": "bold"}
SETUP = """
import ipykernel, time
from langtail_nb._calls.live import converse
from langtail_nb._show.views import Quiet, view_for
from langtail_nb._client.client import Client
from langtail_nb._types.request import Request
client = Client("secret", base_url={url!r})
class Mine:
    def opened(self, thread_id): pass
    def grown(self, reply): pass
    def keep(self, reply): pass
    def footer(self, reply): return ["by-hand"]
    def held(self, reply): return "it may hold the message"
def ask(slug):
    view = view_for(get_ipython())
    converse(client, Request(f"acme/support/{{slug}}/staging", "hi"), view=view,
         owner=Mine())
print(ipykernel.__version__, end="")
"""


def main(pythons: list[str]) -> None:
    with wire({name.replace(" ", "-"): answer for name, answer in ANSWERS.items()}) as server:
        for python in pythons:
            with kernel(python) as running:
                print(f"ipykernel {running.run(SETUP.format(url=server.url)).text}")
                print(f"  {cost(running)}")
                for state in SHOWN:
                    print(f"  interrupt, {state}: {latencies(running, server, state)}")


def cost(running: Kernel) -> str:
    ran = running.run("a = time.process_time(); ask('forty'); print(time.process_time() - a)")
    displays = ran.of("display_data", "update_display_data")
    sent = sum(len(json.dumps(message.content, ensure_ascii=False).encode()) for message in displays)
    took = displays[-1].at - displays[0].at
    return (
        f"40 KB in 4-character pieces, {took:.1f} s: {len(displays)} frames, {len(ran.messages)} messages, "
        f"{sent / len(FORTY):.1f} bytes a byte of text, {len(displays) / took:.1f} frames/s, "
        f"{sent / took / 1000:.0f} KB/s, {float(_stream(ran)):.2f} s of CPU"
    )


def latencies(running: Kernel, server: Wire, state: str) -> str:
    idle: list[float] = []
    closed: list[float] = []
    for number in range(2 * ROUNDS):
        hung_up, asked = len(server.closed), len(server.requests)
        ran = running.send(f"ask({state.replace(' ', '-')!r})")
        running.until_shown(ran, SHOWN[state])
        server.until_asked(asked + 1)
        at = running.interrupt(message=number % 2 == 1)
        running.finish(ran)
        idle.append(ran.idle_at - at)
        closed.append(server.until_closed(hung_up + 1) - at)
    return "; ".join(
        f"{how}: idle {_ms(idle[start::2])}, closed {_ms(closed[start::2])}"
        for start, how in enumerate(("signal", "message"))
    )


def _ms(values: list[float]) -> str:
    return f"{statistics.median(values) * 1000:.1f} ms (most {max(values) * 1000:.1f})"


def _stream(ran: Ran) -> str:
    return "".join(message.content["text"] for message in ran.of("stream"))


if __name__ == "__main__":
    main(sys.argv[1:] or [sys.executable])
