"""Files of the user's that must not be there yet, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from langtail_nb._errors import ConfigurationError
from langtail_nb._text.characters import mended


def write_new(name: str, content: str) -> Path:
    """Write a text, half characters mended, to a new file, and return its path.

    Raises:
        ConfigurationError: It is there already, or cannot be written; then there is none.
    """
    data = mended(content).encode()
    try:
        path = Path(os.path.expanduser(name))
        file = path.open("xb")
        try:
            with file:
                file.write(data)
        except OSError:
            path.unlink()  # closed by now: Windows removes no file that is open
            raise
    except FileExistsError as exc:
        raise ConfigurationError(f"{name} is there already; choose another name") from exc
    except (OSError, ValueError) as exc:  # a name may hold what no file can be called
        reason = exc.strerror if isinstance(exc, OSError) else "no file can have that name"
        raise ConfigurationError(f"cannot write {name}: {reason}") from exc
    return path
