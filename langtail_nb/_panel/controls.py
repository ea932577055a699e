"""What a control of the front end holds, in the form the settings take."""

from __future__ import annotations

import json
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._types.fields import FIELDS


def value_of(name: str, held: Any) -> Any:
    """Return a control's value in the form the settings take.

    Raises:
        ConfigurationError: The text must be JSON and is not.
    """
    if isinstance(held, str) and (FIELDS[name].kind == "object" or _is_tool(name, held)):
        try:
            return json.loads(held) if held.strip() else None
        except ValueError as exc:
            raise ConfigurationError(f"{name} must be JSON: {exc}") from exc
        except RecursionError as exc:
            raise ConfigurationError(f"{name} is nested too deeply") from exc
    return held


def _is_tool(name: str, held: str) -> bool:
    return FIELDS[name].kind == "tool_choice" and held.lstrip().startswith("{")
