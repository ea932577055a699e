"""Break the code on purpose, one small change at a time, and see whether its tests notice.

    python .ci/mutants.py [--seed 1] [--count 60] [--group NAME ...] [--only NUMBER ...] [--list]

Each mutant is one change of one place in a module whose faults would cost a user most: a comparison turned, a
condition negated, a constant off by one, a statement left out. It is made in a copy of the checkout and meets
only the tests of its module, those that tell soonest first. What survives is printed with place and change:
a test is missing, or the change changes nothing. The same seed makes the same mutants of the same code. Ends
with 1 where more than one in twenty survive. One process at a time; 60 take about half an hour.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", "node_modules", ".*_cache", ".langtail")
LEAST_CAUGHT = 0.95


class Part(NamedTuple):
    """Modules, as a pattern beneath ``langtail_nb``, and their tests, the quickest first."""

    modules: str
    tests: tuple[str, ...]


_MARKDOWN = ("text/test_markdown", "panel/test_blocks", "text/test_export", "browser/test_markdown_safety")
_KEYS = ("client/test_key", "client/test_client_key", "client/test_allow_http")
_ANSWERS = (
    "types/test_chunk", "types/test_reply", "types/test_odd_answers", "client/test_generated_answers",
    "client/test_transport", "client/test_bounds", "client/test_odd_bodies", "client/test_client",
    "client/test_attempts",
)  # fmt: skip
_THREADS = (
    "kernel/test_conversations", "kernel/test_rule", "calls/test_seat", "magic/test_threads",
    "magic/test_tools",
)  # fmt: skip
_DISK = ("kernel/test_store", "kernel/test_folder", "kernel/test_notes", "kernel/test_mounts")
_EVIDENCE = ("sweep/test_evidence_numbers", "sweep/test_evidence", "sweep/test_evidence_choice")
_SCORES = ("sweep/test_scores", "sweep/test_judge", "sweep/test_report", "sweep/test_taking_out")

GROUPS = {
    "sanitisers": (
        Part("_text/markdown/*", _MARKDOWN),
        Part("_text/characters", ("show/test_say", "types/test_chunk", *_KEYS, "client/test_client")),
        Part("_panel/payload", ("panel/test_actions", "panel/test_odd")),
        Part("_panel/commonmark", ("panel/test_blocks", "panel/test_odd")),
    ),
    "key": (
        Part("_client/api_key", _KEYS),
        Part("_client/key_lookup", _KEYS),
        Part("_http/secret", ("http/test_secret", "http/test_proxy", *_KEYS)),
        Part("_http/proxy", ("http/test_proxy",)),
    ),
    "limits": (
        Part("_text/limits", ("client/test_bounds", "http/test_events")),
        Part("_http/events", ("http/test_events", "client/test_bounds")),
        Part("_types/completion/calls", ("types/test_calls", "types/test_tool_results", *_ANSWERS)),
        Part("_client/bodies", ("client/test_bounds", "client/test_odd_bodies", "client/test_client")),
    ),
    "end of the stream": (
        Part("_client/answer_reader", _ANSWERS),
        Part("_client/stream", _ANSWERS),
        Part("_types/completion/collector", _ANSWERS),
        Part("_types/completion/growing_message", _ANSWERS),
    ),
    "store": (Part("_kernel/disk/*", _DISK),),
    "threads": (Part("_kernel/conversation/*", _THREADS),),
    "evidence": (
        Part("_sweep/scoring/*", _SCORES),
        Part("_sweep/statistics/*", _EVIDENCE),
        Part("_sweep/evidence", _EVIDENCE),
    ),
}  # fmt: skip
"""What a change would cost a user most: each group gives the same number of mutants."""


# The changes


class Change(NamedTuple):
    """Another node in the place of one."""

    old: ast.AST
    new: ast.AST


_TURNED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
}  # fmt: skip
_PROSE = re.compile(r"[A-Za-z,;:] [A-Za-z{]|^[A-Za-z ]* $")


def changes(tree: ast.Module, chance: random.Random) -> list[Change]:
    """Return every change that can be made of a module."""
    told = _only_told(tree)
    nodes = [node for node in ast.walk(tree) if id(node) not in told]
    return [Change(node, new) for node in nodes for new in _others(node, chance)]


def _only_told(tree: ast.Module) -> set[int]:
    """Return what no run depends on: annotations, docstrings, the words of errors, imports for types."""
    roots: list[ast.AST | None] = []
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()) | ast.ImportFrom() | ast.Import():
                roots.append(node)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                roots.append(node)
            case ast.Raise(exc=ast.Call()):
                roots += ast.walk(node.exc)
            case ast.AnnAssign() | ast.arg():
                roots.append(node.annotation)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                roots += [*node.decorator_list, getattr(node, "returns", None)]
    return {id(node) for root in roots if root is not None for node in ast.walk(root)}


def _others(node: ast.AST, chance: random.Random) -> Iterator[ast.AST]:
    """Yield what may stand in the place of a node."""
    match node:
        case ast.Compare():
            yield from _compared(node)
        case ast.BoolOp():
            yield _with(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.If() | ast.While() | ast.IfExp() if not isinstance(node.test, ast.Compare):
            yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.comprehension(ifs=[first, *rest]) if not isinstance(first, ast.Compare):
            yield _with(node, ifs=[ast.UnaryOp(ast.Not(), first), *rest])
        case ast.Constant():
            yield from (_with(node, value=value) for value in _values(node.value, chance))
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Return() | ast.Break() | ast.Continue():
            yield ast.copy_location(ast.Pass(), node)
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]):
            yield ast.copy_location(ast.Pass(), node)


def _compared(node: ast.Compare) -> Iterator[ast.AST]:
    for at, op in enumerate(node.ops):
        for other in _TURNED[type(op)]:
            yield _with(node, ops=[*node.ops[:at], other(), *node.ops[at + 1 :]])


def _values(value: object, chance: random.Random) -> Iterator[object]:
    match value:
        case bool():
            yield not value
        case int() | float():
            yield from (value + 1, value - 1) if value else (1,)
        case str() | bytes() if value and not (isinstance(value, str) and _PROSE.search(value)):
            at = chance.randrange(len(value))
            yield value[:at] + value[at + 1 :]


def _with(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


class _Replace(ast.NodeTransformer):
    def __init__(self, change: Change) -> None:
        self._change = change

    def visit(self, node: ast.AST) -> ast.AST:
        return self._change.new if node is self._change.old else self.generic_visit(node)


# The mutants


class Mutant(NamedTuple):
    """A module with one change."""

    file: str
    line: int
    change: str
    source: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}  {self.change}"


def mutants(seed: int, count: int, groups: list[str]) -> list[Mutant]:
    """Return mutants, as many of each group as of the others; the last ones make up the number."""
    found: list[Mutant] = []
    for at, group in enumerate(groups):
        chance = random.Random(f"{seed} {group}")
        sites = [
            (path, part.tests, index)
            for part in GROUPS[group]
            for path in _files(part)
            for index in range(len(changes(ast.parse(path.read_text("utf-8")), random.Random(str(seed)))))
        ]
        wanted = (count - len(found)) // (len(groups) - at)
        found += [_mutant(*site, seed) for site in chance.sample(sites, min(wanted, len(sites)))]
    return found


def _files(part: Part) -> list[Path]:
    found = sorted(ROOT.glob(f"langtail_nb/{part.modules}.py"))
    if not found:
        raise SystemExit(f"no module is named {part.modules} any more; mend the table in {__file__}")
    return found


def _mutant(path: Path, tests: tuple[str, ...], index: int, seed: int) -> Mutant:
    tree = ast.parse(path.read_text("utf-8"))
    change = changes(tree, random.Random(str(seed)))[index]
    line = getattr(change.old, "lineno", 0) or min(
        node.lineno for node in ast.walk(change.old) if isinstance(node, ast.expr)
    )
    told = f"{_brief(change.old)}  ->  {_brief(change.new)}"
    source = ast.unparse(ast.fix_missing_locations(_Replace(change).visit(tree)))
    return Mutant(path.relative_to(ROOT).as_posix(), line, told, source, tests)


def _brief(node: ast.AST) -> str:
    """Return the first line of a node's source, of a statement with a body the condition only."""
    text = ast.unparse(node).strip().partition("\n")[0]
    return text if len(text) <= 100 else f"{text[:99]}…"


# The runs


class Copy:
    """A checkout of its own, in which one module at a time is changed."""

    def __init__(self, folder: str) -> None:
        self.root = Path(folder, "checkout")
        shutil.copytree(ROOT, self.root, ignore=LEFT_OUT)
        self._as_it_is = cache(self._time)

    def catches(self, mutant: Mutant) -> str:
        """Return what told a mutant: a test, or time; empty where nothing did."""
        limit = 3 * self._as_it_is(mutant.tests) + 30
        path = self.root / mutant.file
        before = path.read_bytes()
        try:
            self._write(path, mutant.source.encode())
            passed, said = self._run(mutant.tests, limit)
        finally:
            self._write(path, before)
        return "" if passed else said

    def _time(self, tests: tuple[str, ...]) -> float:
        began = time.monotonic()
        passed, said = self._run(tests, 900)
        if not passed:
            raise SystemExit(f"without any change fails {said}")
        return time.monotonic() - began

    def _write(self, path: Path, source: bytes) -> None:
        path.write_bytes(source)
        # Two changes of one second and one length would look like the same file.
        for old in path.parent.glob(f"__pycache__/{path.stem}.*"):
            old.unlink()

    def _run(self, tests: tuple[str, ...], limit: float) -> tuple[bool, str]:
        files = [f"tests/{name}.py" for name in tests]
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *files]
        with subprocess.Popen(
            command,
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return False, f"no end in {limit:.0f} s"
        failed = [line for line in output.splitlines() if line.startswith(("FAILED tests", "ERROR tests"))]
        return process.returncode == 0, failed[0][:110] if failed else output[-300:].strip()


def main(given: argparse.Namespace) -> int:
    """Print what becomes of each mutant, then who survived."""
    made = mutants(given.seed, given.count, given.group or list(GROUPS))
    chosen = {number: one for number, one in enumerate(made, 1) if not given.only or number in given.only}
    if given.list:
        print("\n".join(f"{number:3} {one}" for number, one in chosen.items()))
        return 0
    survivors: dict[int, Mutant] = {}
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        checkout = Copy(folder)
        for number, one in chosen.items():
            told = checkout.catches(one)
            print(f"{number:3} {one}\n      {told or 'SURVIVED'}", flush=True)
            if not told:
                survivors[number] = one
    caught = len(chosen) - len(survivors)
    print(f"\n{caught} of {len(chosen)} caught; survivors:", *survivors.values() or ["none"], sep="\n  ")
    return int(caught < LEAST_CAUGHT * len(chosen))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument(
        "--group", action="append", choices=list(GROUPS), help="may be repeated; all if not given"
    )
    parser.add_argument("--only", type=int, nargs="+", help="mutants by their numbers")
    parser.add_argument("--list", action="store_true", help="print the mutants and run nothing")
    sys.exit(main(parser.parse_args()))
