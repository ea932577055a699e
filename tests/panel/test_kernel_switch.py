"""A panel that is moved to another assistant, in a real kernel."""

import pytest

from tests.panel.front_end import PYTHONS, SETUP, front_end
from tests.servers import deployment, echo

DEPLOYMENTS = {
    "support": deployment("Help about {{topic}}.", chatInput={"topic": "orders"}, args={"temperature": 0.5}),
    "support@staging": deployment("Help at length.", args={"temperature": 0.1}),
    "support@production@3": deployment("Version three."),
    "translator@staging": deployment("Into {{language}}.", chatInput={"language": "French"}),
    "slow": deployment("Slow.", fault="slow:0.2"),
}
SUPPORT = "acme/help/support/production"


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    home = tmp_path_factory.mktemp("front")
    with (
        echo(DEPLOYMENTS, tmp_path_factory.mktemp("project")) as server,
        front_end(PYTHONS[0], home=home / "kernel", url=server.url) as started,
    ):
        assert started.run(f"{SETUP}\nlt.settings.target = {SUPPORT!r}").status == "ok"
        yield started
        assert started.errors() == []


@pytest.fixture
def panel(front):
    """A new panel, the only one of its cell; nothing is set."""
    panel = front.opened(front.run("p = lt.panel(); p", cell_id="panel"))
    front.wait(lambda: panel["head"]["status"] == "known" and "slow" in panel["places"]["assistants"])
    yield panel
    front.run(
        "from langtail_nb._panel.widget import Panel\nfor one in [*Panel._open]: one.close()\n"
        "for name in ('support', 'translator'):\n"
        "    lt.settings.target = f'acme/help/{name}/production'; lt.settings.reset()\n"
        f"lt.settings.target = {SUPPORT!r}",
        cell_id="end",
    )


def switch(front, panel, target, expected=None):
    front.act(panel, "switch", target=target)
    wanted = expected or target
    front.wait(lambda: panel["head"]["target"] == wanted and panel["head"]["status"] == "known", wanted)


def test_the_pickers_offer_what_is_deployed(panel):
    assert panel["places"] == {
        "assistants": ["slow", "support", "translator"],
        "environments": ["production", "staging"],
        "versions": ["3"],
    }


def test_a_panel_moves_and_cells_stay(front, panel):
    switch(front, panel, "translator", "acme/help/translator/staging")
    front.wait(lambda: [row["name"] for row in panel["variables"]] == ["language"], "its variables")
    assert panel["places"]["environments"] == ["staging"]
    told = "This panel is on acme/help/translator/staging; cells stay where they are."
    front.wait(lambda: panel.said[-1:] == [told], "word of it")
    assert front.value("lt.settings.target") == repr(SUPPORT)
    assert front.value("p") == "Panel('acme/help/translator/staging')"
    column = front.run_panel(panel, "Good day")
    assert column["state"] == "done"
    assert panel["history"]["total"] == 1
    [receipt] = [raw["content"]["data"]["text/plain"] for raw in front.receipts()[-1:]]
    assert "acme/help/translator/staging" in receipt


def test_what_was_typed_waits_for_its_assistant_and_settings_are_its_own(front, panel):
    front.act(panel, "message", text="For support")
    front.act(panel, "set", name="temperature", value=0.9)
    serial = panel["message"]["serial"]
    switch(front, panel, "translator/staging", "acme/help/translator/staging")
    front.wait(lambda: panel["message"]["text"] == "")
    front.wait(lambda: panel["message"]["serial"] > serial)
    front.wait(lambda: panel.row("temperature")["state"] == "inherited")
    front.act(panel, "message", text="For the translator")
    switch(front, panel, SUPPORT)
    front.wait(lambda: panel["message"]["text"] == "For support")
    front.wait(lambda: panel.row("temperature")["value"] == 0.9)
    assert front.value("lt.settings.temperature") == "0.9"
    switch(front, panel, "/staging", "acme/help/support/staging")
    front.wait(lambda: panel["message"]["text"] == "For support")
    front.wait(lambda: panel.row("temperature")["value"] == 0.9)
    switch(front, panel, "translator", "acme/help/translator/staging")
    front.wait(lambda: panel["message"]["text"] == "For the translator")
    again = front.opened(front.run("p = lt.panel(); p", cell_id="panel"))
    front.wait(lambda: again["head"]["target"] == SUPPORT)
    front.wait(lambda: again.row("temperature")["value"] == 0.9)
    switch(front, again, "translator", "acme/help/translator/staging")
    front.wait(lambda: again["message"]["text"] == "For the translator")


def shows(front, panel, text):
    front.wait(lambda: [one["text"] for one in panel["template"]["messages"]] == [text], text)


def test_a_version_is_picked_and_left_again(front, panel):
    switch(front, panel, "@3", f"{SUPPORT}@3")
    shows(front, panel, "Version three.")
    switch(front, panel, "@", SUPPORT)
    shows(front, panel, "Help about {{topic}}.")


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("nobody", "acme/help/nobody/production is not deployed. No assistant 'nobody' is deployed"),
        ("/testing", "acme/help/support/testing is not deployed. support is deployed in production, staging"),
        ("a/b/c", "target 'a/b/c' has three parts"),
        ("", "target '' is empty"),
    ],
)
def test_a_target_that_cannot_be_is_refused_in_one_line(front, panel, target, told):
    said = len(panel.said)
    front.act(panel, "switch", target=target)
    front.wait(lambda: len(panel.said) > said, "word")
    assert panel.said[-1].startswith(told)
    assert "\n" not in panel.said[-1]
    assert panel["head"]["target"] == SUPPORT


def test_no_answer_is_lost_by_a_switch(front, panel):
    switch(front, panel, "slow", "acme/help/slow/production")
    front.act(panel, "message", text="one two three four five six")
    front.act(panel, "run")
    front.wait(lambda: panel["busy"], "run")
    front.act(panel, "switch", target=SUPPORT)
    front.wait(lambda: "on its way" in "".join(panel.said[-1:]), "refusal")
    front.act(panel, "stop")
    front.until_ended(panel)
    assert panel["head"]["target"] == "acme/help/slow/production"
