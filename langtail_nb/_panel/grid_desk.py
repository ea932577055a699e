"""A hand on a sweep's answers: what a view asks of them is looked up and told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.session import Session
from langtail_nb._line import copies
from langtail_nb._panel.grid import Grid
from langtail_nb._panel.grid_marks import Key
from langtail_nb._panel.grid_wire import GridGiven, GridHead, GridSeat, GridWanted
from langtail_nb._panel.in_turn import InTurn
from langtail_nb._panel.told import Told
from langtail_nb._sweep.marks import Place
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.way import Way
from langtail_nb._types.target import Target

_MOST_OPEN: Final = 50
NOTHING: GridHead = {"serial": 0, "rows": 0, "settings": [], "scores": [], "marked": [], "told": []}


class GridDesk:
    """Answers the actions of views on one grid, and tells them when there is more in it.

    Args:
        aside: Does something on a thread that may wait.
        take: Has panel and cells ask a target with these parameters; returns what to say of it.
    """

    def __init__(
        self,
        session: Session,
        told: Told,
        *,
        aside: Callable[[Callable[[], object]], object],
        take: Callable[[Target, Mapping[str, Any], str], str],
    ) -> None:
        self.grid: Grid | None = None
        self._session, self._told, self._aside, self._take = session, told, aside, take
        self._page_by_page, self._row_by_row = InTurn(aside), InTurn(aside)
        self._serial = 0
        self._wanted: GridWanted | None = None
        self._open: list[int] = []
        self._lock = Lock()
        self._is_stale = self._is_at_work = False

    def show(self, grid: Grid | None) -> None:
        """Show a grid, or what has been added to it."""
        self.grid = grid
        self._serial += 1
        if grid is None:
            self._told.show("grid", NOTHING)
            return
        grid.marks.look()
        self._told.show("grid", grid.head(self._serial))

    def go_on_from(self, earlier: GridDesk) -> None:
        """Show what another one showed."""
        self.take_seat(earlier)
        if earlier.grid is not None:
            self._serial = earlier._serial
            self.show(earlier.grid)

    def take_seat(self, earlier: GridDesk) -> None:
        """Stand where somebody stood in another one: the rows that were asked for, those that were open."""
        self._wanted, self._open = earlier._wanted, [*earlier._open]
        self._tell_seat()

    def actions(self) -> dict[str, Callable[..., object]]:
        """Return what is done for each action of a view."""
        return {
            "grid_find": self.find,
            "grid_open": self.open,
            "grid_close": self.close,
            "grid_use": self.use,
            "grid_cell": self.cell,
            "grid_mark": self.mark,
        }

    def find(self, wanted: GridWanted) -> None:
        """Tell the views a page of rows."""
        grid = self._here()
        self._wanted = wanted
        self._tell_seat()
        self._page_by_page(lambda: self._told.send({"grid_page": grid.page(wanted)}))

    def open(self, row: int, score: str) -> None:
        """Tell the views a row in full."""
        grid = self._here()
        self._check(grid, 0, row)
        self._open = [*(one for one in self._open if one != row), row][-_MOST_OPEN:]
        self._tell_seat()
        # Two long answers may take a while to compare.
        self._row_by_row(partial(self._tell_whole, grid, row, score))

    def close(self, row: int) -> None:
        """Know that a row is not open any more."""
        self._open = [one for one in self._open if one != row]
        self._tell_seat()

    def use(self, setting: int) -> None:
        """Have panel and cells ask with a setting's values."""
        grid = self._here()
        way = self._way(grid, setting)
        told = self._take(way.base.target, way.base.parameters, grid.run.settings[setting].label)
        self._told.send({"say": told})

    def cell(self, setting: int, row: int) -> None:
        """Send the cells that ask a row as a setting asked it."""
        grid = self._here()
        self._way(grid, setting)
        self._check(grid, setting, row)
        request = grid.run.plan.request(Trial(setting, row, 1))
        standing = self._session.settings.overrides(request.target)
        self._told.send({"insert": copies.cells(request, standing=standing), "told": "Inserted below."})

    def mark(self, setting: int, row: int, repeat: int, score: str, key: Key) -> None:
        """Mark an answer, and show soon what follows from it."""
        grid = self._here()
        self._check(grid, setting, row)
        name = grid.marked_by(score)
        mark = grid.marks.press(name, Place(setting, row, repeat), key)
        given = GridGiven(
            score=score, row=row, setting=setting, repeat=repeat, mark=mark, told=grid.marks.told(name)
        )
        self._told.send({"grid_marked": given})
        self._show_soon()

    def _show_soon(self) -> None:
        """Show what is there anew; many marks are given while a head of very many rows is made."""
        with self._lock:
            self._is_stale = True
            if self._is_at_work:
                return
            self._is_at_work = True
        self._aside(self._show_stale)

    def _show_stale(self) -> None:
        while True:
            with self._lock:
                if not self._is_stale:
                    self._is_at_work = False
                    return
                self._is_stale = False
            self.show(self.grid)

    def _tell_seat(self) -> None:
        # Only for views that open: one that is there stands where it stands.
        self._told.show("grid_seat", GridSeat(wanted=self._wanted, open=self._open))

    def _tell_whole(self, grid: Grid, row: int, score: str) -> None:
        self._told.send({"grid_row": grid.whole(row, score)})

    def _here(self) -> Grid:
        if self.grid is None:
            raise ConfigurationError("there are no answers of a sweep here yet")
        return self.grid

    def _way(self, grid: Grid, setting: int) -> Way:
        self._check(grid, setting, grid.rows[0] if grid.rows else 0)
        return grid.run.plan.ways[setting]

    def _check(self, grid: Grid, setting: int, row: int) -> None:
        if setting not in grid.settings and setting != 0:
            raise ConfigurationError(f"there is no setting {setting} in this sweep")
        if row not in grid.rows:
            raise ConfigurationError(f"there is no row {row} in this sweep")
