"""Images of the message: attached, sent as parts, shown in the preview, written as a cell, restored."""

from __future__ import annotations

import pytest

from langtail_nb._line.reading import parse
from langtail_nb._line.values import evaluate
from tests.panel.panels import Panel
from tests.servers import Server

URL = f"data:image/png;base64,iVBORw0KGgo{'A' * 200}"
OTHER = "data:image/png;base64,iVBORw0KGgoAAAA="
PART = {"type": "image_url", "image_url": {"url": URL}}


@pytest.fixture
def pictured(panel: Panel) -> Panel:
    """A panel with an image at its message."""
    panel.do("picture", name="p1", data=URL)
    panel.do("images", images=["p1"])
    return panel


def test_an_image_goes_beside_the_message_and_alone(pictured: Panel) -> None:
    assert pictured.model.request().message == [PART]
    pictured.do("message", text="What is this?")
    assert pictured.model.request().message == [{"type": "text", "text": "What is this?"}, PART]
    assert pictured.shown["message"]["images"] == ["p1"]
    pictured.do("images", images=[])
    assert pictured.model.request().message == "What is this?"


def test_the_server_gets_the_parts_and_the_preview_shows_them(pictured: Panel, triage: Server) -> None:
    pictured.do("message", text="What is this?")
    previewed = pictured.shown.previewed()[-1]
    assert (previewed["text"], previewed["images"]) == ("What is this?", ["p1"])
    mark = triage.mark()
    assert pictured.run()[0]["state"] == "done"
    [entry] = [one for one in triage.requests(mark) if one["provider"] is not None]
    assert entry["body"]["messages"][-1]["content"][1] == PART
    assert pictured.shown["columns"][0]["asked"] == ""


def test_its_data_is_in_no_section_and_comes_to_a_view_that_opens(pictured: Panel) -> None:
    assert URL not in repr(pictured.shown.sections)
    pictured.shown.sent.clear()
    pictured.do("hello")
    assert {"picture": "p1", "data": URL} in pictured.shown.sent


def test_attaching_and_removing_are_undone(pictured: Panel) -> None:
    pictured.do("picture", name="p2", data=OTHER)
    pictured.model._edits.undo._steps[-1].at = 0.0
    pictured.do("images", images=["p1", "p2"])
    pictured.do("undo")
    assert pictured.shown["message"]["images"] == ["p1"]
    pictured.do("undo")
    assert pictured.shown["message"]["images"] == []
    pictured.do("redo")
    assert pictured.shown["message"]["images"] == ["p1"]


def test_an_image_that_has_not_come_is_refused(panel: Panel) -> None:
    panel.do("images", images=["p9"])
    assert panel.shown.said()[-1] == "an image has not come through; attach it again"
    assert panel.model.request().message is None


@pytest.mark.parametrize("text", ["What is this?", "", "two\nlines"])
def test_the_cell_says_the_same_with_image(pictured: Panel, text: str) -> None:
    pictured.do("message", text=text)
    head, _, body = pictured.model.copied("cell").replace(" \\\n    ", " ").partition("\n")
    line = head.removeprefix("%%langtail ").removeprefix("%langtail run ")
    options = evaluate(parse(line, f"{body}\n" if body else None), {})
    request = pictured.model.request()
    assert (options.content(), options.messages) == (request.message, request.messages)
    assert "--image" in head
    assert '--image "data:image/png;base64,… 0 kB …"' in pictured.shown["line"]


def test_a_run_with_an_image_is_restored_whole(pictured: Panel) -> None:
    pictured.do("message", text="What is this?")
    pictured.run()
    pictured.shown.until(lambda shown: [run["state"] for run in shown["history"]["runs"]] == ["done"])
    pictured.do("message", text="")
    pictured.do("images", images=[])
    [run] = pictured.shown["history"]["runs"]
    assert run["asked"] == "What is this?"
    pictured.do("restore", id=run["id"])
    assert pictured.model.request().message == [{"type": "text", "text": "What is this?"}, PART]
    pictured.do("pin", id=run["id"])
    columns = pictured.run("compare")
    assert [one["asked"] for one in columns] == ["", "", ""]


def test_a_message_given_to_run_leaves_the_images_of_another_behind(pictured: Panel) -> None:
    assert pictured.model.ask("Only this").request.message == "Only this"


def test_an_image_of_a_template_is_previewed_though_it_is_rendered(panel: Panel) -> None:
    content = [
        {"type": "text", "text": "{{topic}}"},
        PART,
        {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}},
    ]
    panel.model.session.settings.assign(
        "template", [{"role": "user", "content": content}], target=panel.model.target
    )
    panel.model.draw()
    shown = panel.shown["preview"]["template"][0]
    assert shown["text"] == "returns"
    assert [panel.model._screen.pictures.get(name, name) for name in shown["images"]] == [
        URL,
        "https://a.example/b.png",
    ]


@pytest.mark.parametrize("content", ["", "  \n"])
def test_an_empty_message_is_remarked_before_it_goes_out(panel: Panel, content: str) -> None:
    panel.do("extra", messages=[{"role": "user", "text": "Hi"}, {"role": "assistant", "text": content}])
    assert panel.shown["warnings"][0] == "Message 2 under Messages (assistant) is empty, and is sent empty"
    panel.do("extra", messages=[{"role": "user", "text": "", "images": [URL]}])
    assert not [one for one in panel.shown["warnings"] if "is empty" in one]
