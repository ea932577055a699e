"""Where sliders have an answer already, in the store or from a run here; stepped onto, it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import langtail_nb as lt
from langtail_nb._kernel.session import session
from tests.panel.panels import Panel, opened
from tests.sweep.conftest import TARGET, counting, kernel_state  # noqa: F401 - fixtures
from tests.sweep.counting import Counting

MakePanel = Callable[..., Panel]


@pytest.fixture(autouse=True)
def server(kernel_state: Counting) -> Counting:  # noqa: F811 - the fixture
    kernel_state.text = lambda body: f"at {body.get('temperature', 'what is deployed')}"
    return kernel_state


@pytest.fixture
def panel() -> Iterator[Panel]:
    made = opened(session, TARGET)
    yield made
    made.model.close()


def swept(message: str = "Where?", **axes: list[Any]) -> None:
    rows = [{"q": message}, {"q": "Something else?"}]
    lt.sweep(over=lt.grid(**axes), rows=rows, message="q").run()


def ticks(panel: Panel, **wanted: list[float]) -> None:
    """Wait for the ticks of all sliders to be these."""

    def are_these(shown: Any) -> bool:
        return {one["name"]: one["values"] for one in shown.sections.get("stored", [])} == wanted

    panel.shown.until(are_these)


def stored(panel: Panel) -> dict[str, Any]:
    """The column of a stored answer, once it is shown."""
    panel.shown.until(lambda shown: [one["id"] for one in shown["columns"]] == ["stored"])
    [column] = panel.shown["columns"]
    return dict(column)


def text(panel: Panel, serial: int) -> str:
    """What the views were told of an answer, once they were."""

    def full(shown: Any) -> list[Any]:
        return [piece for one in shown.sent for piece in one.get("full", []) if piece["serial"] == serial]

    panel.shown.until(full)
    return "".join(full(panel.shown)[-1]["add"])


def test_a_slider_has_a_tick_where_a_sweep_asked_the_same_but_for_it(panel: Panel) -> None:
    swept(temperature=[0, 0.7], top_p=[0.5, "deployed"])
    panel.do("message", text="Where?")

    # What differs in both at once is no step of either.
    ticks(panel, temperature=[0.0, 0.5, 0.7])

    panel.do("set", name="top_p", value=0.5)
    ticks(panel, temperature=[0.0, 0.7])
    panel.do("set", name="temperature", value=0)
    ticks(panel, temperature=[0.0, 0.7])
    panel.do("set", name="top_p", value=0.6)
    ticks(panel, top_p=[0.5])
    panel.do("message", text="Where to?")
    ticks(panel)


def test_stepping_onto_a_tick_shows_its_answer_and_sends_nothing(panel: Panel, server: Counting) -> None:
    swept(temperature=[0, 0.7])
    panel.do("message", text="Where?")
    ticks(panel, temperature=[0.0, 0.5, 0.7])
    sent = server.counts["invoke"]

    panel.do("set", name="temperature", value=0.7)

    column = stored(panel)
    assert "at 0.7" in text(panel, column["serial"])
    assert column["marks"][0].startswith("stored, ")
    assert column["marks"][0].endswith(", not asked anew")
    assert not column["can_keep"]
    panel.do("set", name="temperature", value=0.3)
    panel.shown.until(lambda shown: shown["columns"] == [])
    assert server.counts["invoke"] == sent


def test_run_asks_anew_where_an_answer_is_stored(panel: Panel, server: Counting) -> None:
    swept(temperature=[0.7])
    panel.do("message", text="Where?")
    panel.do("set", name="temperature", value=0.7)
    stored(panel)
    sent = server.counts["stream"] + server.counts["invoke"]

    [column] = panel.run()

    assert column["id"] == "run"
    assert server.counts["stream"] + server.counts["invoke"] == sent + 1


def test_a_run_of_this_kernel_is_a_tick_and_what_stood_there_comes_back_behind_it(panel: Panel) -> None:
    panel.do("message", text="Where?")
    panel.do("set", name="temperature", value=0.2)
    panel.run()
    panel.do("set", name="temperature", value=0.9)
    [second] = panel.run()
    ticks(panel, temperature=[0.2, 0.9])

    panel.do("set", name="temperature", value=0.2)
    assert "at 0.2" in text(panel, stored(panel)["serial"])

    panel.do("set", name="temperature", value=1.4)
    panel.shown.until(lambda shown: [one["serial"] for one in shown["columns"]] == [second["serial"]])


def test_an_answer_behind_a_conversation_is_none_to_the_same_message_without_it(panel: Panel) -> None:
    panel.do("message", text="Where?")
    panel.do("set", name="temperature", value=0.2)
    panel.run()
    panel.do("set", name="temperature", value=0.3)
    ticks(panel, temperature=[0.2])

    panel.keep()

    ticks(panel)


def test_what_is_not_to_be_recorded_is_no_tick(panel: Panel) -> None:
    panel.do("message", text="Where?")
    panel.do("set", name="do_not_record", value=True)
    panel.run()
    panel.do("set", name="temperature", value=0.2)
    panel.do("set", name="do_not_record", value=False)
    panel.run()
    panel.do("set", name="temperature", value=0.3)

    ticks(panel, temperature=[0.2])


def test_another_panel_shows_what_one_has_asked(panel: Panel) -> None:
    panel.do("message", text="Where?")
    panel.do("set", name="temperature", value=0.2)
    panel.run()
    other = opened(session, TARGET)
    other.do("message", text="Where?")
    panel.do("set", name="temperature", value=0.3)

    ticks(other, temperature=[0.2])
    other.model.close()
