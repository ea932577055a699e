"""A panel in real kernels, driven over the Jupyter protocol as a front end drives it."""

from pathlib import Path

import pytest

from tests.panel.front_end import PYTHONS, SETUP, VIEW, front_end

COUNTS = """(lambda gc, threading, widgets, events: {
    "widgets": len(widgets),
    "watchers": len(lt.settings._watchers),
    "callbacks": len(events.callbacks["post_run_cell"]),
    "threads": sum(not t.name.startswith("asyncio") for t in threading.enumerate()),
    "models": sum(type(o).__name__ == "Playground" for o in gc.get_objects()) if not gc.collect() < 0 else 0,
})(__import__("gc"), __import__("threading"),
   __import__("ipywidgets.widgets.widget").widgets.widget._instances, get_ipython().events)"""


AT_WORK = "any(t.name == 'langtail_nb panel' for t in __import__('threading').enumerate())"


@pytest.fixture(scope="module", params=PYTHONS, ids=lambda path: Path(path).parts[-3])
def front(request, panel_server, tmp_path_factory):
    home = tmp_path_factory.mktemp("front")
    with front_end(request.param, home=home, url=panel_server.url) as started:
        assert started.run(SETUP).status == "ok"
        yield started
        assert started.errors() == []


@pytest.fixture
def panel(front):
    """A new panel, the only one of its cell; nothing is set."""
    front.run("lt.settings.reset()", cell_id="reset")
    yield opened(front)
    # A later panel of that cell would go on from this one.
    front.run(
        "from langtail_nb._panel.widget import Panel\nfor one in [*Panel._open]: one.close()", cell_id="end"
    )


def opened(front, code="lt.panel()", cell_id="panel"):
    panel = front.opened(front.run(code, cell_id=cell_id))
    front.wait(lambda: panel["head"]["status"] == "known", "deployment")
    return panel


@pytest.mark.parametrize("code", ["lt.panel()", "%langtail panel", "lt.panel('acme/help/locked/staging')"])
def test_a_cell_with_a_panel_has_two_outputs_the_widget_and_its_receipt(front, code):
    ran = front.run(code, cell_id="panel")
    widget, receipt = ran.outputs

    assert (widget["output_type"], receipt["output_type"]) == ("display_data", "display_data")
    assert set(widget["data"]) == {VIEW, "text/plain"}
    assert widget["data"]["text/plain"].startswith("Panel('acme/help/")
    # The first HTML of a page makes JupyterLab load MathJax before it paints the panel.
    assert set(receipt["data"]) == {"text/plain"}
    assert receipt["transient"]["display_id"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("lt.panel('//?')", "ConfigurationError: "),
        ("lt.panel(rows=3)", "ConfigurationError: rows must be a list of dicts or a DataFrame, not int"),
    ],
)
def test_a_panel_that_cannot_be_made_says_why_and_leaves_nothing(front, panel, code, told):
    front.wait(lambda: front.value(AT_WORK) == "False", "end of the first look")
    before = front.value(COUNTS)
    failed = front.run(code, cell_id="cannot")
    front.forgive(failed)

    assert len(failed.errors) == 1
    assert failed.errors[0].startswith(told)
    assert front.value(COUNTS) == before


def test_a_run_streams_to_its_end_and_the_receipt_shows_it(front, panel):
    column = front.run_panel(panel, "Where is *it*?")

    assert column["state"] == "done"
    assert "Where is <em>it</em>?" in "".join(panel.blocks())
    assert panel.grown()[-1].content["grow"]["tail"] is None
    receipt = front.receipts()[-1]["content"]["data"]
    assert set(receipt) == {"text/html", "text/plain"}
    assert "Where is *it*?" in receipt["text/plain"]


def test_the_receipt_is_one_display_of_the_panels_cell_and_holds_five_runs(front, panel):
    """A display that is shown anew is the only background output that is saved with a notebook."""
    before = len(front.receipts())
    for number in range(7):
        front.run_panel(panel, f"Question {number}")
    updates = [raw["content"] for raw in front.receipts()[before:]]
    texts = updates[-1]["data"].values()

    assert len({update["transient"]["display_id"] for update in updates}) == 1
    for text in texts:
        assert [number for number in range(7) if f"Question {number}" in text] == [2, 3, 4, 5, 6]


def test_a_receipt_is_merged_into_the_display_that_the_panels_cell_made(front):
    ran = front.run("lt.panel()", cell_id="merged")
    panel = front.opened(ran)
    front.run_panel(panel, "Kept with the notebook?")
    (receipt,) = [out for out in ran.outputs if VIEW not in out["data"]]
    update = front.receipts()[-1]["content"]

    assert update["transient"] == receipt["transient"]
    assert "Kept with the notebook?" in update["data"]["text/html"]


def test_the_receipt_tells_which_answer_became_a_turn(front):
    panel = front.opened(front.run("lt.panel('acme/help/locked/staging')", cell_id="turn"))
    front.run_panel(panel, "Tried")
    column = front.run_panel(panel, "Taken")
    front.act(panel, "keep", column="run", serial=column["serial"])
    front.wait(lambda: panel.column["kept"], "the turn")
    told = panel.column["kept"]
    front.wait(lambda: told in front.receipts()[-1]["content"]["data"]["text/plain"], "the receipt")

    for text in front.receipts()[-1]["content"]["data"].values():
        assert text.count(told) == 1
        assert text.index("Taken") < text.index(told) < text.index("Tried")


def test_running_its_cell_again_closes_a_panel(front, panel):
    again = opened(front)

    assert panel.is_closed
    assert not again.is_closed
    assert panel["layout"].removeprefix("IPY_MODEL_") in front.closed


def test_a_panel_whose_cell_is_run_again_goes_on(front, panel):
    front.act(panel, "extra", messages=[{"role": "system", "text": "Be kind"}])
    column = front.run_panel(panel, "An old question")
    front.act(panel, "keep", column="run", serial=column["serial"])
    front.act(panel, "set", name="temperature", value=0.3)
    front.act(panel, "compare_add")
    front.act(panel, "message", text="Half a quest")
    front.wait(lambda: panel["message"]["text"] == "Half a quest", "the edit")
    ran = front.run("lt.panel()", cell_id="panel")
    again = front.opened(ran)
    receipt = next(out["data"]["text/plain"] for out in ran.outputs if VIEW not in out["data"])

    assert again["message"]["text"] == "Half a quest"
    assert [message["text"] for message in again["extra"]] == ["Be kind"]
    assert [item["title"] for item in again["compare"]["items"]] == ["deployed", "temperature 0.3"]
    assert (again.column["state"], again.column["kept"]) == ("done", panel.column["kept"])
    front.act(again, "hello")
    front.wait(lambda: again.custom, "the answer")
    assert "An old question" in "".join(again.custom[0].content["full"][0]["add"])
    assert "An old question" in receipt
    assert panel.column["kept"] in receipt
    front.act(again, "undo")
    front.wait(lambda: again["message"]["text"] == "An old question", "the edit taken back")
    front.run_panel(again, "A new question")
    told = front.receipts()[-1]["content"]["data"]["text/plain"]
    assert told.index("A new question") < told.index("An old question")


@pytest.mark.parametrize("texts", [["Zero", "One", "Two"], ["", "", "Two"], ["", "One", ""]])
def test_each_of_several_panels_of_a_cell_goes_on_as_itself(front, texts):
    code = "from IPython.display import display\nfor t in 'triage', 'locked', 'triage':\n"
    code += "    display(lt.panel(f'acme/help/{t}/staging'))"

    def shown():
        ran = front.run(code, cell_id="several ".join(texts))
        return [front.panels[out["data"][VIEW]["model_id"]] for out in ran.outputs if VIEW in out["data"]]

    first = shown()
    for text, panel in zip(texts, first, strict=True):
        if text:
            front.act(panel, "message", text=text)
            front.act(panel, "extra", messages=[{"role": "system", "text": text}])
            front.wait(lambda panel=panel: panel["message"]["text"] and panel["extra"], "the edits")
    again = shown()

    assert [panel["message"]["text"] for panel in again] == texts
    assert [len(panel["extra"]) for panel in again] == [bool(text) for text in texts]
    assert all(panel.is_closed for panel in first)


def test_what_was_begun_in_a_panel_is_not_replaced_by_what_an_older_one_holds(front, panel):
    front.run("shown = lt.panel()", cell_id="make")
    older = front.opened(front.run("shown", cell_id="show"))
    front.act(older, "message", text="Older")
    front.wait(lambda: older["message"]["text"], "the edit")
    front.run("shown = lt.panel()", cell_id="make")
    front.run(
        "shown.model.do({'do': 'extra', 'messages': [{'role': 'user', 'text': 'mine'}]})", cell_id="edit"
    )
    newer = front.opened(front.run("shown", cell_id="show"))

    assert older.is_closed
    assert (newer["message"]["text"], [one["text"] for one in newer["extra"]]) == ("", ["mine"])


def test_a_panel_of_another_cell_takes_nothing_over(front, panel):
    front.act(panel, "message", text="Stays here")
    front.wait(lambda: panel["message"]["text"], "the edit")
    front.run("lt.panel('acme/help/locked/staging').close()", cell_id="panel")
    other = front.opened(front.run("lt.panel()", cell_id="other"))

    assert panel.is_closed
    assert other["message"]["text"] == ""


def test_a_panel_that_is_shown_from_captured_output_has_its_receipt(front):
    front.run("%%capture out\nfrom IPython.display import display\ndisplay(lt.panel())", cell_id="captured")
    panel = front.opened(front.run("out.show()", cell_id="shown"))
    front.wait(lambda: panel["head"]["status"] == "known", "deployment")
    front.run_panel(panel, "Seen?")

    assert "Seen?" in front.receipts()[-1]["content"]["data"]["text/plain"]


def test_panels_in_a_box_go_on_and_leave_nothing_and_know_of_each_other(front, panel):
    code = "import ipywidgets\nbox = ipywidgets.HBox([lt.panel(), lt.panel()])\nbox"
    front.run(code, cell_id="box")
    front.run("box.children[0].model.do({'do': 'message', 'text': 'Half a quest'})", cell_id="type")
    front.wait(lambda: front.value(AT_WORK) == "False", "end of the first look")
    # A box of an earlier run stays, as ipywidgets has it; the panels in it do not.
    ours = "[len(lt.settings._watchers), len(get_ipython().events.callbacks['post_run_cell'])]"
    counted = front.value(ours)
    for _ in range(3):
        front.run(code, cell_id="box")
    front.run("one, other = box.children; one.run('Kept?')", cell_id="ask")
    keep = "one.model.do({'do': 'keep', 'column': 'run', 'serial': one.columns[0]['serial']})"
    front.run(keep, cell_id="keep")

    assert "the answer joins it" in front.value("other.thread")
    assert front.value("[child.message['text'] for child in box.children]") == "['Kept?', '']"
    front.run(code, cell_id="box")
    assert front.value("[child.message['text'] for child in box.children]") == "['Kept?', '']"
    assert front.value(ours) == counted


def test_an_answer_that_comes_while_a_cell_captures_its_output_is_in_the_receipt(front):
    front.run("from langtail_nb._panel.widget import Panel", cell_id="import")
    panel = opened(front, "lt.panel('acme/help/slow/staging')", cell_id="slow")
    front.act(panel, "message", text="Seen all the same? " * 10)
    front.act(panel, "run")
    front.wait(panel.grown, "the first words")
    receipts = len(front.receipts())
    front.run("%%capture\nlt._panel_waits = [p.model.wait() for p in Panel._open]", cell_id="capturing")
    front.wait(lambda: len(front.receipts()) > receipts, "the receipt")

    assert "Seen all the same?" in front.receipts()[-1]["content"]["data"]["text/plain"]


def test_a_run_that_is_stopped_as_its_cell_is_run_again_and_again_is_in_the_newest_receipt(front):
    code = "lt.panel('acme/help/slow/staging')"
    panel = opened(front, code, cell_id="stopped")
    front.act(panel, "message", text="Stopped on the way " * 20)
    front.act(panel, "run")
    front.wait(panel.grown, "the first words")
    front.run(code, cell_id="stopped")
    ran = front.run(code, cell_id="stopped")
    (newest,) = [out for out in ran.outputs if VIEW not in out["data"]]

    def shown():
        updates = [raw["content"] for raw in front.receipts()]
        mine = [one for one in updates if one["transient"] == newest["transient"]]
        return "Stopped on the way" in [newest, *mine][-1]["data"]["text/plain"]

    front.wait(shown, "the receipt")


def test_a_panel_is_heard_of_though_code_inside_a_capture_runs_a_cell(front, panel):
    front.act(panel, "message", text="Seen beside it?")
    front.wait(lambda: panel["message"]["text"], "the edit")
    nested = "%%capture\nget_ipython().run_cell('1')\nfor one in [*Panel._open]: one.run()"
    front.run("from langtail_nb._panel.widget import Panel", cell_id="import")
    receipts = len(front.receipts())
    front.run(nested, cell_id="nested")
    front.wait(lambda: len(front.receipts()) > receipts, "the receipt")

    assert "Seen beside it?" in front.receipts()[-1]["content"]["data"]["text/plain"]


def test_a_base_url_that_cannot_be_used_is_told_in_the_panel_alone(front, panel):
    front.run("import os; url = os.environ.pop('LANGTAIL_BASE_URL')", cell_id="keep")
    front.run("os.environ['LANGTAIL_BASE_URL'] = 'api.example.com'", cell_id="break")
    ran = front.run("1 + 1", cell_id="next")
    front.act(panel, "set", name="temperature", value=0.7)
    front.wait(lambda: panel["warnings"], "the warning")
    front.run("os.environ['LANGTAIL_BASE_URL'] = url", cell_id="mend")
    front.wait(lambda: "-t 0.7" in panel["line"], "the panel as before")

    assert [out["output_type"] for out in ran.outputs] == ["execute_result"]
    assert any("api.example.com" in str(sent.content.get("warnings")) for sent in panel.changes)


def test_a_panel_on_another_assistant_begins_anew(front, panel):
    front.run_panel(panel, "An old question")
    again = opened(front, "lt.panel('acme/help/locked/staging')")

    assert panel.is_closed
    assert (again["message"]["text"], again["columns"]) == ("", [])


def test_what_was_asked_before_a_panel_is_shown_stays_ahead_of_what_stood_there(front, panel):
    front.run_panel(panel, "An old question")
    ran = front.run("shown = lt.panel()\nshown.run('Asked in the cell')\nshown", cell_id="panel")
    front.wait(lambda: front.opened(ran).column["state"] == "done", "the answer")

    assert front.opened(ran)["message"]["text"] == "Asked in the cell"
    texts = [out["data"]["text/plain"] for out in ran.outputs]
    told = next(text for text in texts if "An old question" in text)
    assert told.index("Asked in the cell") < told.index("An old question")


def test_another_cell_and_another_panel_of_the_cell_leave_a_panel_open(front):
    first = opened(front, cell_id="first")
    ran = front.run("from IPython.display import display\ndisplay(lt.panel(), lt.panel())", cell_id="two")
    views = [out["data"][VIEW]["model_id"] for out in ran.outputs if VIEW in out["data"]]

    assert len(views) == 2
    assert not first.is_closed
    assert not any(front.panels[view].is_closed for view in views)

    front.run("'other things'", cell_id="first")
    front.run("lt.panel()", cell_id="two")

    assert all(front.panels[view].is_closed for view in views)


def test_nothing_is_left_of_fifty_panels_of_one_cell(front):
    opened(front, "%langtail panel", cell_id="many")
    front.run("import gc; gc.collect()", cell_id="collect")
    front.wait(lambda: front.value(AT_WORK) == "False", "end of the first look")
    before, models = front.value(COUNTS), len(front.models)
    for _ in range(50):
        panel = front.opened(front.run("%langtail panel", cell_id="many"))
    front.wait(lambda: panel["head"]["status"] == "known", "deployment")
    front.wait(lambda: front.value(COUNTS) == before, f"as little as before: {before}, {front.value(COUNTS)}")

    assert len(front.models) == models


def test_a_panel_that_another_cell_shows_too_lives_on_when_one_of_them_is_run_again(front):
    shown = front.opened(front.run("shown = lt.panel()\nshown", cell_id="above"))
    front.run("shown", cell_id="below")
    front.run("lt.panel()", cell_id="below")
    assert not shown.is_closed

    front.run("lt.panel()", cell_id="above")
    assert shown.is_closed


def test_what_a_cell_sets_shows_in_the_panel_and_the_other_way_round(front, panel, panel_server):
    front.run("%langtail set -t 0.3", cell_id="set")
    assert (panel.row("temperature")["state"], panel.row("temperature")["value"]) == ("overridden", 0.3)

    front.act(panel, "set", name="temperature", value=0.9)
    front.wait(lambda: panel.row("temperature")["value"] == 0.9)
    assert front.run("%%langtail --no-thread\nHi", cell_id="ask").status == "ok"
    body = next(r for r in reversed(panel_server.requests()) if r["method"] == "POST")["body"]

    assert body["temperature"] == 0.9
    assert panel["line"] == "%langtail run acme/help/triage/staging -t 0.9"


def test_a_cells_turn_shows_in_the_panel(front, panel):
    rows = len(panel["history"]["runs"])
    front.run("%%langtail --new-thread\nFrom a cell", cell_id="turn")

    assert "1 turn" in panel["thread"]
    assert len(panel["history"]["runs"]) == min(rows + 1, 50)
    assert panel["history"]["runs"][0]["source"] == "cell"


def test_a_cell_goes_on_with_the_turn_that_was_kept(front, panel, panel_server):
    front.run("%%langtail --new-thread\nFirst", cell_id="turn")
    front.run_panel(panel, "Tried in the panel")
    front.act(panel, "keep", column="run", serial=panel.column["serial"])
    front.wait(lambda: panel["columns"][0]["kept"], "the turn")
    front.run("%%langtail\nLast", cell_id="after")
    sent = next(r for r in reversed(panel_server.requests()) if r["method"] == "POST")["body"]["messages"]

    assert [m["content"] for m in sent if m["role"] == "user"] == ["First", "Tried in the panel", "Last"]
    assert "3 turns" in panel["thread"]


def test_a_run_adds_no_turn(front, panel):
    front.run("%%langtail --new-thread\nFirst", cell_id="turn")
    front.run_panel(panel, "Only tried")

    assert "1 turn" in panel["thread"]


def test_a_linked_slider_and_a_panel_move_each_other(front, panel):
    front.run(
        "import ipywidgets\n"
        "slider = ipywidgets.FloatSlider(0.5, min=0, max=2)\n"
        "link = ipywidgets.link((slider, 'value'), (lt.settings, 'temperature'))",
        cell_id="link",
    )
    front.run("slider.value = 1.25", cell_id="move")
    assert panel.row("temperature")["value"] == 1.25

    front.act(panel, "set", name="temperature", value=0.75)
    front.wait(lambda: panel.row("temperature")["value"] == 0.75)
    # The panel is told first, and an action may be carried out on another thread than cells.
    front.wait(lambda: front.value("slider.value") == "0.75")

    front.act(panel, "reset", name="temperature")
    front.wait(lambda: panel.row("temperature")["state"] == "inherited")
    front.wait(lambda: panel.said and "keeps what it showed" in panel.said[-1])
    assert front.value("lt.settings.temperature") == "None"
    front.run("link.unlink()", cell_id="move")


def test_a_value_that_a_linked_widget_cannot_show_is_in_force_and_sent(front, panel):
    front.run(
        "import ipywidgets\n"
        "slider = ipywidgets.IntSlider(0, min=0, max=2)\n"
        "link = ipywidgets.link((slider, 'value'), (lt.settings, 'temperature'))",
        cell_id="narrow",
    )
    front.act(panel, "set", name="temperature", value=0.7)
    front.wait(lambda: panel.row("temperature")["value"] == 0.7)
    column = front.run_panel(panel, "Sent all the same")
    front.run("link.unlink()", cell_id="narrow")

    assert column["state"] == "done"


def test_interact_sets_what_the_panel_shows(front, panel):
    ran = front.run(
        "import ipywidgets\n"
        "@ipywidgets.interact(top_p=(0.0, 1.0))\ndef choose(top_p=0.5):\n    lt.settings.top_p = top_p",
        cell_id="interact",
    )

    assert ran.status == "ok"
    assert panel.row("top_p")["value"] == 0.5


def test_an_observer_may_ask_while_a_panel_streams(front):
    """It holds the settings while it waits for the network, which the panel's answer comes from too."""
    front.run("from langtail_nb._panel.widget import Panel", cell_id="import")
    panel = opened(front, "lt.panel('acme/help/slow/staging')", cell_id="slow")
    front.run(
        "answers = []\n"
        "def ask(change):\n"
        "    answers.append(lt.ask('Asked inside', target='acme/help/triage/staging').text)\n"
        "lt.settings.observe(ask, 'temperature')",
        cell_id="observe",
    )
    front.act(panel, "message", text="A long question " * 10)
    front.act(panel, "run")
    front.wait(panel.grown, "the first words")
    ran = front.run("lt.settings.temperature = 0.4; len(answers)", cell_id="ask")
    column = front.until_ended(panel)
    front.act(opened(front, cell_id="other"), "set", name="temperature", value=0.6)
    front.wait(lambda: front.value("len(answers)") == "2", "the second answer")
    front.run("lt.settings.unobserve(ask, 'temperature')", cell_id="observe")

    assert ran.outputs[-1]["data"]["text/plain"] == "1"
    assert column["state"] == "done"


def test_a_click_that_is_no_action_does_nothing(front, panel):
    for content in ("run", None, {"do": "nothing"}, {"do": ["run"]}, {}):
        message = front.client.session.msg(
            "comm_msg", {"comm_id": panel.id, "data": {"method": "custom", "content": content}}
        )
        front.client.shell_channel.send(message)
    front.act(panel, "hello")
    front.wait(lambda: panel.custom, "an answer to hello")

    assert [sent.content for sent in panel.custom] == [{"full": []}]
