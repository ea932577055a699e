"""The setting to take becomes the file of the assistant, and what was stored for it is used again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import langtail_nb as lt
from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.session import session
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.commands.local import local
from langtail_nb._project.text_form import read_text
from tests.sweep.counting import Counting

SUPPORT = """\
+++
# Ours, since 2025.
model = "gpt-4o-mini"
temperature = 0.2  # not more
+++

--- system
You say no.
"""
YES = [{"role": "system", "content": "You say yes."}]
ROWS = [{"q": f"question {number}"} for number in range(12)]


@pytest.fixture
def folder(kernel_state: Counting, tmp_path: Path) -> Iterator[Path]:
    """The project that the kernel asks."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "support.md").write_text(SUPPORT, encoding="utf-8")
    local(Context(session, "local", f"--engine echo --project {folder}", None))
    session.settings.target = "local/demo/support/production"
    yield folder
    local(Context(session, "local", "stop", None))


def plan_of(over: Any, **options: Any) -> Any:
    return lt.sweep(over=over, rows=ROWS, message="q", score={"yes": lt.contains("yes")}, **options)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_the_winner_is_written_shown_deployed_and_its_answers_are_used_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = plan_of({"template": {"yes": YES}, "stop": ["END"]}).run()
    session.settings.assign_each({"stop": "END", "top_p": 0.5})
    capsys.readouterr()

    run.best().save("support")

    told = said(capsys)
    assert "support.md" in told
    assert "[-no-]{+yes+}" in told
    assert "its 12 stored answers are used again" in told
    text = (folder / "support.md").read_text(encoding="utf-8")
    assert text == SUPPORT.replace("no.", "yes.").replace(
        "temperature = 0.2  # not more\n", 'temperature = 0.2  # not more\nstop = ["END"]\n'
    )
    assert session.settings.overrides(session.target()) == {"top_p": 0.5}
    again = plan_of({"temperature": [1]})
    assert (again.stored, again.to_send) == (12, 12)


def test_what_was_changed_since_the_sweep_is_told_and_asked_anew(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = plan_of({"template": {"yes": YES}}).run()
    (folder / "support.md").write_text(SUPPORT.replace("0.2", "0.4"), encoding="utf-8")

    run.best().save()

    assert "differs from what was measured in temperature: it is asked anew" in said(capsys)
    assert plan_of({"temperature": [1]}).stored == 0


def test_a_version_that_wins_is_written_where_the_assistant_answers(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    better = SUPPORT.replace("no.", "yes.").replace("0.2", "0.3")
    (folder / "support@staging.md").write_text(better, encoding="utf-8")

    plan_of({"environment": ["staging"]}).run().best().save()

    content = read_text((folder / "support.md").read_bytes()).content
    assert content["state"]["args"]["temperature"] == 0.3
    assert content["state"]["template"] == [{"role": "system", "content": "You say yes."}]
    assert "# Ours, since 2025." in (folder / "support.md").read_text(encoding="utf-8")


def test_another_file_is_written_and_leaves_what_answers(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    best = plan_of({"template": {"yes": YES}}).run().best()

    best.save(to=tmp_path / "mine.md")
    best.save("support", to=str(tmp_path / "support.md"))

    assert "stored answers" not in said(capsys)
    for name in ("mine.md", "support.md"):
        assert "You say yes." in (tmp_path / name).read_text(encoding="utf-8")
    assert (folder / "support.md").read_text(encoding="utf-8") == SUPPORT


def test_a_slip_is_told_and_writes_nothing(folder: Path, tmp_path: Path) -> None:
    best = plan_of({"template": {"yes": YES}}).run().best()
    asked = plan_of({"messages": [[{"role": "user", "content": "yes"}]]}).run().best()

    for call, told in [
        (lambda: best.save("../x"), "is no file of the project"),
        (lambda: best.save(4), "name must be text, not 4"),
        (lambda: best.save("a", to="b.md"), "name the file once: a or b.md"),
        (lambda: best.save(to="b.txt"), "must end in .md or .json"),
        (lambda: asked.save(), "no deployment holds messages"),
    ]:
        with pytest.raises(ConfigurationError, match=told):
            call()
    assert [path.name for path in folder.iterdir()] == ["support.md"]
    assert (folder / "support.md").read_text(encoding="utf-8") == SUPPORT


def test_without_a_folder_it_says_how(kernel_state: Counting, tmp_path: Path) -> None:
    best = plan_of({"temperature": [1]}, against={"temperature": 0}).run().best()

    with pytest.raises(ConfigurationError, match=r"no public way to deploy: write \.save\(to='triage.md'\)"):
        best.save()
