"""The explorer and ``.to_panel()`` in a real kernel: what stays when a cell runs again, what is opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.panel.front_end import PYTHONS, SETUP, VIEW, FrontEnd, PanelView, front_end
from tests.servers import Server

SWEEP = """rows = [dict(q=f"Question {n}", topic="cats") for n in range(25)]
run = lt.sweep(
    "acme/help/triage/staging", lt.grid(max_tokens=[2]), rows, message="q",
    score={"right": lt.contains("cats")},
).run()"""
WANTED = {"search": "", "shown": "lost", "setting": 1, "score": "right", "sort": "row", "page": 1}


@pytest.fixture(scope="module")
def front(panel_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontEnd]:
    with front_end(PYTHONS[0], home=tmp_path_factory.mktemp("front"), url=panel_server.url) as started:
        assert started.run(SETUP).status == "ok"
        assert started.run(SWEEP).status == "ok"
        yield started
        assert started.errors() == []


def explored(front: FrontEnd, cell: str, run: str = "run") -> PanelView:
    return front.opened(front.run(f"{run}.explore()", cell_id=cell))


def told(front: FrontEnd, view: PanelView, action: str, kind: str, **given: Any) -> dict[str, Any]:
    before = len(view.custom)
    front.act(view, action, **given)
    front.wait(lambda: any(kind in one.content for one in view.custom[before:]), kind)
    found: dict[str, Any] = next(one.content[kind] for one in view.custom[before:] if kind in one.content)
    return found


def test_an_explorer_whose_cell_runs_again_stands_where_it_stood(front: FrontEnd) -> None:
    first = explored(front, "explore")
    told(front, first, "grid_find", "grid_page", wanted=WANTED)
    for row in (11, 12):
        told(front, first, "grid_open", "grid_row", row=row, score="right")
    front.act(first, "grid_close", row=11)
    told(front, first, "grid_mark", "grid_marked", setting=1, row=12, repeat=1, score="right", key="n")
    front.wait(lambda: first["grid_seat"]["open"] == [12])

    again = explored(front, "explore")

    assert first.is_closed
    assert again["grid_seat"] == {"wanted": WANTED, "open": [12]}
    whole = told(front, again, "grid_open", "grid_row", row=12, score="right")
    assert whole["columns"][1]["answers"][0]["mark"] == "not"
    elsewhere = explored(front, "another cell")
    assert elsewhere["grid_seat"]["wanted"] is None
    assert not again.is_closed


def test_an_explorer_of_another_run_begins_anew(front: FrontEnd) -> None:
    told(front, explored(front, "two runs"), "grid_find", "grid_page", wanted=WANTED)
    front.run(SWEEP.replace("run =", "other ="))

    other = explored(front, "two runs", "other")

    assert other["grid_seat"]["wanted"] is None


def test_the_best_setting_opens_a_panel_and_fills_one_that_is_open(front: FrontEnd) -> None:
    take = 'run.best("right").to_panel()'

    panel = front.opened(front.run(take, cell_id="best"))
    again = front.opened(front.run(take, cell_id="best"))

    assert panel.is_closed, "the cell that opened it ran again, and opens it again"
    assert not again.is_closed
    front.run("lt.settings.temperature = 1.5")
    ran = front.run(take, cell_id="another")
    assert [out for out in ran.outputs if VIEW in out.get("data", {})] == []
    front.wait(lambda: again.row("temperature")["value"] is None, "the setting in the open panel")
