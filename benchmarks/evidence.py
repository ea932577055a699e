"""How often a sweep's words are wrong, how often they are found, and what its intervals hold.

    python benchmarks/evidence.py                    # 500 sweeps a cell
    python benchmarks/evidence.py --sweeps 10000 --jobs 2    # what is promised is promised of these; hours
    python benchmarks/evidence.py --only null        # or means, power, looks, added, failures, lost, marks
    python benchmarks/evidence.py --only null --cells 49:96      # these of its 96 cells, each seeded alone

Every row has a difficulty, Beta with a correlation of 0 or .45 between trials of a row, shared by all
settings. At 500 sweeps a true 5 % shows as 3.1 to 7.0 %, at 10,000 as 4.6 to 5.4 %. Each part says first what
it is held against.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
from collections.abc import Callable
from functools import cache, partial
from itertools import product
from typing import NamedTuple

from langtail_nb._sweep.comparing.scored import History, Missing, Scored, Setting
from langtail_nb._sweep.evidence import evidence
from langtail_nb._sweep.statistics.intervals import mean_interval

RATES = (0.5, 0.8, 0.95, 1.0)
ROWS = (5, 10, 20, 50)
REPEATS = (1, 3)
SETTINGS = (1, 3, 6)
CORRELATIONS = (0.0, 0.45)
DRAWN = 20_000
STEPS = {"pass/fail": 1, "five steps": 4}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sweeps", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=[*PARTS, "null"], action="append")
    parser.add_argument("--jobs", type=int, default=1, help="processes for the part named null")
    parser.add_argument("--cells", type=_span, default=(1, 96), help="which of the part named null, as 49:96")
    chosen = parser.parse_args()
    if chosen.sweeps < 10_000:
        print(f"{chosen.sweeps} sweeps a cell; the figures of 10,000 are steadier: --sweeps 10000")
    for name in chosen.only or [*PARTS, "null"]:
        began = sum(os.times()[:4])
        if name == "null":
            null(chosen.sweeps, chosen.seed, chosen.jobs, chosen.cells)
        else:
            PARTS[name](chosen.sweeps, random.Random(f"{chosen.seed} {name}"))
        spent = sum(os.times()[:4]) - began
        print(f"  ({spent:.0f} s of CPU)\n", flush=True)


def _span(text: str) -> tuple[int, int]:
    first, last = map(int, text.split(":"))
    return first, last


def difficulties(rate: float, correlation: float, rows: int, chance: random.Random) -> list[float]:
    if correlation == 0 or rate in (0, 1):
        return [rate] * rows
    weight = (1 - correlation) / correlation
    return [chance.betavariate(rate * weight, (1 - rate) * weight) for _ in range(rows)]


def trials(rates: list[float], repeats: int, steps: int, chance: random.Random) -> dict[int, list[float]]:
    toss = chance.random
    return {
        row: [sum(toss() < rate for _ in range(steps)) / steps for _ in range(repeats)]
        for row, rate in enumerate(rates)
    }


def sweep(rates: list[list[float]], repeats: int, steps: int, chance: random.Random) -> Scored:
    values = [trials(of_setting, repeats, steps, chance) for of_setting in rates]
    return Scored(name="score", values=values, step=1 / steps)


def settings(number: int) -> list[Setting]:
    return [Setting(label=f"setting {n}") for n in range(number + 1)]


class Counts:
    """What came of the sweeps of a cell."""

    def __init__(self) -> None:
        self.sweeps = self.worded = self.better = self.means = self.held = self.differences = self.hit = 0

    def add(self, scored: Scored, rate: float) -> None:
        found = evidence([scored], settings(len(scored.values) - 1)).findings["score"]
        self.sweeps += 1
        self.worded += any(one.is_decided for one in found)
        self.better += any(one.word == "better" for one in found)
        for one in found:
            self.means += 1
            self.held += one.low - 1e-9 <= rate <= one.high + 1e-9
        for one in found[1:]:
            self.differences += 1
            self.hit += one.difference_low - 1e-9 <= 0 <= one.difference_high + 1e-9

    def line(self) -> tuple[float, ...]:
        shares = (
            self.worded / self.sweeps,
            self.better / self.sweeps,
            self.held / self.means,
            self.hit / self.differences,
        )
        return tuple(100 * share for share in shares)


class Cell(NamedTuple):
    """One design of a sweep in which nothing makes a difference."""

    kind: str
    corr: float
    rows: int
    repeats: int
    compared: int


def null(sweeps: int, seed: int, jobs: int, span: tuple[int, int] = (1, 96)) -> None:
    """No setting is different from the first."""
    print("No difference: any word at most 5.8 % of a cell, 5 % of all; better at most 3.3 %; means")
    print("hold the truth in at least 90 %, differences in at least 94 % (the worst of four rates)")
    print("score       corr rows rep sets   word  better   mean   diff")
    cells = [Cell(*one) for one in product(STEPS, CORRELATIONS, ROWS, REPEATS, SETTINGS)]
    cells = cells[span[0] - 1 : span[1]]
    lines = []
    with multiprocessing.Pool(jobs) as pool:
        for cell, found in zip(cells, pool.imap(partial(_null_of, sweeps, seed), cells), strict=True):
            lines += found
            words, better, mean, difference = zip(*found, strict=True)
            worst = f"{max(words):6.1f}{max(better):8.1f}{min(mean):7.1f}{min(difference):7.1f}"
            print(
                f"{cell.kind:11}{cell.corr:5}{cell.rows:5}{cell.repeats:4}{cell.compared:5} {worst}",
                flush=True,
            )
    words, better, mean, difference = zip(*lines, strict=True)
    print(f"all {len(lines)} cells: a word in {sum(words) / len(words):.2f} %, at most {max(words):.1f} %")
    print(f"better at most {max(better):.1f} %, means {min(mean):.1f} %, differences {min(difference):.1f} %")


def _null_of(sweeps: int, seed: int, cell: Cell) -> list[tuple[float, ...]]:
    chance, found = random.Random(f"{seed} {cell}"), []
    for rate in RATES:
        counts = Counts()
        for _ in range(sweeps):
            rates = difficulties(rate, cell.corr, cell.rows, chance)
            scored = sweep([rates] * (cell.compared + 1), cell.repeats, STEPS[cell.kind], chance)
            counts.add(scored, rate)
        found.append(counts.line())
    return found


def means(_: int, __: random.Random) -> None:
    """Rows that all agree."""
    for rows in (5, 10, 50):
        low, high = mean_interval([1.0] * rows, rows, step=None, level=0.05)
        print(f"{rows} of {rows}: {low:.3f} to {high:.3f}")


def power(sweeps: int, chance: random.Random) -> None:
    """One setting is right in .9 where the first is in .7."""
    print(".7 against .9, better in %: at .45 at least 85 (50 x 1, 20 x 3), at 0 at least 66 and 70")
    for corr, (rows, repeats), compared in product(CORRELATIONS, ((50, 1), (20, 3)), SETTINGS):
        found = sum(_is_found(corr, rows, repeats, compared, chance) for _ in range(sweeps))
        print(
            f"  correlation {corr:4}, {rows:2} x {repeats}, {compared} settings: {100 * found / sweeps:5.1f}"
        )


def _is_found(corr: float, rows: int, repeats: int, compared: int, chance: random.Random) -> bool:
    first, better = shared(0.7, 0.9, corr, rows, chance)
    rates = [first, better, *([first] * (compared - 1))]
    found = evidence([sweep(rates, repeats, 1, chance)], settings(compared)).findings["score"]
    return found[1].word == "better"


def shared(
    low: float, high: float, corr: float, rows: int, chance: random.Random
) -> tuple[list[float], list[float]]:
    """Difficulties of two settings that find the same rows hard: the same share of rows is harder in both."""
    if corr == 0:
        return [low] * rows, [high] * rows
    places = [chance.randrange(DRAWN) for _ in range(rows)]
    first, second = (quantiles(rate, corr) for rate in (low, high))
    return [first[place] for place in places], [second[place] for place in places]


@cache
def quantiles(rate: float, corr: float) -> list[float]:
    return sorted(difficulties(rate, corr, DRAWN, random.Random(1)))


def looks(sweeps: int, chance: random.Random) -> None:
    """A look after every five rows, up to 50, and a stop at the first word."""
    print("A look after every five rows up to 50, no difference: a word at any of them, at most 3 %")
    for kind, corr, repeats, compared in product(STEPS, CORRELATIONS, REPEATS, (1, 6)):
        found = 0
        for _ in range(sweeps):
            rates = difficulties(0.8, corr, 50, chance)
            full = sweep([rates] * (compared + 1), repeats, STEPS[kind], chance)
            found += any(_spoke(_first(full, n), History(until_decided=True)) for n in range(5, 51, 5))
        print(f"  {kind}, correlation {corr}, x {repeats}, {compared} settings: {100 * found / sweeps:.1f} %")


def _first(scored: Scored, rows: int) -> Scored:
    cut = [{row: values[row] for row in range(rows)} for values in scored.values]
    return Scored(name="score", values=cut, step=scored.step)


def _spoke(scored: Scored, history: History) -> bool:
    found = evidence([scored], settings(len(scored.values) - 1), history).findings["score"]
    return any(one.is_decided for one in found)


def added(sweeps: int, chance: random.Random) -> None:
    """Rows added twice after a table was shown: 20, then 50, then 100."""
    print(
        "Planned 20 rows, then 50, then 100, no difference: a word in any table at most 5 %; words lost: none"
    )
    for corr, repeats, compared in product(CORRELATIONS, REPEATS, (1, 6)):
        spoke = gone = 0
        for _ in range(sweeps):
            rates = difficulties(0.8, corr, 100, chance)
            full = sweep([rates] * (compared + 1), repeats, 1, chance)
            history = History(planned=range(20))
            tables = [
                evidence([_first(full, rows)], settings(compared), history).findings["score"]
                for rows in (20, 50, 100)
            ]
            spoke += any(one.is_decided for table in tables for one in table)
            gone += sum(a.is_decided and a.word != b.word for a, b in zip(tables[0], tables[2], strict=True))
        print(f"  corr {corr}, x {repeats}, {compared} settings: {100 * spoke / sweeps:.1f} %, lost {gone}")


def failures(sweeps: int, chance: random.Random) -> None:
    """One setting's calls fail on its hard rows."""
    print(
        "One call in ten of one setting fails, on hard rows, no difference: shift at most .01, no false word"
    )
    for rows, repeats in product((20, 50, 100), REPEATS):
        shift = words = spoken = 0.0
        for _ in range(sweeps):
            rates = difficulties(0.8, 0.45, rows, chance)
            hard = sorted(range(rows), key=rates.__getitem__)[: max(1, rows // 10)]
            full = sweep([rates] * 2, repeats, 1, chance)
            broken = full.values[1] | {row: [Missing.LOST] * repeats for row in hard}
            one = Scored(name="score", values=[full.values[0], broken], step=1.0)
            found = evidence([one], settings(1)).findings["score"][1]
            shift, words = shift + found.difference, words + found.is_decided
            spoken += found.word is not None
        shares = f"{100 * words / sweeps:.1f} % words, {100 * spoken / sweeps:.0f} % not refused"
        print(f"  {rows} x {repeats}: difference {shift / sweeps:+.4f}, {shares}")


def lost(sweeps: int, chance: random.Random) -> None:
    """One trial in a hundred is lost by chance."""
    print("One trial in a hundred lost by chance, 20 x 3, .7 against .9: at least 97 % of the words remain")
    whole = kept = 0
    for _ in range(sweeps):
        rates = shared(0.7, 0.9, 0.45, 20, chance)
        full = sweep([*rates], 3, 1, chance)
        if not _spoke(full, History()):
            continue
        whole += 1
        torn = [
            {
                row: [Missing.LOST if chance.random() < 0.01 else one for one in of_row]
                for row, of_row in v.items()
            }
            for v in full.values
        ]
        kept += _spoke(Scored(name="score", values=torn, step=1.0), History())
    print(f"  {kept} of {whole}: {100 * kept / max(1, whole):.1f} %")


def marks(sweeps: int, chance: random.Random) -> None:
    """A judge that is off, corrected by a person's marks."""
    print("A judge on 100 rows, no difference, corrected by marks: words, interval, and the judge alone")
    judges = {"kinder to one setting": (0.0, 0.5), "wrong in a fifth": (0.2, 0.2), "good": (0.05, 0.05)}
    for (kind, wrong), marked in product(judges.items(), (20, 40)):
        held = worded = alone = 0
        for _ in range(sweeps):
            truth = [[float(chance.random() < 0.7) for _ in range(100)] for _ in "ab"]
            judged = [
                {row: [1 - one if chance.random() < off * (one == 0 or off < 0.5) else one]}
                for of_setting, off in zip(truth, wrong, strict=True)
                for row, one in enumerate(of_setting)
            ]
            values = [{row: one[row] for one in part for row in one} for part in (judged[:100], judged[100:])]
            by_hand = [{row: [of_setting[row]] for row in range(marked)} for of_setting in truth]
            one = Scored(name="score", values=values, step=1.0, marks=by_hand)
            found = evidence([one], settings(1)).findings["score"][1]
            held += found.difference_low <= 0 <= found.difference_high
            worded += found.is_decided
            alone += _spoke(Scored(name="score", values=values, step=1.0), History())
        shares = [f"{100 * count / sweeps:.1f} %" for count in (worded, held, alone)]
        print(f"  {kind}, {marked} marked: words {shares[0]}, interval {shares[1]}; alone {shares[2]}")


PARTS: dict[str, Callable[[int, random.Random], None]] = {
    "means": means,
    "power": power,
    "looks": looks,
    "added": added,
    "failures": failures,
    "lost": lost,
    "marks": marks,
}

if __name__ == "__main__":
    main()
