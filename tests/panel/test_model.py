"""The panel without its view, against a real server: what it shows, what it changes, what it sends."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from langtail_nb._kernel.session import Session
from langtail_nb._line import template_cell
from langtail_nb._line.reading import parse
from langtail_nb._line.values import evaluate
from langtail_nb._panel.playground import Playground
from langtail_nb._types.rows import rows_of
from tests.panel.panels import TARGET, Panel, Shown, opened
from tests.servers import KEY, Server, deployment, write_project
from tests.values import VALUES

MakePanel = Callable[..., Panel]


# Parameters


def test_a_row_that_was_not_touched_shows_what_is_deployed_and_sends_nothing(panel: Panel) -> None:
    row = panel.shown.row("temperature")
    assert (row["state"], row["value"], row["deployed"]) == ("inherited", None, 0.5)
    assert panel.model.request().parameters == {}


def test_a_slider_sets_what_the_next_cell_sends(panel: Panel, session: Session) -> None:
    panel.do("set", name="temperature", value=0.9)
    assert panel.shown.row("temperature")["state"] == "overridden"
    assert session.settings.overrides("acme/help/triage/staging") == {"temperature": 0.9}
    assert session.settings.source("temperature", "acme/help/triage/staging") == "panel"


def test_what_a_cell_sets_moves_the_slider(panel: Panel, session: Session) -> None:
    session.settings.target = "acme/help/triage/staging"
    session.settings.temperature = 0.2
    row = panel.shown.row("temperature")
    assert (row["state"], row["value"], row["source"]) == ("overridden", 0.2, "set")


def test_ticking_a_box_pins_what_is_deployed_and_sends_it(panel: Panel) -> None:
    panel.do("use", name="temperature", on=True)
    assert panel.shown.row("temperature")["state"] == "pinned"
    assert panel.model.request().parameters == {"temperature": 0.5}


def test_a_box_that_is_unticked_leaves_the_parameter_as_deployed(panel: Panel) -> None:
    panel.do("set", name="temperature", value=0.9)
    panel.do("use", name="temperature", on=False)
    assert panel.shown.row("temperature")["state"] == "inherited"
    assert panel.model.request().parameters == {}


def test_a_value_out_of_range_is_told_beside_its_row_and_the_old_one_stays(panel: Panel) -> None:
    panel.do("set", name="temperature", value=0.9)
    panel.do("set", name="temperature", value=9)
    row = panel.shown.row("temperature")
    assert row["value"] == 0.9
    assert row["problem"] == "temperature must be from 0 to 2, not 9"
    panel.do("set", name="temperature", value=1)
    assert panel.shown.row("temperature")["problem"] is None


def test_json_mode_that_is_deployed_is_locked_and_says_why(make_panel: MakePanel) -> None:
    panel = make_panel("acme/help/locked/production")
    row = panel.shown.row("response_format")
    assert row["state"] == "locked"
    assert "cannot switch off" in row["note"]


def test_json_mode_can_be_switched_on_and_off_where_it_is_not_deployed(panel: Panel) -> None:
    panel.do("set", name="response_format", value={"type": "json_object"})
    assert panel.model.request().parameters == {"response_format": {"type": "json_object"}}
    panel.do("use", name="response_format", on=False)
    assert panel.model.request().parameters == {}


def test_metadata_is_edited_as_json_and_a_slip_is_told(panel: Panel) -> None:
    panel.do("set", name="metadata", value='{"run": 7}')
    assert panel.model.request().parameters == {"metadata": {"run": 7}}
    panel.do("set", name="metadata", value='{"run": ')
    assert "must be JSON" in panel.shown.row("metadata")["problem"]
    assert panel.model.request().parameters == {"metadata": {"run": 7}}


def test_metadata_nested_beyond_all_is_told_beside_its_row(panel: Panel) -> None:
    panel.do("set", name="metadata", value="[" * 100_000)
    assert panel.shown.row("metadata")["problem"] == "metadata is nested too deeply"


def test_half_a_character_is_copied_as_a_link_that_holds_it(panel: Panel) -> None:
    panel.do("message", text="\ud83d")
    panel.do("copy", kind="link")
    state = parse_qs(urlsplit(panel.shown.newest("text")["text"]).query)["state"][0]
    assert json.loads(state)["chatPlaygroundHistory"] == [{"role": "user", "content": "\ud83d"}]


def test_reset_takes_every_override_and_variable_back(panel: Panel) -> None:
    panel.do("set", name="temperature", value=0.9)
    panel.do("template", messages=[{"role": "system", "text": "Hi"}])
    panel.do("variable", name="topic", value="cats")
    panel.do("reset", name=None)
    assert panel.model.request().parameters == {}
    assert panel.model.request().variables == {}
    panel.do("undo")
    assert panel.model.request().variables == {"topic": "cats"}


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"temperature": 0.2, "top_p": 0.5}, "temperature and top_p together"),
        ({"seed": 0}, "seed of 0"),
    ],
)
def test_a_combination_known_to_be_rejected_is_warned_of(
    panel: Panel, names: dict[str, float], told: str
) -> None:
    for name, value in names.items():
        panel.do("set", name=name, value=value)
    assert any(told in line for line in panel.shown["warnings"])


def test_a_panel_stays_with_its_assistant_while_cells_move_on(panel: Panel, session: Session) -> None:
    session.settings.target = "acme/help/locked/production"
    session.settings.temperature = 1.5
    panel.do("set", name="temperature", value=0.9)
    assert panel.shown.row("temperature")["value"] == 0.9
    assert session.settings.temperature == 1.5


def test_two_panels_on_one_assistant_show_the_same(make_panel: MakePanel) -> None:
    one, other = make_panel(), make_panel()
    one.do("set", name="seed", value=7)
    assert other.shown.row("seed")["value"] == 7


def test_an_unknown_action_and_an_unknown_parameter_do_no_harm(panel: Panel) -> None:
    panel.do("dance")
    panel.do("use", name="temprature", on=True)
    panel.do("set", name="temprature", value=1)
    assert panel.model.request().parameters == {}


# What is deployed


def test_a_deployment_that_is_missing_is_told_in_one_line_and_the_panel_works(make_panel: MakePanel) -> None:
    panel = make_panel("acme/help/nothing/production")
    head = panel.shown["head"]
    assert head["status"] == "unreadable"
    assert "nothing" in head["problem"]
    assert "\n" not in head["problem"]
    panel.do("set", name="temperature", value=0.9)
    assert panel.shown.row("temperature")["state"] == "overridden"
    assert panel.shown.row("top_p")["state"] == "unknown"


def test_without_a_key_the_panel_opens_and_says_so(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANGTAIL_API_KEY")
    monkeypatch.setenv("LANGTAIL_BASE_URL", "https://langtail.invalid")
    panel = opened(session)
    assert "LANGTAIL_API_KEY" in panel.shown["head"]["problem"]
    panel.do("run")
    assert "LANGTAIL_API_KEY" in panel.shown.said()[-1]
    panel.model.close()


def test_a_deployment_that_changed_since_is_told_after_a_run_and_taken_over_when_asked(
    session: Session, make_server: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server({"changing": deployment("Hi.", args={"temperature": 0.1})}, "--watch")
    monkeypatch.setenv("LANGTAIL_BASE_URL", server.url)
    monkeypatch.setattr("langtail_nb._panel.asking._FRESH_S", 0.0)
    panel = opened(session, "acme/help/changing/production")
    write_project(tmp_path / "project", {"changing": deployment("Hi.", args={"temperature": 0.9})})

    panel.run()
    panel.shown.until(lambda shown: shown["head"]["changed"])
    assert panel.shown.row("temperature")["deployed"] == 0.1

    panel.do("refresh")
    panel.shown.until(lambda shown: not shown["head"]["changed"])
    assert panel.shown.row("temperature")["deployed"] == 0.9
    panel.model.close()


# Variables


def test_variables_show_their_defaults_and_which_is_missing(panel: Panel) -> None:
    assert panel.shown.variable("topic") | {"kind": ""} == {
        "name": "topic", "kind": "", "value": None, "default": "returns",
        "badge": None, "problem": None, "earlier": None,
    }  # fmt: skip
    assert panel.shown.variable("style")["badge"] == "missing"


def test_a_variable_that_the_assistant_does_not_have_is_marked(panel: Panel) -> None:
    panel.do("variable", name="tpoic", value="x")
    assert panel.shown.variable("tpoic")["badge"] == "unused"
    assert any("no variable 'tpoic'" in line for line in panel.shown["warnings"])


@pytest.mark.parametrize(
    ("text", "badge", "told"),
    [
        ("{{topic}}", "unused", None),
        ("{{#each list}}{{style}}{{/each}}", "unused", "list"),
        ("{{#each topic}}{{../style}}{{/each}}", "missing", "style"),
        ("{{stile}}", "unused", "stile"),
    ],
)
def test_a_variable_that_the_template_does_not_print_is_not_missing(
    panel: Panel, text: str, badge: str, told: str | None
) -> None:
    panel.do("template", messages=[{"role": "system", "text": text}])
    assert panel.shown.variable("style")["badge"] == badge
    empty = [line for line in panel.shown["warnings"] if line.startswith("Not given")]
    assert empty == ([f"Not given, so it prints empty: {told}"] if told else [])


def test_a_variable_as_json_is_checked_as_it_is_typed_and_kept_as_it_is(panel: Panel) -> None:
    panel.do("variable", name="topic", value="[1, 2", kind="json")
    shown = panel.shown.variable("topic")
    assert shown["value"] == "[1, 2"
    assert shown["problem"].startswith("Not JSON: ")
    panel.do("variable", name="topic", value="[1, 2]")
    assert panel.shown.variable("topic")["problem"] is None
    panel.do("variable", name="topic", value="[NaN]")
    assert "NaN is no JSON" in panel.shown.variable("topic")["problem"]


def test_a_parameter_as_json_takes_no_words_that_only_python_reads(panel: Panel) -> None:
    panel.do("set", name="metadata", value='{"a": Infinity}')
    assert panel.shown.row("metadata")["problem"] == "metadata must be JSON: Infinity is no JSON"


def test_a_row_may_hold_what_python_people_hold(make_panel: MakePanel) -> None:
    panel = make_panel(table=rows_of([{"topic": one.value} for one in VALUES.values()]))
    for row, one in enumerate(VALUES.values()):
        panel.do("fill", row=row)
        assert panel.model.request().variables.get("topic") == one.text


def test_variables_are_filled_from_a_row_of_a_table(make_panel: MakePanel) -> None:
    panel = make_panel(table=[{"topic": "cats", "style": None}, {"topic": "dogs", "style": "short"}])
    panel.do("fill", row=1)
    assert panel.model.request().variables == {"topic": "dogs", "style": "short"}
    assert (panel.shown["rows"]["count"], panel.shown["rows"]["at"]) == (2, 1)
    panel.do("fill", row=2)
    assert panel.shown.said() == ["Filled in from row 2.", "there is no row 3; the table has 2"]


# Template, messages, preview, line


def test_the_preview_is_exactly_what_the_server_gives_the_model(panel: Panel, triage: Server) -> None:
    panel.do("variable", name="style", value="{short}")
    panel.do("extra", messages=[{"role": "assistant", "text": "Hello {{topic}}"}])
    panel.do("message", text="Where?")
    previewed = [{"role": m["role"], "content": m["text"]} for m in panel.shown.previewed()]
    panel.run()
    assert triage_invoke(triage)["provider"]["messages"] == previewed


def test_a_template_is_edited_against_the_deployed_one(panel: Panel) -> None:
    panel.do("template", messages=[{"role": "system", "text": "Answer about {{subject}}."}])
    template = panel.shown["template"]
    assert template["own"]
    assert "topic" in "".join(text for sign, text in template["diff"] if sign == "-")
    assert [v["name"] for v in panel.shown["variables"]] == ["topic", "style", "subject"]
    panel.do("template", messages=None)
    assert panel.shown["template"]["own"] is False


def test_a_template_that_would_stay_unrendered_says_where(panel: Panel) -> None:
    panel.do(
        "template", messages=[{"role": "system", "text": "ok"}, {"role": "user", "text": "a\nb {{#if x}}"}]
    )
    [problem] = panel.shown["template"]["problems"]
    assert (problem["message"], problem["kind"]) == (1, "error")
    assert problem["line"] >= 1
    assert panel.shown["warnings"][0].startswith("Template message 2 does not parse (line ")


def test_a_field_of_a_json_variable_is_warned_of(panel: Panel) -> None:
    panel.do("template", messages=[{"role": "system", "text": "{{o.name}}"}])
    assert [p["kind"] for p in panel.shown["template"]["problems"]] == ["warning"]


def test_a_message_with_an_unknown_role_is_refused_in_one_line(panel: Panel) -> None:
    panel.do("extra", messages=[{"role": "boss", "text": "x"}])
    assert "role 'boss'" in panel.shown.said()[-1]
    assert panel.shown["extra"] == []


def test_an_image_goes_as_a_content_part(panel: Panel) -> None:
    panel.do("extra", messages=[{"role": "user", "text": "this", "images": ["data:image/png;base64,AAAA"]}])
    [message] = panel.model.request().messages
    assert [part["type"] for part in message["content"]] == ["text", "image_url"]


def test_an_image_comes_and_goes_once_however_often_its_message_is_edited(panel: Panel) -> None:
    data = f"data:image/png;base64,{'A' * 400}"
    panel.do("extra", messages=[{"role": "user", "text": "thi", "images": [data]}])
    [draft] = panel.shown["extra"]
    [name] = draft["images"]
    panel.do("extra", messages=[{**draft, "text": "this"}])
    panel.do("extra", messages=[{**draft, "text": "this one", "images": [name, "https://a.example/b.png"]}])

    assert data not in json.dumps(panel.shown.sections)
    assert [sent for sent in panel.shown.sent if "picture" in sent] == [{"picture": name, "data": data}]
    [message] = panel.model.request().messages
    assert [part["image_url"]["url"] for part in message["content"][1:]] == [data, "https://a.example/b.png"]
    panel.do("hello")
    assert {"picture": name, "data": data} in panel.shown.sent[-2:]


def test_an_image_stands_in_the_line_by_its_size_and_in_a_copy_whole(panel: Panel) -> None:
    data = f"data:image/png;base64,{'A' * 40_000}"
    panel.do("extra", messages=[{"role": "user", "text": "this", "images": [data]}])
    assert "data:image/png;base64,… 30 kB …" in panel.shown["line"]
    assert len(panel.shown["line"]) < 500
    assert data in panel.model.copied("cell")
    previewed = panel.shown.previewed()[-1]
    assert previewed["text"] == "this"
    assert {"picture": previewed["images"][0], "data": data} in panel.shown.sent


CALLS = [
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": f"c{n}", "type": "function", "function": {"name": "find", "arguments": f"{n}"}}
        ],
    }
    for n in (1, 2)
]
KEPT = [
    CALLS[0],
    {"role": "tool", "tool_call_id": "c1", "content": "one"},
    CALLS[1],
    {"role": "tool", "tool_call_id": "c2", "name": "find", "content": "two"},
    {"role": "user", "name": "Ada", "content": "Hello"},
]


@pytest.mark.parametrize(("section", "action"), [("template", "template"), ("extra", "extra")])
def test_messages_that_are_not_edited_stay_as_they_were(panel: Panel, section: str, action: str) -> None:
    if section == "template":
        panel.model.session.settings.assign("template", KEPT, target=panel.model.target)
    else:
        panel.model._edits.extra = [dict(message) for message in KEPT]
        panel.model.refresh()
    shown = panel.shown["template"]["messages"] if section == "template" else panel.shown["extra"]
    panel.do(action, messages=[*shown[:4], {**shown[4], "text": "Hello!"}])
    request = panel.model.request()
    sent = request.parameters["template"] if section == "template" else request.messages

    assert list(sent[:4]) == KEPT[:4]
    assert sent[4] == {"role": "user", "name": "Ada", "content": "Hello!"}


def test_undo_takes_back_its_own_edit_and_nothing_that_was_set_elsewhere(
    panel: Panel, session: Session
) -> None:
    panel.do("variable", name="style", value="brief")
    panel.do("set", name="temperature", value=0.9)
    session.settings.assign("top_p", 0.3, target=TARGET)
    session.settings.assign("variables", {"style": "brief", "topic": "cats"}, target=TARGET)
    panel.do("undo")
    assert panel.model.request().parameters == {"top_p": 0.3}
    panel.do("undo")
    assert panel.model.request().variables == {"topic": "cats"}
    panel.do("redo")
    panel.do("redo")
    assert panel.model.request().parameters == {"top_p": 0.3, "temperature": 0.9}
    assert panel.model.request().variables == {"topic": "cats", "style": "brief"}


def test_undo_leaves_alone_what_was_set_elsewhere_after_the_edit(panel: Panel, session: Session) -> None:
    panel.do("set", name="temperature", value=0.2)
    panel.do("variable", name="style", value="brief")
    session.settings.assign("temperature", 0.9, target=TARGET)
    for _ in range(2):
        panel.do("undo")
    told = "Left alone, as set elsewhere since: temperature."
    assert panel.shown.said() == ["Undone: variable style.", told]
    assert panel.model.request().parameters == {"temperature": 0.9}
    panel.do("redo")
    assert panel.shown.said()[-1] == told
    assert panel.model.request().parameters == {"temperature": 0.9}


def test_a_refused_value_is_forgotten_when_a_cell_sets_another(panel: Panel, session: Session) -> None:
    panel.do("set", name="temperature", value=5)
    assert panel.shown.row("temperature")["problem"]
    session.settings.assign("temperature", 0.3, target=TARGET)
    assert panel.shown.row("temperature")["problem"] is None
    panel.run()


def test_a_row_fills_what_the_assistant_has_and_clears_what_it_lacks(make_panel: MakePanel) -> None:
    rows = [
        {"topic": "a", "style": "x", "id": 1},
        {"topic": None, "style": float("nan"), "id": 2},
        {"topic": datetime(2026, 11, 26), "style": 3, "id": 3},
    ]
    panel = make_panel(table=rows)
    panel.do("fill", row=0)
    assert panel.model.request().variables == {"topic": "a", "style": "x"}
    panel.do("fill", row=1)
    assert panel.model.request().variables == {}
    panel.do("fill", row=2)
    assert panel.model.request().variables == {"topic": "2026-11-26T00:00:00", "style": "3"}


def test_what_stands_beside_a_text_in_a_message_stays_in_its_place(panel: Panel) -> None:
    image = {"type": "image_url", "image_url": {"url": "https://a.example/b.png", "detail": "low"}}
    text = {"type": "text", "text": "Look", "cache_control": {"type": "ephemeral"}}
    panel.model._edits.extra = [{"role": "user", "content": [image, text]}]
    panel.model.refresh()
    [draft] = panel.shown["extra"]
    panel.do("extra", messages=[{**draft, "text": "Look closely"}])
    [message] = panel.model.request().messages
    assert message["content"] == [image, {**text, "text": "Look closely"}]


def test_a_row_that_is_no_whole_number_is_told(make_panel: MakePanel) -> None:
    panel = make_panel(table=[{"topic": "cats"}])
    panel.do("fill", row=0.5)
    assert panel.shown.said() == ["a row is named by a whole number from 1 to 1"]


def test_a_number_of_thousands_of_digits_is_told_beside_its_variable(panel: Panel, session: Session) -> None:
    panel.do("variable", name="topic", value="9" * 5_000, kind="json")
    assert panel.shown.variable("topic")["problem"].startswith("Not JSON that can be read")
    session.settings.assign("temperature", 0.3, target=TARGET)


def test_a_parameter_without_a_value_to_begin_with_says_so(panel: Panel) -> None:
    panel.do("use", name="user", on=True)
    assert panel.shown.said() == ["user has no value to begin with; type one"]


def test_every_action_is_answered_with_something(panel: Panel) -> None:
    # What comes meanwhile is an answer, too: what is deployed does, once it is read.
    for _ in range(20):
        told = len(panel.shown.told)
        panel.do("message", text="")
        assert len(panel.shown.told) > told or panel.shown.sent
    assert panel.is_heard("message", text="")


def test_a_tick_and_its_untick_are_no_step(panel: Panel) -> None:
    panel.do("use", name="temperature", on=True)
    panel.do("use", name="temperature", on=False)
    assert panel.shown["undo"]["undo"] is None


def test_what_is_deployed_is_read_when_a_view_shows_itself(session: Session, triage: Server) -> None:
    """A panel inside another widget is not displayed by its own method."""
    shown = Shown()
    model = Playground(session, session.target(TARGET), publish=shown.publish, send=shown.send)
    model.draw()
    assert shown["head"]["status"] == "reading"
    model.do({"do": "hello"})
    shown.until(lambda shown: shown["head"]["status"] == "known")
    model.close()


def test_a_variable_of_the_turn_before_is_not_warned_of(panel: Panel) -> None:
    panel.do("variable", name="style", value="brief")
    panel.do("message", text="Hello")
    panel.run()
    panel.keep()
    panel.do("variable", name="style", value=None)
    assert panel.shown.variable("style")["earlier"] == "brief"
    assert panel.shown["warnings"] == []


def test_the_line_that_is_shown_sends_the_same_request(panel: Panel) -> None:
    panel.do("set", name="temperature", value=0.25)
    panel.do("set", name="stop", value=["END", "it's"])
    panel.do("set", name="metadata", value='{"a b": "c", "n": 1}')
    panel.do("variable", name="topic", value='a "quoted" {{text}} $HOME\nand more')
    panel.do("template", messages=[{"role": "system", "text": "Line\nline {{topic}}"}])
    panel.do("extra", messages=[{"role": "assistant", "text": "Yes?"}])
    panel.do("message", text="Where is\nmy {{parcel}}?")
    first, _, own = panel.shown["line"].partition("\n\n%%langtail ")
    magic, _, body = own.partition("\n")
    named, _, template = first.partition("\n")
    call = evaluate(parse(magic, f"{body}\n"), {})
    assert named == f"%%langtail_template {call.target}"
    request = Session().settings.request(
        call.content(),
        target=call.target,
        variables=call.variables,
        messages=call.messages,
        template=template_cell.read(template),
        **call.parameters,
    )
    assert request.body(stream=True) == panel.model.request().body(stream=True)


@pytest.mark.parametrize("kind", ["cell", "python", "curl", "json", "link"])
def test_every_copy_says_the_message_and_never_the_key(panel: Panel, kind: str) -> None:
    panel.do("message", text="Where")
    panel.do("copy", kind=kind)
    copy = panel.shown.newest("copy")
    assert copy["copy"] == kind
    assert "Where" in copy["text"]
    assert KEY not in copy["text"]


def test_copied_python_makes_the_same_call(panel: Panel) -> None:
    panel.do("set", name="temperature", value=0.25)
    panel.do("message", text="Where is\nit? " + "long " * 30)
    code = panel.model.copied("python").partition("lt.ask")[2].rpartition("reply.text")[0]
    said = eval(f"dict_of{code.strip()}", {"dict_of": lambda message, **named: (message, named)})
    assert said[0] == panel.model.request().message
    assert said[1]["temperature"] == 0.25


# Undo


def test_edits_are_undone_and_redone_in_order(panel: Panel) -> None:
    panel.do("set", name="temperature", value=0.9)
    panel.do("variable", name="topic", value="cats")
    panel.do("message", text="Hi")
    serial = panel.shown["message"]["serial"]
    for _ in range(3):
        panel.do("undo")
    assert panel.shown.said() == ["Undone: message.", "Undone: variable topic.", "Undone: temperature."]
    assert panel.model.request().body(stream=True) == {"stream": True}
    assert panel.shown["message"]["serial"] > serial
    assert panel.shown["undo"] == {"undo": None, "redo": "temperature"}
    for _ in range(3):
        panel.do("redo")
    assert panel.model.request().parameters == {"temperature": 0.9}
    assert panel.shown["message"]["text"] == "Hi"


def test_a_drag_is_one_step(panel: Panel) -> None:
    for value in (0.6, 0.7, 0.8):
        panel.do("set", name="temperature", value=value)
    panel.do("undo")
    assert panel.shown.row("temperature")["state"] == "inherited"


# Safety


def test_the_key_is_in_nothing_that_is_published_or_sent(panel: Panel) -> None:
    panel.do("message", text="Where?")
    panel.run()
    panel.do("hello")
    assert KEY not in json.dumps([panel.shown.sections, panel.shown.sent])


def test_a_section_that_did_not_change_is_not_published_again(panel: Panel) -> None:
    panel.shown.told.clear()
    panel.do("message", text="Where?")
    # What there is to pick from is read beside all this, and may come just now.
    assert set(panel.shown.told) - {"places"} == {"message", "line", "preview", "undo"}


def triage_invoke(server: Server) -> dict[str, object]:
    """The newest invoke that a server was sent."""
    return [entry for entry in server.requests() if entry["path"].endswith("/triage/staging")][-1]


def test_the_preview_shows_an_image_and_leaves_an_address_in_a_text_as_it_is(panel: Panel) -> None:
    url = "data:image/png;base64,iVBORw0KGgo="
    text = f'{{"url": "{url}"}}'
    parts = [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": url}}]
    panel.model.session.settings.target = panel.model.target.full
    panel.model.session.settings.template = [
        {"role": "user", "content": text},
        {"role": "user", "content": parts},
    ]
    panel.model.draw()
    shown = [message["text"] for message in panel.shown.previewed()]
    assert shown[:2] == [text, text]
    assert [panel.model._screen.pictures[name] for name in panel.shown.previewed()[1]["images"]] == [url]
