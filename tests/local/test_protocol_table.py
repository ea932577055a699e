"""``docs/protocol.md`` names, for each row of the protocol, tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from langtail_nb._local.protocol.schema import INVOKE
from tests.places import DOCS, ROOT

PAGE = DOCS / "protocol.md"
SURE = re.compile(r"(documented|assumed|own)(; .+ (assumed|documented))?")
NAME = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
SECTIONS = {
    "Endpoints": 16,
    "Invoke: headers": 5,
    "Invoke: fields of the body": 27,
    "Messages, content, tools": 17,
    "Streaming: framing": 6,
    "Streaming: chunks": 5,
    "Streaming: tool calls and reasoning": 5,
    "Streaming: a tool that Langtail ran": 6,
    "Streaming: errors": 2,
    "Errors": 15,
    "Threads": 10,
    "Pages": 7,
    "Messages of a thread": 10,
}
"""How many rows each part of the protocol has at the least."""


def rows() -> dict[str, list[list[str]]]:
    """The rows of each table, under its heading."""
    found: dict[str, list[list[str]]] = {}
    heading = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif line.startswith("| ") and not line.startswith(("| ---", "| What | What ")):
            found.setdefault(heading, []).append([cell.strip() for cell in line.strip("|").split(" | ")])
    return {heading: table[1:] if table[0][2] == "How sure" else table for heading, table in found.items()}


ROWS = [(heading, row) for heading, table in rows().items() for row in table]


@cache
def defined_in(path: str) -> frozenset[str]:
    """The names of the tests that a file defines."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, kinds))


@pytest.mark.parametrize(("heading", "row"), ROWS, ids=[f"{heading}: {row[0]}" for heading, row in ROWS])
def test_a_row_says_what_happens_how_sure_that_is_and_which_test_shows_it(
    heading: str, row: list[str]
) -> None:
    assert len(row) == 4
    _, does, sure, tests = row
    named = NAME.findall(tests)

    assert does
    assert SURE.fullmatch(sure), sure
    assert named
    assert tests.count("::") == len(named), "a name that cannot be read"
    assert [name for path, name in named if name not in defined_in(path)] == []


def test_every_name_on_the_page_is_a_test() -> None:
    named = NAME.findall(PAGE.read_text(encoding="utf-8"))

    assert len(named) == PAGE.read_text(encoding="utf-8").count("::test_")
    assert [name for path, name in named if name not in defined_in(path)] == []


@pytest.mark.parametrize("heading", SECTIONS)
def test_no_part_of_the_protocol_loses_rows(heading: str) -> None:
    assert len(rows()[heading]) >= SECTIONS[heading]


def test_every_field_that_the_server_checks_has_a_row() -> None:
    cells = " ".join(row[0] for row in rows()["Invoke: fields of the body"])

    assert INVOKE.keys() - set(re.findall(r"`(\w+)`", cells)) == set()


def test_every_endpoint_that_the_server_serves_has_a_row() -> None:
    from langtail_nb._local.server.app import _routes

    cells = [row[0] for row in rows()["Endpoints"]]
    documented = {
        re.sub(r"\{\w+\}", "{}", match) for cell in cells for match in re.findall(r"`[A-Z]+ (/\S+)`", cell)
    }
    served = {re.sub(r"\{\w+\}", "{}", route.path) for route in _routes() if not route.path.startswith("/_")}
    assert served - documented == set()


def test_every_path_of_the_servers_own_has_a_row() -> None:
    from langtail_nb._local.server.app import _routes

    cells = " ".join(row[0] for row in rows()["Paths of the local server's own"])
    served = {(method, route.path) for route in _routes() for method in route.methods or ()}
    own = {(method, path.split("/")[1]) for method, path in served if path.startswith("/_")}

    assert own
    assert {f"`{method} /{first}`" for method, first in own if method != "HEAD"} <= set(
        re.findall(r"`[A-Z]+ /\w+`", cells)
    )
