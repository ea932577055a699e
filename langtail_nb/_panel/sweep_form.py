"""What stands in the Rows tab: stops of parameters, repeats, a score, a budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._panel.sweep_wire import ScoreChoice, Stop
from langtail_nb._sweep.column import Column
from langtail_nb._sweep.scoring.patterns import json_valid, regex
from langtail_nb._sweep.scoring.score import Score
from langtail_nb._sweep.scoring.texts import contains, equals
from langtail_nb._sweep.space import Space, grid
from langtail_nb._types.deployed import DEPLOYED
from langtail_nb._types.field_checks import check
from langtail_nb._types.fields import FIELDS, Field

AXES: Final = (
    "temperature", "top_p", "max_tokens", "presence_penalty", "frequency_penalty", "model",
    "reasoning_effort", "max_thinking_tokens",
)  # fmt: skip
"""Parameters that several stops can be typed for."""


@dataclass
class Form:
    """What was typed, as it was typed.

    Attributes:
        stops: By parameter, in the order in which they were put there.
    """

    stops: dict[str, str] = field(default_factory=dict)
    repeats: int = 1
    score: ScoreChoice = field(default_factory=lambda: ScoreChoice(kind="none", column="", pattern=""))
    budget: str = ""

    def stops_shown(self) -> list[Stop]:
        """Return the stops as a view draws them."""
        return [Stop(name=n, text=text, problem=_problem(n, text)) for n, text in self.stops.items()]

    def space(self) -> Space | None:
        """Return the combinations of all stops, None without any.

        Raises:
            ConfigurationError: One is no value of its parameter.
        """
        axes = {name: values for name, text in self.stops.items() if (values := stops_of(name, text))}
        return grid(**axes) if axes else None

    def scored(self) -> Mapping[str, Score]:
        """Return the score by its name, none where none was chosen.

        Raises:
            ConfigurationError: It lacks its column or its pattern, or that is no pattern.
        """
        kind, column, pattern = self.score["kind"], self.score["column"], self.score["pattern"]
        match kind:
            case "none":
                return {}
            case "json":
                return {"JSON": json_valid()}
            case "regex":
                if not pattern:
                    raise ConfigurationError("the score needs a pattern, such as ^Dear")
                return {"matches": regex(pattern)}
        if not column:
            raise ConfigurationError(f"the score needs the column that an answer {kind}")
        make = contains if kind == "contains" else equals
        return {f"{kind} {column}": make(Column(column))}


def stops_of(name: str, text: str) -> list[Any]:
    """Return the values that stops say, ``deployed`` for none.

    Raises:
        ConfigurationError: One is no value of its parameter.
    """
    parameter = FIELDS[name]
    words = [word.strip() for word in text.replace(";", ",").split(",")]
    return list(dict.fromkeys(_value(parameter, word) for word in words if word))


def labels() -> list[str]:
    """Return the parameters as they are called in a view."""
    return [name.replace("_", " ") for name in AXES]


def _value(parameter: Field, word: str) -> Any:
    if word == "deployed":
        return DEPLOYED
    if parameter.kind not in ("number", "integer"):
        return check(parameter, word)
    for kind in (int, float):
        try:
            return check(parameter, kind(word))
        except ValueError:
            continue
    raise ConfigurationError(f"{parameter.name}: {word!r} is no number; stops stand like 0, 0.5, 1")


def _problem(name: str, text: str) -> str | None:
    try:
        stops_of(name, text)
    except ConfigurationError as exc:
        return str(exc)
    return None
