"""A table in the panel, images in its message, and a template that is changed by a word or broken."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.panel_view import Bench, PanelView
from tests.servers import deployment

pytestmark = pytest.mark.browser

LINES = "\n".join(f"Line {n} of the long prompt about {{{{topic}}}}." for n in range(300))
SUPPORT = deployment(
    "You are support. Delivery takes {{delivery}}.",
    chatInput={"delivery": "a week"},
    args={"temperature": 0.5, "max_tokens": 800},
)
NAMES = ("rows", "keys", "back", "anyway", "compared", "pasted", "dropped", "refused", "previewed", "typed")
DEPLOYMENTS = {
    **dict.fromkeys(NAMES, SUPPORT),
    "long": deployment(LINES, chatInput={"topic": "cats"}, args={"temperature": 0.5}),
}
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ROWS = """[
  dict(question='Where is my parcel?', delivery='two days', expected='here'),
  dict(question='When does it come?', delivery='two weeks', expected='soon'),
  dict(question='What does it cost?', delivery='a month', expected='4 dollars'),
]"""
# Paste or drop files on a box, as the browser does it; the event is a real one, only not trusted.
_GIVE = """(box, [type, files, text]) => {
  const data = new DataTransfer();
  for (const [name, kind, base64] of files) {
    data.items.add(new File([Uint8Array.from(atob(base64), one => one.charCodeAt(0))], name, {type: kind}));
  }
  if (text) data.setData('text/plain', text);
  const options = {bubbles: true, cancelable: true};
  const event = type === 'paste' ? new ClipboardEvent(type, {...options, clipboardData: data})
    : new DragEvent(type, {...options, dataTransfer: data});
  return box.dispatchEvent(event);
}"""


def opened(desk: Bench, name: str, more: str = "") -> PanelView:
    return desk.open(f"lt.panel('acme/help/{name}/production'{more})")


def invoked(desk: Bench, mark: int) -> list[dict[str, Any]]:
    """The bodies of the invokes since a request."""
    return [entry["body"] for entry in desk.server.requests(mark) if entry["provider"] is not None]


def give(box: Locator, how: str, *files: tuple[str, str, bytes], text: str = "") -> bool:
    """Paste or drop files; return whether the browser would do with them what it does by itself."""
    sent = [[name, kind, base64.b64encode(data).decode()] for name, kind, data in files]
    return bool(box.evaluate(_GIVE, [how, sent, text]))


# Rows


def test_a_step_fills_message_and_variables_and_what_is_not_sent_is_told(desk: Bench) -> None:
    panel = opened(desk, "rows", f", rows={ROWS}")
    expect(panel.root.get_by_label("Message from")).to_have_value("=question")
    expect(panel.root).to_contain_text("expected: no variable, not sent")
    panel.message.fill("Mine")
    panel.button("Next row").click()
    expect(panel.message).to_have_value("Where is my parcel?")
    expect(panel.box("delivery")).to_have_value("two days")
    panel.button("Next row").dblclick()
    expect(panel.message).to_have_value("What does it cost?")
    expect(panel.number("Row of the table")).to_have_value("3")
    expect(panel.button("Next row")).to_have_attribute("aria-disabled", "true")
    panel.button("Next row").click(force=True)
    panel.button("Previous row").click()
    expect(panel.message).to_have_value("When does it come?")
    panel.root.get_by_label("Message from").select_option("expected")
    expect(panel.message).to_have_value("soon")
    expect(panel.root).to_contain_text("question: no variable, not sent")
    panel.root.get_by_label("Message from").select_option("no column")
    panel.button("Next row").click()
    expect(panel.box("delivery")).to_have_value("a month")
    expect(panel.message).to_have_value("soon")


def test_rows_are_stepped_by_key_and_by_number_and_undo_brings_back_what_was_typed(desk: Bench) -> None:
    panel = opened(desk, "keys", f", rows={ROWS}")
    panel.message.press_sequentially("Mine")
    panel.button("Next row").press("Enter")
    expect(panel.message).to_have_value("Where is my parcel?")
    place = panel.number("Row of the table")
    place.select_text()
    place.press_sequentially("3")
    expect(panel.message).to_have_value("What does it cost?")
    place.press("ArrowDown")
    expect(panel.message).to_have_value("When does it come?")
    expect(place).to_be_focused()
    place.fill("9")
    expect(panel.status).to_have_text("There is no row 9; the table has 3")
    while panel.button("Undo: fill from a row").count():
        panel.button("Undo: fill from a row").click()
        expect(panel.status).to_contain_text("Undone")
        panel.message.press("End")
    expect(panel.message).to_have_value("Mine")
    expect(place).to_have_value("")


# As deployed


def test_a_template_that_is_typed_back_with_ctrl_z_is_no_override(desk: Bench) -> None:
    panel = opened(desk, "back")
    before = panel.line.inner_text()
    tab = panel.tab("Template")
    text = tab.get_by_role("textbox", name="Text of template message 1")
    text.press("End")
    text.press_sequentially(" Always")
    expect(panel.root.locator(".lt-top .lt-accent")).to_have_text("template")
    for _ in range(20):
        text.press("Control+z")
    expect(text).to_have_value("You are support. Delivery takes {{delivery}}.")
    expect(panel.root.locator(".lt-top")).to_contain_text("as deployed")
    expect(panel.root.get_by_role("tab", name="Template")).not_to_contain_text("edited")
    expect(panel.line).to_have_text(before)


def test_a_number_and_a_variable_that_are_typed_back_are_no_override(desk: Bench) -> None:
    panel = opened(desk, "typed")
    for value, told in (("0.9", "temperature 0.9"), ("0.5", "as deployed"), ("0.50", "as deployed")):
        panel.number("Temperature").fill(value)
        expect(panel.root.locator(".lt-top")).to_contain_text(told)
    expect(panel.tick("Send Temperature")).not_to_be_checked()
    panel.box("delivery").fill("a day")
    expect(panel.line).to_contain_text("delivery")
    panel.box("delivery").fill("a week")
    expect(panel.line).not_to_contain_text("delivery")
    expect(panel.box("delivery")).to_have_value("a week")


def test_a_word_changed_in_300_lines_leaves_the_panel_of_a_size_to_look_at(desk: Bench) -> None:
    panel = opened(desk, "long")
    tab = panel.tab("Template")
    text = tab.get_by_role("textbox", name="Text of template message 1")
    expect(text).to_be_visible()
    box = panel.root.bounding_box()
    assert box
    text.press("Control+Home")
    text.press_sequentially("My ")
    expect(tab).to_contain_text("297 lines as deployed")
    expect(tab.locator("ins")).to_contain_text("My")
    after = panel.root.bounding_box()
    assert after
    assert after["height"] - box["height"] < 300
    text.fill("\n".join(f"Another {n}" for n in range(300)))
    expect(tab.locator("ins")).to_contain_text("Another 299")
    after = panel.root.bounding_box()
    assert after
    assert after["height"] - box["height"] < 500


# A template that does not parse


@pytest.mark.parametrize("key", [False, True])
def test_a_broken_template_goes_at_the_second_press(desk: Bench, key: bool) -> None:
    panel = opened(desk, "anyway")
    text = panel.tab("Template").get_by_role("textbox", name="Text of template message 1")
    text.fill("Greet {{name")
    panel.tab("Ask")
    panel.message.fill("Hello there")
    mark = desk.server.mark()

    def press(name: str) -> None:
        panel.message.press("Control+Enter") if key else panel.button(name).click()

    press("Run")
    expect(panel.button("Run anyway")).to_be_visible()
    expect(panel.status).to_contain_text("Nothing was sent yet")
    assert invoked(desk, mark) == []
    panel.root.locator(".lt-next").get_by_role("button", name="Template message 1, line 1, column").click()
    expect(text).to_be_focused()
    text.press_sequentially("s")
    expect(panel.button("Run")).to_be_visible()
    panel.tab("Ask")
    press("Run")
    expect(panel.button("Run anyway")).to_be_visible()
    press("Run anyway")
    expect(panel.answer()).to_contain_text("Hello there", timeout=20_000)
    assert len(invoked(desk, mark)) == 1
    panel.tab("Template").get_by_role("button", name="Back to deployed").click()
    expect(panel.button("Run")).to_be_visible()


def test_a_broken_template_is_compared_at_the_second_press(desk: Bench) -> None:
    panel = opened(desk, "compared")
    panel.tab("Template").get_by_role("textbox", name="Text of template message 1").fill("{{#if x}}")
    mark = desk.server.mark()
    panel.button("Compare 2").click()
    expect(panel.button("Compare 2 anyway")).to_be_visible()
    desk.run("1 + 1")
    assert invoked(desk, mark) == []
    panel.button("Compare 2 anyway").click()
    expect(panel.root.locator('.lt-column[data-state="done"]')).to_have_count(2, timeout=20_000)
    assert len(invoked(desk, mark)) == 2


# Images


@pytest.mark.parametrize(("name", "how"), [("pasted", "paste"), ("dropped", "drop")])
def test_images_given_to_the_message_are_shown_sent_and_written(desk: Bench, name: str, how: str) -> None:
    panel = opened(desk, name)
    panel.message.fill("What is this?")
    assert not give(panel.message, how, ("a.png", "image/png", PNG), ("b.gif", "image/gif", b"GIF89a;"))
    shown = panel.root.get_by_role("tabpanel", name="Ask").locator("img")
    expect(shown).to_have_count(2)
    expect(panel.line).to_contain_text("--image data:image/png")
    panel.button("Remove image of the message, 2").click()
    expect(shown).to_have_count(1)
    expect(panel.button("Attach image")).to_be_focused()
    preview = panel.tab("Preview")
    expect(preview.locator("img")).to_have_count(1)
    expect(preview).not_to_contain_text("[image]")
    assert preview.locator("img").evaluate("image => image.naturalWidth") == 1

    mark = desk.server.mark()
    panel.tab("Ask")
    panel.button("Run").click()
    expect(panel.status).to_contain_text("Done.", timeout=20_000)
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    [body] = invoked(desk, mark)
    assert body["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": url}},
            ],
        }
    ]


def test_what_cannot_be_attached_is_told_and_text_is_pasted_as_text(desk: Bench) -> None:
    panel = opened(desk, "refused")
    give(panel.message, "paste", ("notes.pdf", "application/pdf", b"%PDF-1.4"))
    expect(panel.status).to_have_text("Notes.pdf is not a PNG, JPEG, GIF or WebP image.")
    give(panel.message, "drop", ("large.png", "image/png", PNG + bytes(6 * 1024 * 1024)))
    expect(panel.status).to_have_text("Large.png has 6.0 MB; an image may have 5 MB at most.")
    # Nothing of it is taken, so the browser pastes the text.
    assert give(panel.message, "paste", ("cell.png", "image/png", PNG), text="A1")
    expect(panel.root.get_by_role("tabpanel", name="Ask").locator("img")).to_have_count(0)


def test_an_image_pasted_under_messages_is_previewed_and_an_address_is_not_fetched(desk: Bench) -> None:
    panel = opened(desk, "previewed")
    tab = panel.tab("Messages")
    tab.get_by_role("button", name="Add message").click()
    give(tab.get_by_role("textbox", name="Text of extra message 1"), "paste", ("a.png", "image/png", PNG))
    expect(tab.locator("img")).to_have_count(1)
    expect(panel.tab("Preview").locator("img")).to_have_count(1)
    desk.run(
        "lt.settings.assign('template', [{'role': 'user', 'content': ["
        "{'type': 'image_url', 'image_url': {'url': 'https://images.example/cat.png'}}]}],"
        " target='acme/help/previewed/production')"
    )
    preview = panel.tab("Preview")
    expect(preview).to_contain_text("https://images.example/cat.png")
    expect(preview.locator("img")).to_have_count(1)
    assert desk.notebook.foreign == []
    tab = panel.tab("Messages")
    tab.get_by_role("button", name="Add message").click()
    expect(panel.root).to_contain_text("Message 2 under Messages (assistant) is empty, and is sent empty")
