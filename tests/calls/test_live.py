"""A cell's output in real kernels: it grows, it ends, it is stopped."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.kernels import kernel
from tests.wire import END, event, forever, piece, text, then, wire

LONG = "".join(f"Line {number} of a long answer, with **bold** words.\n\n" for number in range(100))
SETUP = """
import time
from langtail_nb._calls.live import converse
from langtail_nb._show.views import Quiet, view_for
from langtail_nb._client.client import Client
from langtail_nb._types.request import Request

client = Client("secret", base_url={url!r}, retries=0)
kept, order = [], []

class Mine:
    def __init__(self, tell=False):
        self.tell = tell

    def opened(self, thread_id):
        if self.tell:
            print("opened", thread_id)

    def grown(self, reply):
        pass

    def keep(self, reply):
        order.append("kept")
        kept.append(reply)
        get_ipython().displayhook.update_user_ns(reply)

    def footer(self, reply):
        return ["by-hand", "turn 1"]

    def held(self, reply):
        return "it may hold the message"

def ask(slug, *, show="markdown", quiet=False, tell=False, **options):
    request = Request(f"acme/support/{{slug}}/staging", "hi", **options.pop("parameters", {{}}))
    view = view_for(get_ipython(), show=show, quiet=quiet)
    converse(client, request, view=view, owner=Mine(tell), **options)
"""
ANSWERS = {
    "short": then(piece("Take "), piece("tram 4."), event(finish_reason="stop"), END),
    "long": text(LONG, size=40, every_s=0.005),
    "quick": text("word" * 100, every_s=0.008),
    "steady": text(LONG * 100, every_s=0.002),
    "forty": text("Some words. " * 3333 + "end.", every_s=0.0005),
    "pauses": text("one two three four five", size=5, every_s=0.2),
    "no-headers": forever,
    "no-token": forever,
    "stall": then(piece("Take "), after=forever),
    "broken": then(piece("Take "), "data: {"),
    "cut": then(piece("Take"), event(finish_reason="length"), END),
    "json": then(piece('{"a":1.10,'), piece('"b":[]}'), event(finish_reason="stop"), END),
    "empty": then(event(finish_reason="stop"), END),
}
PYTHONS = [path for path in os.environ.get("LANGTAIL_NB_KERNELS", "").split(os.pathsep) if path]


@pytest.fixture(scope="module")
def server():
    with wire(ANSWERS) as running:
        yield running


@pytest.fixture(scope="module", params=PYTHONS or [sys.executable], ids=lambda path: Path(path).parts[-3])
def running(request, server):
    with kernel(request.param) as started:
        ran = started.run(SETUP.format(url=server.url))
        assert ran.status == "ok", ran.errors
        yield started


def only(ran):
    """The only output a notebook keeps of the cell, error and stream aside."""
    outputs = [output for output in ran.outputs if output["output_type"] not in ("error", "stream")]
    assert [output["output_type"] for output in outputs] == ["display_data"], outputs
    return outputs[0]["data"]


def test_a_cell_ends_with_one_display_of_the_exact_text_and_of_markdown(running):
    data = only(running.run("ask('short')"))

    assert data["text/plain"] == "Take tram 4."
    assert data["text/markdown"].startswith("Take tram 4.\n\n<small")
    assert "by-hand\N{NO-BREAK SPACE}· turn 1" in data["text/markdown"]


def test_a_live_display_begins_with_a_placeholder_and_holds_markdown_only(running):
    ran = running.run("ask('long')")
    displays = ran.of("display_data", "update_display_data")

    assert displays[0].type == "display_data"
    assert "waiting" in displays[0].data["text/markdown"]
    assert {message.type for message in displays[1:]} == {"update_display_data"}
    assert {tuple(message.data) for message in displays[:-1]} == {("text/markdown",)}
    assert set(displays[-1].data) == {"text/plain", "text/markdown"}
    assert only(ran)["text/plain"] == LONG


def test_frames_grow_with_the_answer(running):
    sizes = [len(m.data["text/markdown"]) for m in running.run("ask('long')").of("update_display_data")]

    assert len(sizes) > 1
    assert sizes == sorted(sizes)


def test_a_reply_is_the_value_of_its_cell_without_a_second_output(running):
    ran = running.run("ask('short')")

    assert not ran.of("execute_result")
    assert running.value("_.text") == "'Take tram 4.'"
    assert running.value("Out[max(Out)] is kept[-1]") == "True"


def test_a_reply_is_kept_once_and_before_it_is_shown_for_good(running):
    code = """
class Watched(Quiet):
    def finish(self, reply, footer, *, elapsed_s):
        order.append("shown")
order.clear()
reply = converse(client, Request("acme/support/short/staging", "hi"), view=Watched(), owner=Mine())
"""
    running.run(code)

    assert running.value("(order, reply is kept[-1])") == "(['kept', 'shown'], True)"


STATES = {"no-headers": "waiting", "no-token": "opened thread-1", "stall": "Take", "steady": "Line 1 "}


@pytest.mark.parametrize("by_message", [False, True], ids=["signal", "message"])
@pytest.mark.parametrize("state", STATES)
def test_an_interrupt_closes_the_connection_and_keeps_what_had_come(running, server, state, by_message):
    """Before the headers, before the first token, in a stall and in a busy stream."""
    closed, asked = len(server.closed), len(server.requests)
    stopped, queued = (
        running.send(f"ask({state!r}, tell=True)"),
        running.send("print('not reached')", cell_id="cell-2"),
    )
    running.until_shown(stopped, STATES[state])
    server.until_asked(asked + 1)

    running.interrupt(message=by_message)
    running.finish(stopped)
    running.finish(queued)
    server.until_closed(closed + 1)

    assert (stopped.status, queued.status) == ("error", "aborted")
    assert running.value("(kept[-1].text, kept[-1].partial)") == repr((only_text(stopped), True))
    assert running.run("1 + 1").status == "ok"


def only_text(ran):
    """The model's text in the output, which is one line of ours where there is none."""
    data = only(ran)
    if data["text/plain"].startswith("no answer after"):
        return ""
    assert "stopped by you after" in data["text/markdown"]
    return data["text/plain"]


@pytest.mark.parametrize(
    ("state", "says"), [("stall", "5 characters kept"), ("no-token", "no text had come")]
)
def test_an_interrupted_cell_fails_with_one_line_that_says_what_is_where(running, state, says):
    ran = running.send(f"ask({state!r}, tell=True)")
    running.until_shown(ran, STATES[state])
    running.interrupt()
    (error,) = running.finish(ran).errors

    assert error.startswith("Interrupted: stopped after")
    assert error.endswith(f"{says}; it may hold the message")
    assert "\n" not in error


def test_the_thread_id_is_told_before_the_first_token(running):
    ran = running.send("ask('no-token', tell=True)")
    running.until_shown(ran, "opened thread-1")
    running.interrupt()

    assert running.finish(ran).status == "error"


def test_an_answer_that_breaks_off_keeps_its_text_and_says_so(running):
    ran = running.run("ask('broken')")
    data = only(ran)

    assert data["text/plain"] == "Take "
    assert "broke off" in data["text/markdown"]
    assert ran.errors[0].startswith("StreamError: ")
    assert running.value("kept[-1].error is not None") == "True"


def test_a_failure_before_the_first_token_leaves_one_line_above_the_error(running):
    ran = running.run("ask('unheard-of')")

    assert only(ran)["text/plain"].startswith("no answer after ")
    assert ran.errors[0].startswith("NotFoundError: ")


def test_an_answer_cut_by_max_tokens_names_the_remedy(running):
    data = only(running.run("ask('cut', parameters={'max_tokens': 800})"))

    assert data["text/plain"] == "Take"
    assert "cut at max_tokens 800; raise it with --max-tokens" in data["text/markdown"]


def test_a_failing_painter_does_not_lose_the_answer(running):
    code = """
class Broken(Quiet):
    def grow(self, reply):
        raise ZeroDivisionError("cannot paint")
converse(client, Request("acme/support/long/staging", "hi"), view=Broken(), owner=Mine())
"""
    ran = running.run(code)

    assert ran.reply["ename"] == "ZeroDivisionError"
    assert running.value("(len(kept[-1].text), kept[-1].partial)") == repr((len(LONG), False))


def test_a_failing_keeper_does_not_hide_the_answer(running):
    code = """
class Refuses(Mine):
    def keep(self, reply):
        raise ZeroDivisionError("cannot keep")
view = view_for(get_ipython())
converse(client, Request("acme/support/short/staging", "hi"), view=view, owner=Refuses())
"""
    ran = running.run(code)

    assert ran.reply["ename"] == "ZeroDivisionError"
    assert only(ran)["text/plain"] == "Take tram 4."


def test_silence_past_the_limit_of_a_call_breaks_it_off(running, server):
    closed = len(server.closed)
    ran = running.run("ask('stall', timeout=0.2)")
    server.until_closed(closed + 1)

    assert only(ran)["text/plain"] == "Take "
    assert "no data for 0.2 s" in ran.errors[0]


def test_a_quiet_cell_shows_nothing_but_errors(running):
    assert running.run("ask('short', quiet=True)").outputs == []
    assert [o["output_type"] for o in running.run("ask('broken', quiet=True)").outputs] == ["error"]


def test_show_text_holds_plain_text_only(running):
    ran = running.run("ask('long', show='text')")

    assert {tuple(message.data) for message in ran.of("display_data", "update_display_data")} == {
        ("text/plain",)
    }
    assert only(ran)["text/plain"] == LONG


def test_show_json_formats_what_is_json_and_nothing_of_its_values(running):
    data = only(running.run("ask('json', show='json')"))

    assert data["text/plain"] == '{"a":1.10,"b":[]}'
    assert '{\n  "a": 1.10,\n  "b": []\n}' in data["text/markdown"]


def test_an_empty_answer_says_so(running):
    data = only(running.run("ask('empty')"))

    assert data["text/plain"] == ""
    assert "without any text" in data["text/markdown"]


@pytest.mark.parametrize(
    ("cell_id", "allow_stdin", "live"),
    [("cell-1", False, True), (None, True, True), (None, False, False)],
    ids=["cell id", "allows input", "neither"],
)
def test_live_frames_are_for_front_ends_that_somebody_looks_at(running, cell_id, allow_stdin, live):
    """A cell id or allowed input; nbclient, papermill and nbval send neither and get one output."""
    ran = running.run("ask('long')", cell_id=cell_id, allow_stdin=allow_stdin)
    displays = ran.of("display_data", "update_display_data")

    assert (len(displays) > 1) == live
    assert only(ran)["text/plain"] == LONG


@pytest.mark.parametrize(("variables", "live"), [({"CI": "1"}, False), ({"LANGTAIL_NB_LIVE": "0"}, False),
                                                 ({"CI": "1", "LANGTAIL_NB_LIVE": "1"}, True)])  # fmt: skip
def test_the_environment_decides_over_the_front_end(running, variables, live):
    running.run(f"import os; os.environ.update({variables!r})")
    ran = running.run("ask('long')")
    running.run(f"for name in {list(variables)!r}: del os.environ[name]")

    assert (len(ran.of("display_data", "update_display_data")) > 1) == live


def test_a_captured_cell_gets_one_output(running):
    running.run("%%capture got\nask('long')")

    assert (
        running.value("(len(got.outputs), got.outputs[0].data['text/plain'] == kept[-1].text)") == "(1, True)"
    )


def test_a_long_answer_costs_a_trickle(running, server):
    """40 KB in 4-character pieces: a redraw per token would send 5,300 times the text."""
    ran = running.run("ask('forty')")
    displays = ran.of("display_data", "update_display_data")
    sent = sum(len(json.dumps(message.content, ensure_ascii=False).encode()) for message in displays)

    assert len(only(ran)["text/plain"]) == 40_000
    assert len(displays) <= 2 + 20 * (displays[-1].at - displays[0].at)
    assert sent <= 30 * 40_000


def test_a_short_answer_is_painted_at_most_twenty_times_a_second(running):
    """A hundred pieces within a second or so; each would be a frame of its own if the clock did not rule."""
    displays = running.run("ask('quick')").of("display_data", "update_display_data")

    # Not counted: the placeholder and the last state, which wait for no interval.
    assert len(displays) - 2 <= 1 + 20 * (displays[-1].at - displays[0].at)


def test_no_frame_is_sent_while_nothing_new_has_come(running):
    """Five pieces with pauses between them: a repaint by clock alone would send many more."""
    frames = running.run("ask('pauses')").of("update_display_data")[:-1]

    assert len([frame for frame in frames if "waiting" not in frame.data["text/markdown"]]) <= 6
