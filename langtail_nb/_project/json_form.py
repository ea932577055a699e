"""A deployment as a JSON file, in the shape that ``GET`` on the invoke path returns."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.order import ordered

# A terminal obeys some of these, bidirectional controls let a diff show what is not there, and UTF-8 cannot
# hold half a character. In JSON they occur inside texts only, where an escape means the same.
_UNSEEN: Final = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def read_json(raw: str | bytes) -> Any:
    """Return what a JSON file says.

    Raises:
        ProjectFileError: It is no JSON; names line and column where there are any.
    """
    try:
        return json.loads(raw)
    except json.JSONDecodeError as exc:
        raise ProjectFileError(exc.msg, exc.lineno, exc.colno) from exc
    except RecursionError as exc:
        raise ProjectFileError("nested too deeply") from exc
    except ValueError as exc:
        raise ProjectFileError(str(exc)) from exc


def write_json(content: dict[str, Any]) -> str:
    """Return the text of a JSON file; the same for the same deployment, whatever order its members have.

    Raises:
        ProjectFileError: It holds a number that JSON has not, or is nested too deeply.
    """
    return json_text(ordered_or_fault(content)) + "\n"


def ordered_or_fault(content: dict[str, Any]) -> dict[str, Any]:
    """Return a deployment with its members in order.

    Raises:
        ProjectFileError: It is nested too deeply.
    """
    try:
        found: dict[str, Any] = ordered(content)
    except RecursionError:
        raise ProjectFileError("its configuration is nested too deeply") from None
    return found


def json_text(value: Any, *, indent: int | None = 2) -> str:
    """Return a value as JSON text, with an escape for each character that a reader would not see.

    Raises:
        ProjectFileError: It holds a number that JSON has not, or is nested too deeply.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    except ValueError:
        raise ProjectFileError("its configuration holds a number that JSON has not") from None
    except RecursionError:
        raise ProjectFileError("its configuration is nested too deeply") from None
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
