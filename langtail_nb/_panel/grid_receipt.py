"""What stays of an explorer where widgets do not: the rows that differ most, folded, as static text."""

from __future__ import annotations

from typing import Final

from langtail_nb._panel.grid import Grid
from langtail_nb._panel.grid_figures import answer_of
from langtail_nb._panel.grid_wire import GridRow
from langtail_nb._panel.receipt import escaped, paragraph
from langtail_nb._sweep.order import Trial
from langtail_nb._text.characters import mended, visible

ROWS: Final = 8
_CUT: Final = 1_500
_WANTED: Final = {"search": "", "setting": None, "score": "", "sort": "difference", "page": 0}


def bundle(grid: Grid) -> dict[str, str]:
    """Return the MIME bundle: ``text/plain``, and ``text/html`` with the same content."""
    lines = [
        line for line in _most_different(grid) if any(cell["state"] == "there" for cell in line["cells"][1:])
    ]
    head = _head(grid, len(lines))
    plain = "\n\n".join([head, *(_plain(grid, line) for line in lines)])
    html = f"<p><small>{escaped(head)}</small></p><div>{''.join(_html(grid, line) for line in lines)}</div>"
    return {"text/plain": visible(mended(plain)), "text/html": mended(html)}


def _most_different(grid: Grid) -> list[GridRow]:
    wanted = {**_WANTED, "shown": "differ"}
    return [grid.line(row) for row in grid.found(wanted)[:ROWS]]  # type: ignore[arg-type]


def _head(grid: Grid, count: int) -> str:
    target = grid.run.plan.ways[0].base.target
    settings = f"{len(grid.settings)} settings on {len(grid.rows):,} rows"
    if not count:
        return f"{target} · {settings} · no answer differs from the first setting's"
    rows = "the row that differs" if count == 1 else f"the {count} rows that differ most"
    return f"{target} · {settings} · {rows}, saved with the notebook"


def _title(grid: Grid, line: GridRow) -> str:
    asked = "" if any(way.base.is_private for way in grid.run.plan.ways) else line["asked"]
    return f"row {line['row']}" + (f" · {asked}" if asked else "")


def _answers(grid: Grid, line: GridRow) -> list[tuple[str, str]]:
    found = []
    for at, cell in zip(grid.settings, line["cells"], strict=True):
        score = f" · {cell['score']}" if cell["score"] else ""
        result = f" · {cell['result']}" if cell["result"] else ""
        found.append((f"{grid.run.settings[at].label}{score}{result}", _text(grid, at, line["row"])))
    return found


def _text(grid: Grid, setting: int, row: int) -> str:
    if grid.run.plan.ways[setting].base.is_private:
        return "not recorded"
    outcomes = [
        grid.run.outcomes.get(Trial(setting, row, repeat)) for repeat in range(1, grid.run.repeats + 1)
    ]
    text = next((found for one in outcomes if (found := answer_of(one))), "")
    if not text:
        return next((one.error for one in outcomes if one is not None and one.error), "") or "no answer"
    return text if len(text) <= _CUT else f"{text[:_CUT]}… ({len(text):,} characters in all)"


def _plain(grid: Grid, line: GridRow) -> str:
    blocks = [f"== {label}\n{text}" for label, text in _answers(grid, line)]
    return "\n".join([f"> {_title(grid, line)}", *blocks])


def _html(grid: Grid, line: GridRow) -> str:
    return (
        f"<details><summary>{escaped(_title(grid, line))}</summary>"
        f"{''.join(_answer_html(*one) for one in _answers(grid, line))}</details>"
    )


def _answer_html(label: str, text: str) -> str:
    return paragraph(f"<b>{escaped(label)}</b><br>{escaped(text).replace(chr(10), '<br>')}")
