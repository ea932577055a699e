"""Scores that hold an answer against a pattern or a schema."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.scoring.matching import matching
from langtail_nb._sweep.scoring.score import Given, Result, Score, ScoredRow
from langtail_nb._text.brief import clip
from langtail_nb._text.json_text import decoded
from langtail_nb._types.json_value import json_text

_FENCED: Final = re.compile(r"^```[\w+-]*[ \t]*\n(.*?)\n?```[ \t]*$", re.DOTALL | re.MULTILINE)


def regex(pattern: str | re.Pattern[str], flags: int = 0) -> Score:
    r"""Return a score that passes where the pattern is found somewhere in the answer.

    A pattern may take a second on an answer; one that takes longer leaves it unscored.

    Args:
        pattern: As of ``re.search``; a compiled one brings its flags.
        flags: Such as ``re.IGNORECASE``.

    Raises:
        ConfigurationError: It is no pattern.

    Example:
        >>> scored = run.rescore(lt.regex(r"takes \d+ days"))
        >>> scored.to_pandas()["regex"].tolist()
        [1.0, 1.0, 1.0, 1.0]
    """
    try:
        compiled = re.compile(pattern, flags)
    except (re.error, TypeError, RecursionError, OverflowError, ValueError) as exc:
        raise ConfigurationError(f"regex: {pattern!r} is no pattern: {exc}") from exc
    if not isinstance(compiled.pattern, str):
        raise ConfigurationError(f"regex: {pattern!r} is a pattern of bytes, and an answer is text")
    question = {"pattern": compiled.pattern, "flags": int(compiled.flags)}
    named = f"the pattern {clip(compiled.pattern)}"

    def of(output: str, row: ScoredRow, record: Outcome) -> Result:
        return bool(matching.ask({**question, "text": output}, named=named)["passes"])

    return Score(name="regex", of=of, is_quick=False)


def json_valid() -> Score:
    """Return a score that passes where the answer, or the one fenced block in it, is JSON.

    Example:
        >>> scored = run.rescore(lt.json_valid())
        >>> scored.to_pandas()["json_valid"].tolist()
        [0.0, 0.0, 0.0, 0.0]
    """
    return Score(name="json_valid", of=lambda output, row, record: read_json(output)[1])


def schema(wanted: Any) -> Score:
    """Return a score that passes where the answer is JSON that fits a schema.

    The reason names the place of the first fault. An address in a schema is not fetched.

    Args:
        wanted: A JSON schema as a dict, or a pydantic model, or what pydantic makes a model of.

    Raises:
        ConfigurationError: It is no schema, or what checks it is not installed.

    Example:
        >>> scored = run.rescore(lt.schema({"type": "object"}))
        >>> scored.to_pandas()["schema"].tolist()
        [0.0, 0.0, 0.0, 0.0]
    """
    fault_of = _of_schema(wanted) if isinstance(wanted, dict) else _of_model(wanted)

    def of(output: str, row: ScoredRow, record: Outcome) -> Result:
        value, given = read_json(output)
        if not given.value:
            return given
        fault = fault_of(value)
        return Given(float(not fault), reason=fault, is_bool=True)

    return Score(name="schema", of=of, is_quick=False)


def json_in(text: str) -> Any:
    """Return what an answer says in JSON: the whole of it, or the one fenced block in it.

    Raises:
        ValueError: Neither is JSON.
        RecursionError: It is nested too deeply.
    """
    try:
        return decoded(text)
    except ValueError:
        blocks = _FENCED.findall(text)
        if len(blocks) != 1:
            raise
        return decoded(blocks[0])


def read_json(output: str) -> tuple[Any, Given]:
    try:
        return json_in(output), Given(1.0, is_bool=True)
    except (ValueError, RecursionError) as exc:
        return None, Given(0.0, reason=f"not JSON: {exc}", is_bool=True)


def _of_schema(wanted: dict[str, Any]) -> Callable[[Any], str]:
    if find_spec("jsonschema") is None:
        raise ConfigurationError("schema needs jsonschema: pip install jsonschema")
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for

    text = json_text("schema", wanted)
    try:
        validator_for(wanted).check_schema(wanted)
    except SchemaError as exc:
        raise ConfigurationError(f"schema: {exc.json_path}: {exc.message}") from exc

    def fault(value: Any) -> str:
        answer = matching.ask({"schema": text, "value": value}, named="the schema")
        return str(answer["reason"])

    return fault


def _of_model(wanted: Any) -> Callable[[Any], str]:
    if find_spec("pydantic") is None:
        raise ConfigurationError("schema takes a dict; a model needs pydantic: pip install pydantic")
    from pydantic import TypeAdapter, ValidationError
    from pydantic.errors import PydanticUserError

    refused = ConfigurationError(f"schema takes a dict or a pydantic model, not {wanted!r}")
    if isinstance(wanted, str):  # to pydantic the name of a class that may come later
        raise refused
    try:
        adapter: Any = TypeAdapter(wanted)
    except (PydanticUserError, TypeError) as exc:
        raise refused from exc

    def fault(value: Any) -> str:
        try:
            adapter.validate_json(json.dumps(value))
        except ValidationError as exc:
            first = exc.errors(include_url=False, include_input=False)[0]
            return f"{'.'.join(['$', *map(str, first['loc'])])}: {first['msg']}"
        return ""

    return fault
