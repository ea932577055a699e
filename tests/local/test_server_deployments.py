"""What is deployed: configurations, the listing, and folders that cannot be served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from langtail_nb._local.project.project import SAMPLE, Project
from tests.places import PROJECT
from tests.servers import Server, deployment, write_project

JSON = dict[str, Any]
ProjectFolder = Callable[[dict[str, Any]], Path]


def test_get_returns_the_file_as_it_is_without_kind_and_fault(server: Server) -> None:
    file = json.loads((PROJECT / "support.json").read_text(encoding="utf-8"))
    with server.http() as client:
        config = client.get("/acme/demo/support/production").json()

    assert config == {"chatInput": file["chatInput"], "state": file["state"]}


def test_both_routes_and_versions_serve_configurations(server: Server) -> None:
    with server.http() as client:
        short = client.get("/project-prompt/guide/production", params={"v": "1"}).json()

    assert short["state"]["template"] == [{"role": "system", "content": "Guide one."}]


def test_arguments_that_a_file_leaves_out_are_the_playgrounds(server: Server) -> None:
    with server.http() as client:
        args = client.get("/acme/demo/plain/production").json()["state"]["args"]

    required = {"model", "temperature", "max_tokens", "top_p", "presence_penalty", "frequency_penalty"}
    assert required <= args.keys()
    assert (args["temperature"], args["max_tokens"]) == (0.5, 800)


@pytest.mark.parametrize("path", ["nope/production", "guide/preview", "guide/production?v=7"])
def test_a_configuration_that_is_not_there_is_a_404(server: Server, path: str) -> None:
    with server.http() as client:
        response = client.get(f"/acme/demo/{path}")

    assert (response.status_code, response.json()) == (404, {"error": "Prompt deployment not found"})


def test_the_listing_has_one_entry_for_each_version(server: Server) -> None:
    with server.http() as client:
        deployments = client.get("/list-deployments").json()["deployments"]

    mine = [(d["environment"], d.get("version")) for d in deployments if d["promptSlug"] == "guide"]
    production = [("production", version) for version in (None, "1", "2")]
    expected = [("preview", "k3x9qa1z"), *production, ("staging", None)]
    assert sorted(mine, key=str) == sorted(expected, key=str)
    only_staging = [d["environment"] for d in deployments if d["promptSlug"] == "triage"]
    assert only_staging == ["staging"]


def test_the_listing_is_newest_first_by_the_time_of_the_files(project_folder: ProjectFolder) -> None:
    folder = project_folder({"old": deployment(), "new": deployment()})
    os.utime(folder / "old.json", (1_700_000_000, 1_700_000_000))
    os.utime(folder / "new.json", (1_700_000_100.5, 1_700_000_100.5))

    entries = Project.load(folder).listing()

    assert [entry["promptSlug"] for entry in entries] == ["new", "new", "old", "old"]
    assert entries[0]["deployedAt"] == "2023-11-14T22:15:00.500Z"
    assert "version" not in entries[0]


def test_the_highest_version_is_current_where_no_plain_file_is(
    project_folder: ProjectFolder,
) -> None:
    folder = project_folder({f"a@production@{n}": deployment(f"v{n}") for n in (2, 10, 9)})

    assert Project.load(folder).find("a", "production", None).version == "10"


def test_a_file_for_an_environment_hides_the_plain_one_there(project_folder: ProjectFolder) -> None:
    project = Project.load(project_folder({"a": deployment("plain"), "a@staging": deployment("own")}))

    assert project.find("a", "staging", None).environment == "staging"
    assert project.find("a", "production", None).environment is None
    assert len(project.listing()) == 2


def serve(folder: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "langtail_nb", "serve", "--engine", "echo", "--port", "0"]
    command += ["--project", str(folder), "--database", str(tmp_path / "t.sqlite")]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=30, check=False)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a", "{", "a.json"),
        ("a", "[]", "a.json: file: expected an object"),
        ("a", '{"state": {"template": [{"role": "boss", "content": ""}]}}', "state.template.0.role"),
        ("a", '{"state": {"args": {"temperature": "hot"}}}', "state.args.temperature"),
        ("a", '{"state": {"type": "completion"}}', "completion"),
        ("a", '{"state": {"tools": [{"type": "function", "function": null}]}}', "state.tools.0.function"),
        ("a", '{"state": {"tools": [{"function": {"name": "f", "parameters": null}}]}}', "parameters"),
        ("a", '{"kind": "robot"}', "kind"),
        ("a", '{"fault": "nope"}', "nope"),
        ("a@b@c@d", "{}", "SLUG@ENVIRONMENT"),
    ],
)
def test_a_file_that_is_no_deployment_is_named_in_one_line(
    tmp_path: Path, name: str, content: str, told: str
) -> None:
    folder = write_project(tmp_path / "project", {})
    (folder / f"{name}.json").write_text(content, encoding="utf-8")

    ended = serve(folder, tmp_path)

    assert ended.returncode == 1
    assert told in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_without_deployments_is_named_in_one_line(tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "empty"
    if made:
        folder.mkdir()

    ended = serve(folder, tmp_path)

    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert str(folder) in ended.stderr


def test_the_sample_project_has_assistants_for_every_purpose() -> None:
    project = Project.load(SAMPLE)

    assert {d.slug for d in project.deployments} >= {"support", "translator", "extractor", "grader"}
    assert all(d.is_assistant for d in project.deployments)
    assert project.find("extractor", "production", None).config["state"]["args"]["jsonmode"] is True
    assert {"company", "topic", "tone"} <= project.find("support", "staging", None).config["chatInput"].keys()
