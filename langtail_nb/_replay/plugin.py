"""The plugin of pytest: notebooks and tests whose calls are played.

It is loaded by every pytest run of an environment, so it imports nothing of this package, and does nothing,
until the option, the ini value, the marker or the fixture asks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

NAME = "langtail_replay"
_MARKER = (
    f'{NAME}(mode=None, unused="ignore"): record or play the calls of this test; mode is auto, record, only '
    'or off, and unused="fail" fails it where something recorded was not used'
)
# Each of a Tested, which is loaded once it is asked for.
_OF_THE_SESSION = pytest.StashKey[Any]()
_OF_A_TEST = pytest.StashKey[Any]()
# The file that was noted last.
_NOTED = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the option and the ini value."""
    parser.getgroup("langtail").addoption(
        "--langtail-replay",
        metavar="MODE",
        nargs="?",
        const="",
        help="record or play calls to Langtail: auto, record, only or off; without MODE it is only where CI "
        "is set, else auto",
    )
    parser.addini(NAME, "the mode of replay where no option and no variable names one", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Explain the marker, and set the mode of the session where one is asked for."""
    config.addinivalue_line("markers", _MARKER)
    option, ini = config.getoption("--langtail-replay"), config.getini(NAME)
    # In a process of pytest-xdist the variables are set by the one that started it.
    if (option is None and not ini) or hasattr(config, "workerinput"):
        return
    from langtail_nb._replay.tested import begin

    config.stash[_OF_THE_SESSION] = begin(option, ini)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give back the variables as they were."""
    if (tested := config.stash.get(_OF_THE_SESSION, None)) is not None:
        tested.end()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Set the mode of a test that asks for one, before any fixture starts a kernel."""
    marker = item.get_closest_marker(NAME)
    if marker is None and NAME not in getattr(item, "fixturenames", ()):
        return
    from langtail_nb._replay.tested import begin_test

    item.stash[_OF_A_TEST] = begin_test(marker.args if marker else (), marker.kwargs if marker else {})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Note what ran; fail a test that passed and left recordings unused, where its marker says so."""
    result = yield
    _note_ran(item)
    tested = item.stash.get(_OF_A_TEST, None)
    if tested is not None and tested.is_strict and tested.unused:
        pytest.fail(tested.about_unused(), pytrace=False)
    return result


def _note_ran(item: pytest.Item) -> None:
    path = str(getattr(item, "path", ""))
    # In each process of pytest-xdist, too: the variable is that of the one that started it.
    if "LANGTAIL_NB_REPLAY_JOURNAL" in os.environ and path != item.config.stash.get(_NOTED, ""):
        from langtail_nb._replay.run import note_ran

        item.config.stash[_NOTED] = path
        note_ran(path)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Give back the variables as they were, once the test's fixtures are gone."""
    try:
        return (yield)
    finally:
        if (tested := item.stash.get(_OF_A_TEST, None)) is not None:
            tested.end()


@pytest.fixture
def langtail_replay(request: pytest.FixtureRequest) -> Any:
    """What this test did: ``mode``, ``path``, ``replayed``, ``recorded``, ``missing`` and ``unused``.

    Exchanges are named by their keys. ``path`` is the folder of the recordings, None before the first call.
    """
    return request.node.stash[_OF_A_TEST]


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep which recordings were used, for ``%langtail replay prune``."""
    tested = session.config.stash.get(_OF_THE_SESSION, None)
    if tested is not None and exitstatus == 0:
        config = session.config
        part = any("::" in str(word) for word in config.args)
        chosen = (config.getoption(name, None) for name in ("keyword", "markexpr", "lf", "deselect"))
        tested.keep(whole=not part and not any(chosen))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in a line what was played."""
    if (tested := config.stash.get(_OF_THE_SESSION, None)) is not None:
        terminalreporter.write_line(tested.summary())
