"""Editing a project while it is served: changes take effect at once, and what breaks changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from langtail_nb._local.project.project import Project
from langtail_nb._local.project.project_folder import ProjectFolder
from langtail_nb._local.project.served_deployment import ProjectError, ServedDeployment
from langtail_nb._local.project.watched_file import WatchedFile
from tests.kernels import kernel
from tests.servers import Server, deployment, end, events, running, streamed_text, write_project

JSON = dict[str, Any]

LIMIT_S = 10.0
OLD = 1_700_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project", {"support": deployment("old"), "other": deployment("other")})


@pytest.fixture
def server(folder: Path, tmp_path: Path) -> Iterator[Server]:
    options = ("--engine", "echo", "--project", str(folder), "--watch")
    with running(*options, database=tmp_path / "t.sqlite") as server:
        yield server


def ask(server: Server, slug: str) -> str:
    with server.http() as client:
        response = client.post(f"/acme/demo/{slug}/production", json={})
    if response.status_code != 200:
        return str(response.status_code)
    text: str = response.json()["choices"][0]["message"]["content"]
    return text


def test_the_first_call_after_an_edit_sees_it(server: Server, folder: Path) -> None:
    """Also where the edits are so close that the file system gives them one time."""
    assert ask(server, "support") == "system: old"
    for number in range(20):
        write_project(folder, {"support": deployment(f"new {number:02}")})
        assert ask(server, "support") == f"system: new {number:02}"

    assert server.until_told("support") == "langtail-nb: reloaded support.json"


def test_a_change_is_told_without_a_call(server: Server, folder: Path) -> None:
    write_project(folder, {"support": deployment("new")})
    server.until_told("reloaded support.json")
    write_project(folder, {"third@staging": deployment("third")})
    server.until_told("added third@staging.json")
    (folder / "third@staging.json").unlink()
    server.until_told("removed third@staging.json")

    assert len(server.errors) == 3


def test_an_edit_is_taken_in_where_nobody_reads_of_it_any_more(folder: Path, tmp_path: Path) -> None:
    """As behind ``serve --watch 2>&1 | head``."""
    read, write = os.pipe()
    command = [sys.executable, "-m", "langtail_nb", "serve", "--port", "0", "--engine", "echo", "--watch"]
    command += ["--project", str(folder), "--database", str(tmp_path / "t.sqlite")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=write, encoding="utf-8")
    assert process.stdout is not None
    server = Server(process.stdout.readline().removeprefix("listening on ").strip(), process)
    os.close(write)
    os.close(read)
    write_project(folder, {"support": deployment("new")})

    assert ask(server, "support") == "system: new"
    assert end(process) == 0


def test_files_that_come_and_go_are_deployed_and_not(server: Server, folder: Path) -> None:
    assert ask(server, "third") == "404"
    write_project(folder, {"third": deployment("third")})
    assert ask(server, "third") == "system: third"
    (folder / "third.json").unlink()
    (folder / "support.json").rename(folder / "renamed.json")

    assert ask(server, "third") == "404"
    assert ask(server, "support") == "404"
    assert ask(server, "renamed") == "system: old"


def test_a_file_that_is_replaced_by_another_is_seen(server: Server, folder: Path) -> None:
    """As most editors save: a new file is given the old one's name."""
    replacement = folder / "support.json.tmp"
    replacement.write_text(json.dumps(deployment("new")), encoding="utf-8")
    os.utime(replacement, (OLD, OLD))
    replacement.replace(folder / "support.json")

    assert ask(server, "support") == "system: new"


def test_the_listing_and_the_configuration_are_those_of_the_files(server: Server, folder: Path) -> None:
    write_project(folder, {"support": deployment("new", chatInput={"topic": "tea"})})
    os.utime(folder / "support.json", (OLD, OLD))

    with server.http() as client:
        listing = client.get("/list-deployments").json()["deployments"]
        config = client.get("/acme/demo/support/production").json()

    times = {entry["deployedAt"] for entry in listing if entry["promptSlug"] == "support"}
    assert times == {"2023-11-14T22:13:20.000Z"}
    assert config["chatInput"] == {"topic": "tea"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "Expecting property name"),
        ("", "Expecting value"),
        ('{"state": {"template": [{"role": "boss", "content": ""}]}}', "state.template.0.role"),
        ('{"fault": "nope"}', "nope"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_breaks_keeps_what_was_and_is_told_once(
    server: Server, folder: Path, text: str, fault: str
) -> None:
    (folder / "support.json").write_text(text, encoding="utf-8")
    for _ in range(3):
        assert ask(server, "support") == "system: old"
    assert ask(server, "other") == "system: other"

    line = server.until_told("support.json")
    assert fault in line
    assert line.endswith("stays as it was")
    assert server.errors == [line]

    write_project(folder, {"support": deployment("mended")})
    assert ask(server, "support") == "system: mended"
    assert server.until_told("reloaded") == "langtail-nb: reloaded support.json"


def test_a_new_file_that_is_broken_is_not_deployed_until_it_is_mended(server: Server, folder: Path) -> None:
    (folder / "third.json").write_text("{", encoding="utf-8")
    assert ask(server, "third") == "404"
    assert server.until_told("third.json").endswith("it is not deployed")

    write_project(folder, {"third": deployment("third")})
    assert ask(server, "third") == "system: third"


def test_hidden_files_of_an_editor_are_left_alone(server: Server, folder: Path) -> None:
    (folder / ".#support.json").symlink_to("someone@nowhere.1234")
    (folder / ".support.json.swp").write_bytes(b"\0")

    assert ask(server, "support") == "system: old"
    write_project(folder, {"support": deployment("new")})
    server.until_told("reloaded")
    assert len(server.errors) == 1


def test_a_folder_that_goes_away_keeps_what_was_and_is_told_once(server: Server, folder: Path) -> None:
    away = folder.rename(folder.parent / "away")
    for _ in range(3):
        assert ask(server, "support") == "system: old"
    assert server.errors == [server.until_told("no project folder")]

    write_project(away, {"support": deployment("new")})
    away.rename(folder)
    assert ask(server, "support") == "system: new"


def test_a_stream_that_runs_is_not_touched(server: Server, folder: Path) -> None:
    write_project(folder, {"slow": deployment("old and long", fault="slow:0.2")})
    body = {"stream": True}
    with server.http() as client, client.stream("POST", "/a/b/slow/production", json=body) as response:
        wire = response.iter_lines()
        first = next(wire)
        (folder / "slow.json").unlink()
        assert ask(server, "slow") == "404"
        chunks = events([first, *wire])

    assert streamed_text(chunks) == "system: old and long"
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"


def test_without_the_option_nothing_changes(folder: Path, tmp_path: Path) -> None:
    options = ("--engine", "echo", "--project", str(folder))
    with running(*options, database=tmp_path / "t.sqlite") as server:
        write_project(folder, {"support": deployment("new"), "third": deployment("third")})

        assert ask(server, "support") == "system: old"
        assert ask(server, "third") == "404"
        assert server.errors == []


# tools.py


def hosted(text: str) -> dict[str, JSON]:
    function = {"name": "find", "description": "", "parameters": {}, "handler": {"enabled": True}}
    return {"guide": deployment(text, tools=[{"type": "function", "function": function}], fault="tools")}


def test_functions_are_those_of_the_file_as_it_is(folder: Path, tmp_path: Path) -> None:
    write_project(folder, hosted("Guide."))
    tools = folder / "tools.py"
    tools.write_text("def find(): return 'a'\n", encoding="utf-8")
    options = ("--engine", "echo", "--project", str(folder), "--watch", "--tools")
    with running(*options, database=tmp_path / "t.sqlite") as server:
        for letter in "abcdefg":
            tools.write_text(f"def find(): return '{letter}'\n", encoding="utf-8")
            assert ask(server, "guide").endswith(f"tool: {letter}")
        server.until_told("reloaded tools.py")

        tools.write_text("\ndef find(: return 'broken'\n", encoding="utf-8")
        assert ask(server, "guide").endswith("tool: g")
        assert ask(server, "guide").endswith("tool: g")
        assert "its functions stay as they were" in server.until_told("tools.py:2: SyntaxError")
        assert sum("SyntaxError" in line for line in server.errors) == 1

        tools.unlink()
        assert ask(server, "guide").endswith("tool: g")
        server.until_told("no tools.py in")


def test_a_file_that_brings_hosted_tools_is_told_what_cannot_run(server: Server, folder: Path) -> None:
    write_project(folder, hosted("Guide."))

    assert "--tools" in server.until_told("guide: find: hosted code")


# Without a server


def test_a_look_that_finds_no_change_keeps_the_very_project(folder: Path) -> None:
    lines: list[str] = []
    watched = ProjectFolder(folder, lines.append, lambda name, deployment: None, is_watching=True)

    assert watched.project is watched.project
    assert lines == []


def test_a_remark_is_told_for_each_file_at_the_start(folder: Path) -> None:
    lines: list[str] = []

    def remark(name: str, deployment: ServedDeployment) -> str | None:
        return f"{name}!" if deployment.slug == "support" else None

    ProjectFolder(folder, lines.append, remark)

    assert lines == ["support!"]


def test_a_file_is_read_again_only_while_it_is_young(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("one", encoding="utf-8")
    os.utime(path, (OLD, OLD))
    watched = WatchedFile(path)
    path.write_text("two", encoding="utf-8")
    os.utime(path, (OLD, OLD))
    assert not watched.has_changed()

    path.write_text("one", encoding="utf-8")
    young = WatchedFile(path)
    stamp = path.stat().st_mtime_ns
    path.write_text("two", encoding="utf-8")
    os.utime(path, ns=(stamp, stamp))
    assert young.has_changed()
    assert not young.has_changed()


def test_a_folder_is_loaded_by_file(folder: Path) -> None:
    assert list(Project.load(folder).by_file) == ["other.json", "support.json"]


# In a notebook


def test_an_edit_beside_the_notebook_is_seen_by_the_next_cell(folder: Path, tmp_path: Path) -> None:
    with kernel(sys.executable, env={"LANGTAIL_NB_HOME": str(tmp_path / "kept")}, cwd=str(tmp_path)) as cells:
        cells.run("%load_ext langtail_nb")
        started = cells.run("%langtail local --engine echo --project project")
        assert started.status == "ok", started.errors
        assert "system: old" in cells.run("%%langtail --no-thread\nhi", cell_id="a").text

        write_project(folder, {"support": deployment("new")})
        assert "system: new" in cells.run("%%langtail --no-thread\nhi", cell_id="b").text

        (folder / "support.json").write_text("{", encoding="utf-8")
        assert "system: new" in cells.run("%%langtail --no-thread\nhi", cell_id="c").text
        again = cells.run("%langtail local --engine echo --project project").text
        assert "reloaded support.json" in again
        assert "support.json: line 1, column 2: Expecting property name" in again


# Text files


def write_text_file(path: Path, text: str) -> None:
    path.write_text(f"+++\nmodel = 'm'\n+++\n--- system\n{text}\n", encoding="utf-8")


def test_a_text_file_is_served_beside_json_and_prose_is_left_alone(server: Server, folder: Path) -> None:
    (folder / "README.md").write_text("# Ours\n", encoding="utf-8")
    write_text_file(folder / "greeter.md", "Hello.")
    assert ask(server, "greeter") == "system: Hello."
    assert ask(server, "README") == "404"

    write_text_file(folder / "greeter.md", "Good day.")
    assert ask(server, "greeter") == "system: Good day."
    (folder / "greeter.md").write_text("", encoding="utf-8")
    assert ask(server, "greeter") == "system: Good day."
    assert "does not begin with a line +++; the deployment stays" in server.until_told("line 1")
    (folder / "greeter.md").unlink()
    assert ask(server, "greeter") == "404"


def test_the_other_form_is_left_out_and_told_until_the_first_is_gone(server: Server, folder: Path) -> None:
    write_text_file(folder / "support.md", "text")
    assert ask(server, "support") == "system: old"
    told = server.until_told("both")
    assert (
        "support.json and support.md both say what support is; keep one of them; support.json is served"
        in told
    )

    write_text_file(folder / "support.md", "newer text")
    assert ask(server, "support") == "system: old"
    (folder / "support.json").unlink()
    assert ask(server, "support") == "system: newer text"


def test_a_folder_with_both_forms_of_one_assistant_is_refused_at_the_start(folder: Path) -> None:
    write_text_file(folder / "support.md", "text")

    with pytest.raises(ProjectError, match=r"support\.json and support\.md both say what support is"):
        Project.load(folder)
    (folder / "support.md").rename(folder / "support@staging.md")
    found = Project.load(folder)
    assert found.find("support", "staging", None).config["state"]["args"]["model"] == "m"
    assert found.find("support", "production", None).config["state"]["args"]["model"] == "gpt-4o-mini"
