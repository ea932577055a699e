"""Saving from a panel: what is shown first, what is written then, and what a panel knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from langtail_nb._kernel.session import Session
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.commands.local import local
from langtail_nb._magic.commands.save import save as save_in_a_cell
from langtail_nb._project.json_form import write_json
from langtail_nb._project.text_form import read_text, write_text
from tests.panel.panels import Panel, opened

TARGET = "local/demo/support/production"
SUPPORT = """\
+++
# Ours, since 2025.
model = "gpt-4o-mini"
temperature = 0.2  # not more

[variables]
topic = "orders"
+++

--- system
You help customers with {{topic}} in a few words.
"""
ONE_WORD = [{"role": "system", "text": "You help customers with {{topic}} in one word."}]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "support.md").write_text(SUPPORT, encoding="utf-8")
    return folder


@pytest.fixture
def served(session: Session, folder: Path) -> Iterator[Session]:
    """A kernel behind whose calls a folder stands."""
    local(Context(session, "local", f"--engine echo --project {folder}", None))
    yield session
    local(Context(session, "local", "stop", None))


@pytest.fixture
def panel(served: Session) -> Iterator[Panel]:
    panel = opened(served, TARGET)
    yield panel
    panel.model.close()


def press(panel: Panel) -> None:
    """Save what is shown, and wait until that has taken effect."""
    panel.do("save_write", serial=panel.shown["save"]["serial"])
    panel.shown.until(lambda shown: not shown["save"]["busy"])


def test_what_would_be_written_is_shown_first_then_it_is_deployed(panel: Panel, folder: Path) -> None:
    panel.do("template", messages=ONE_WORD)
    panel.do("set", name="temperature", value=0.7)
    panel.do("variable", name="topic", value="returns")
    panel.do("save_open", on=True)
    shown = panel.shown["save"]
    assert shown["facts"] == [{"name": "temperature", "before": "0.2", "after": "0.7"}]
    assert ["-", "a few words"] in [list(mark) for mark in shown["words"]]
    assert shown["variables"] == [{"name": "topic", "on": False}]
    assert (folder / "support.md").read_text(encoding="utf-8") == SUPPORT

    panel.do("save_default", name="topic", on=True)
    assert {"name": "variable topic", "before": "orders", "after": "returns"} in panel.shown["save"]["facts"]
    press(panel)

    expected = SUPPORT.replace("0.2", "0.7").replace("orders", "returns").replace("a few words", "one word")
    assert (folder / "support.md").read_text(encoding="utf-8") == expected
    assert not panel.shown["save"]["open"]
    head = panel.shown["head"]
    assert (head["overrides"], head["variables"], head["changed"]) == (0, 0, False)
    assert panel.shown["template"]["messages"][0]["text"] == ONE_WORD[0]["text"]
    assert not panel.shown["template"]["own"]
    assert "no longer set here: temperature, template, topic" in panel.shown.said()[-1]
    panel.do("message", text="hi")
    [answer] = panel.run()
    assert "in one word" in panel.model.trials[0].reply.text, answer


def test_what_was_typed_since_it_was_shown_is_not_written_unseen(panel: Panel, folder: Path) -> None:
    panel.do("set", name="temperature", value=0.7)
    panel.do("save_open", on=True)
    serial = panel.shown["save"]["serial"]
    panel.do("set", name="temperature", value=0.9)

    panel.do("save_write", serial=serial)

    assert "what is set has changed" in panel.shown.said()[-1]
    assert (folder / "support.md").read_text(encoding="utf-8") == SUPPORT
    press(panel)
    assert "temperature = 0.9" in (folder / "support.md").read_text(encoding="utf-8")


def test_a_value_that_cannot_be_sent_is_not_saved_as_another(panel: Panel, folder: Path) -> None:
    panel.do("set", name="temperature", value=0.7)
    panel.do("save_open", on=True)
    panel.do("set", name="top_p", value=7)

    panel.do("save_write", serial=panel.shown["save"]["serial"])

    assert panel.shown.said()[-1].startswith("nothing was saved: top_p must be from 0 to 1")
    assert (folder / "support.md").read_text(encoding="utf-8") == SUPPORT


def test_of_a_file_that_somebody_else_wrote_meanwhile_the_new_difference_is_shown(
    panel: Panel, folder: Path
) -> None:
    panel.do("set", name="temperature", value=0.7)
    panel.do("save_open", on=True)
    theirs = SUPPORT.replace("0.2", "0.4")
    (folder / "support.md").write_text(theirs, encoding="utf-8")

    panel.do("save_write", serial=panel.shown["save"]["serial"])

    assert "was changed by somebody else meanwhile" in panel.shown.said()[-1]
    assert (folder / "support.md").read_text(encoding="utf-8") == theirs
    assert panel.shown["save"]["facts"] == [{"name": "temperature", "before": "0.4", "after": "0.7"}]
    press(panel)
    assert (folder / "support.md").read_text(encoding="utf-8") == SUPPORT.replace("0.2", "0.7")


def test_a_file_that_is_no_deployment_is_told_and_nothing_opens(panel: Panel, folder: Path) -> None:
    (folder / "support.md").write_text("+++\nmodel =\n+++\n", encoding="utf-8")

    panel.do("save_open", on=True)

    assert "support.md" in panel.shown.said()[-1]
    assert not panel.shown["save"]["open"]


def test_what_no_file_holds_is_named_and_stays_set(panel: Panel) -> None:
    panel.do("set", name="user", value="me")
    panel.do("save_open", on=True)
    assert panel.shown["save"]["left"] == ["user"]

    press(panel)

    assert panel.shown["head"]["overrides"] == 1


def test_every_panel_of_the_assistant_and_a_cell_know_what_the_other_has_saved(
    panel: Panel, served: Session
) -> None:
    other = opened(served, "local/demo/support/staging")
    panel.do("set", name="temperature", value=0.7)
    panel.do("save_open", on=True)
    press(panel)
    for one in (panel, other):
        assert one.shown.row("temperature")["deployed"] == 0.7
        assert (one.shown["head"]["overrides"], one.shown["head"]["changed"]) == (0, False)

    served.settings.assign_each({"temperature": 0.9}, target=TARGET)
    served.settings.target = TARGET
    save_in_a_cell(Context(served, "save", "", None))
    for one in (panel, other):
        assert one.shown.row("temperature")["deployed"] == 0.9
        assert (one.shown["head"]["overrides"], one.shown["head"]["changed"]) == (0, False)
    other.model.close()


def test_where_no_folder_is_known_it_says_why_and_how(session: Session, triage: object) -> None:
    panel = opened(session)
    panel.do("set", name="temperature", value=0.7)

    panel.do("save_open", on=True)

    shown = panel.shown["save"]
    assert shown["nowhere"].startswith("Langtail has no public way to deploy. In a cell %langtail use acme/")
    assert "%langtail save --to triage.md writes a file" in shown["nowhere"]
    assert shown["link"]
    panel.do("save_write", serial=shown["serial"])
    assert "nothing was saved" in panel.shown.said()[-1]
    panel.do("save_open", on=False)
    assert not panel.shown["save"]["open"]
    panel.model.close()


def test_a_file_that_is_edited_outside_is_told_and_what_is_edited_here_stays(
    panel: Panel, folder: Path
) -> None:
    panel.do("set", name="temperature", value=0.7)
    panel.do("template", messages=ONE_WORD)
    (folder / "support.md").write_text(SUPPORT.replace("0.2", "0.4"), encoding="utf-8")

    panel.model.looks.look(fresh_s=0)
    panel.shown.until(lambda shown: shown["head"]["changed"])

    assert panel.shown.row("temperature")["deployed"] == 0.2
    assert panel.shown["template"]["messages"][0]["text"] == ONE_WORD[0]["text"]
    panel.do("refresh")
    panel.shown.until(lambda shown: not shown["head"]["changed"])
    assert panel.shown.row("temperature")["deployed"] == 0.4
    assert panel.shown.row("temperature")["value"] == 0.7
    assert panel.shown["template"]["own"]


def test_another_form_of_the_same_is_no_change_and_is_what_is_saved_into(
    panel: Panel, served: Session, folder: Path
) -> None:
    panel.do("set", name="temperature", value=0.7)
    content = read_text((folder / "support.md").read_bytes()).content
    (folder / "support.json").write_text(write_json(content), encoding="utf-8")
    (folder / "support.md").unlink()
    served.deployed.wait(served.client(), served.target(TARGET))
    panel.model.looks.look(fresh_s=0)
    panel.do("save_open", on=True)
    assert panel.shown["save"]["file"].endswith("support.json")

    (folder / "support.json").unlink()
    (folder / "support.md").write_text(write_text(content).replace("few", "two"), encoding="utf-8")
    panel.do("save_write", serial=panel.shown["save"]["serial"])
    assert "was changed by somebody else meanwhile" in panel.shown.said()[-1]
    assert panel.shown["save"]["file"].endswith("support.md")
    panel.model.looks.look(fresh_s=0)
    panel.shown.until(lambda shown: shown["head"]["changed"])
    press(panel)
    assert "temperature = 0.7" in (folder / "support.md").read_text(encoding="utf-8")
    assert [path.name for path in folder.iterdir()] == ["support.md"]
    assert not panel.shown["head"]["changed"]
