"""A whole notebook in real kernels: recorded in one place, played in others, the same to the byte."""

from __future__ import annotations

import shutil
import sys

import pytest

from tests.kernels import kernel as started
from tests.servers import LONG_KEY

TARGET = "acme/support/support/production"
CELLS = (
    "%load_ext langtail_nb",
    f"%langtail use {TARGET}",
    "%%langtail -o first\nWhere is my parcel?",
    "%%langtail -t 0.4 -v topic=tea\nAnd now?",
    "%langtail",
    "%%langtail --compare deployed,/staging -t 0.9\nAnd what does it cost?",
    "%%langtail acme/support/fault-404/production\nIs anybody there?",
    "import langtail_nb as lt; [lt.ask(q).text for q in ('One', 'Two', 'One')]",
    "first.latency_s, first.thread_id, first.usage.total_tokens",
    "%langtail runs",
    "%langtail diff",
    "%langtail thread list --all",
    "%langtail thread history",
    "%langtail curl",
    "%langtail deployments",
    "%langtail replay",
)


def outputs(folder, url, **variables):
    """What a notebook would keep of each cell, run in a fresh kernel as nbclient runs it."""
    environment = {"LANGTAIL_BASE_URL": url, "LANGTAIL_NB_HOME": str(folder / ".langtail"), **variables}
    with started(sys.executable, env=environment, cwd=str(folder)) as kernel:
        ran = [kernel.run(cell, cell_id=None, allow_stdin=False) for cell in CELLS]
    return [
        [{name: out[name] for name in ("data", "text", "evalue") if name in out} for out in one.outputs]
        for one in ran
    ]


@pytest.fixture(scope="module")
def recorded(server, tmp_path_factory):
    """A folder in which the notebook was recorded, and what it showed."""
    folder = tmp_path_factory.mktemp("recorded")
    return folder, outputs(folder, server.url, LANGTAIL_API_KEY=LONG_KEY, LANGTAIL_NB_REPLAY="record")


@pytest.mark.parametrize("number", [1, 2])
def test_it_is_played_to_the_byte_in_another_folder_as_another_user_without_a_key(recorded, tmp_path, number):
    folder, shown = recorded
    shutil.copytree(folder / ".langtail/replay", tmp_path / ".langtail/replay")
    user = {"HOME": str(tmp_path / "home"), "USER": f"user{number}", "TZ": "Asia/Tokyo"}
    played = outputs(tmp_path, "https://langtail.example.com", LANGTAIL_NB_REPLAY="only", **user)

    # What was recorded and what was played is told by the last cell alone.
    for cell, one, other in zip(CELLS[:-1], played, shown, strict=False):
        assert one == other, cell
    assert any("404" in out.get("evalue", "") for out in played[6])
    assert str(folder) not in str(played)


def test_two_runs_that_play_are_the_same_and_nothing_is_sent(recorded, server, tmp_path):
    folder, _ = recorded
    mark = server.mark()
    runs = []
    for name in ("one", "two"):
        shutil.copytree(folder / ".langtail/replay", tmp_path / name / ".langtail/replay")
        runs.append(outputs(tmp_path / name, server.url, LANGTAIL_NB_REPLAY="only"))

    assert runs[0] == runs[1]
    assert server.requests(mark) == []


SWEEP = "rows=[{'q': f'Question {n}?'} for n in range(6)], message='q', score=lt.contains('Question')"


def test_a_sweep_that_is_played_where_others_were_run_counts_none_of_them(server, tmp_path):
    """Neither the settings tried by an earlier kernel nor the tables that it showed are this one's."""
    told = []
    for mode, settings in (("record", "[0, 1]"), ("only", "[0, 1]"), ("off", "[0.7]"), ("only", "[0, 1]")):
        given = {"LANGTAIL_BASE_URL": server.url, "LANGTAIL_API_KEY": LONG_KEY, "LANGTAIL_NB_REPLAY": mode}
        given["LANGTAIL_NB_HOME"] = str(tmp_path / ".langtail")
        with started(sys.executable, env=given, cwd=str(tmp_path)) as kernel:
            kernel.run(f"%load_ext langtail_nb\n%langtail use {TARGET}\nimport langtail_nb as lt")
            ran = kernel.run(f"lt.sweep(over=lt.grid(temperature={settings}), {SWEEP}).run()", cell_id=None)
        told.append(ran.outputs[-1]["data"])

    assert "12 of 12 answered" in told[2]["text/plain"]
    assert "settings tried" in told[2]["text/plain"]
    assert told[0] == told[1] == told[3]


ABOVE = (
    "%load_ext langtail_nb\n%langtail local{engine}",
    "%langtail use extractor",
    "%langtail replay auto",
    "%%langtail\nHello",
)


@pytest.mark.parametrize("is_served", [False, True], ids=["of the kernel", "of a demo"])
def test_what_the_local_server_said_above_the_line_that_turns_replay_on_is_played_too(
    tmp_path, sample_environment, is_served
):
    served = {name: value for name, value in sample_environment.items() if name != "LANGTAIL_NB_HOME"}
    engine = "" if is_served else " --engine echo"
    shown = []
    for variables in (served if is_served else {}, {"LANGTAIL_NB_REPLAY": "only"}):
        environment = {"LANGTAIL_NB_HOME": str(tmp_path / ".langtail"), **variables}
        with started(sys.executable, env=environment, cwd=str(tmp_path)) as kernel:
            cells = [cell.format(engine=engine) for cell in ABOVE]
            ran = [kernel.run(cell, cell_id=None, allow_stdin=False) for cell in cells]
        assert [one.errors for one in ran] == [[]] * len(ABOVE)
        shown.append([[out.get("data") for out in one.outputs] for one in ran])

    assert shown[0] == shown[1]


def test_the_calls_of_a_map_above_the_line_that_turns_replay_on_are_told_there(server, tmp_path):
    given = {"LANGTAIL_BASE_URL": server.url, "LANGTAIL_API_KEY": LONG_KEY}
    given["LANGTAIL_NB_HOME"] = str(tmp_path / ".langtail")
    with started(sys.executable, env=given, cwd=str(tmp_path)) as kernel:
        ran = kernel.run("%load_ext langtail_nb\nimport langtail_nb as lt")
        mapped = kernel.run(f"lt.map(rows=[dict(q='a'), dict(q='b')], message='q', target='{TARGET}')")
        told = kernel.run("%langtail replay auto").text

    assert ran.errors == mapped.errors == []
    assert "2 calls were made before replay was on" in told
