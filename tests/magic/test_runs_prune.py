"""``%langtail runs prune`` in a real kernel: what is older goes, and nothing goes by itself."""

import sqlite3
from contextlib import closing

import pytest

TARGET = "acme/help/support/production"


def answered(ran):
    assert ran.status == "ok", ran.errors
    return ran


def test_runs_prune_removes_what_is_older_than_it_is_told(kernel, store):
    for _ in range(3):
        answered(kernel.ask("Hi"))
    with closing(sqlite3.connect(store)) as database, database:
        database.execute("UPDATE turns SET at = at - 86400 * 40 WHERE id < 3")

    assert "No call here is older than 60 days; 3 calls stay" in kernel.run("%langtail runs prune 60").text
    removed = answered(kernel.run("%langtail runs prune 30")).text
    assert removed.startswith("2 calls older than 30 days removed, ")
    assert "; 1 call stays, " in removed
    assert kernel.run("%langtail runs").text.count("cell") == 1


def test_runs_prune_takes_its_days_from_the_environment_and_else_says_what_to_type(kernel, store):
    answered(kernel.ask("Hi"))
    assert (
        "nothing is removed by itself; write %langtail runs prune DAYS"
        in kernel.run("%langtail runs prune").errors[0]
    )
    kernel.run("%env LANGTAIL_NB_KEEP_DAYS=7")
    assert "older than 7 days" in answered(kernel.run("%langtail runs prune")).text
    kernel.run("%env LANGTAIL_NB_KEEP_DAYS=week")
    assert "LANGTAIL_NB_KEEP_DAYS takes a number of days" in kernel.run("%langtail runs prune").errors[0]
    kernel.run("import os; del os.environ['LANGTAIL_NB_KEEP_DAYS']")


@pytest.mark.parametrize("words", ["-1", "nan", "1e999", "soon", "3 4", "٣٠ x"])
def test_days_that_are_none_are_named_and_nothing_is_removed(kernel, store, words):
    answered(kernel.ask("Hi"))
    failed = kernel.run(f"%langtail runs prune {words}")

    assert failed.status == "error"
    assert words.split()[0] in failed.errors[0]
    assert kernel.run("%langtail runs").text.count("cell") == 1
