"""In a real kernel a call that is not recorded fails its cell alone, wherever in the notebook it stands."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

from tests.kernels import kernel as started
from tests.replay.asking import FILE, NOWHERE
from tests.servers import LONG_KEY

TARGET = "acme/support/support/production"


def cell(number):
    """One of 25 cells that depend on each other: turns, forks, comparisons, named threads, trials."""
    question = f"Question {number}"
    match number % 6:
        case 2:
            return f"%%langtail --compare deployed,/staging -t 0.{number}\n{question}"
        case 3:
            return f"%%langtail --thread side\n{question}"
        case 4:
            return f"lt.ask('{question}').text"
        case 5:
            return f"%langtail thread fork 2\n%langtail run -v topic=tea{number}"
    return f"%%langtail -t 0.{number}\n{question}"


CELLS = [cell(number) for number in range(25)]
FIRST = ("%load_ext langtail_nb", "import langtail_nb as lt", f"%langtail use {TARGET}")


def outputs(folder, url, mode, cells):
    """What each cell shows, and whether it failed."""
    environment = {
        "LANGTAIL_BASE_URL": url,
        "LANGTAIL_NB_HOME": str(folder / ".langtail"),
        "LANGTAIL_NB_REPLAY": mode,
        "LANGTAIL_API_KEY": LONG_KEY if mode == "record" else "",
    }
    with started(sys.executable, env=environment, cwd=str(folder)) as kernel:
        for one in FIRST:
            kernel.run(one, cell_id=None, allow_stdin=False)
        ran = [kernel.run(one, cell_id=f"c{n}", allow_stdin=False) for n, one in enumerate(cells)]
    return [
        [{name: out[name] for name in ("data", "text", "evalue") if name in out} for out in one.outputs]
        for one in ran
    ]


@pytest.fixture(scope="module")
def recorded(server, tmp_path_factory):
    """A folder in which the notebook was recorded, and what its cells showed."""
    folder = tmp_path_factory.mktemp("recorded")
    return folder, outputs(folder, server.url, "record", CELLS)


def differing(played, shown):
    return [n for n, (one, other) in enumerate(zip(played, shown, strict=True)) if one != other]


def failures(shown):
    return [n for n, one in enumerate(shown) if any("evalue" in out for out in one)]


def test_the_whole_notebook_is_recorded_and_played(recorded, tmp_path):
    folder, shown = recorded
    shutil.copytree(folder / ".langtail/replay", tmp_path / ".langtail/replay")

    assert failures(shown) == []
    assert differing(outputs(tmp_path, NOWHERE, "only", CELLS), shown) == []


@pytest.mark.parametrize("number", [0, 1, 6, 9, 4])
def test_a_changed_prompt_fails_its_cell_alone(recorded, tmp_path, number):
    folder, shown = recorded
    shutil.copytree(folder / ".langtail/replay", tmp_path / ".langtail/replay")
    cells = [
        one.replace(f"Question {number}", "Changed") if n == number else one for n, one in enumerate(CELLS)
    ]
    played = outputs(tmp_path, NOWHERE, "only", cells)

    assert failures(played) == [number]
    (told,) = [out["evalue"] for out in played[number] if "evalue" in out]
    assert "the message changed" in told
    assert "\n" not in told
    assert differing(played, shown) == [number]


@pytest.mark.parametrize("number", [1, 6])
def test_a_line_that_was_deleted_fails_its_cell_alone(recorded, tmp_path, number):
    folder, shown = recorded
    shutil.copytree(folder / ".langtail/replay", tmp_path / ".langtail/replay")
    path = tmp_path / ".langtail/replay" / FILE
    lines = path.read_text("utf-8").splitlines(keepends=True)
    gone = [line for line in lines if f'"Question {number}"' in json.dumps(json.loads(line).get("asked"))]
    assert len(gone) == 1
    path.write_text("".join(line for line in lines if line not in gone), encoding="utf-8")
    played = outputs(tmp_path, NOWHERE, "only", CELLS)

    assert failures(played) == [number]
    assert differing(played, shown) == [number]
