"""What the user's own Python says: expressions, names of the kernel, and files beside the notebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.images import read_file
from langtail_nb._line.naming import naming
from langtail_nb._text.near import near

_LARGEST_FILE: Final = 10_000_000


class Namespace:
    """The kernel's variables, and the folder that relative paths start from. Each error is one line.

    Args:
        names: Where expressions are evaluated; they leave it as it is.
        folder: The working directory by default.
    """

    def __init__(self, names: Mapping[str, Any], folder: Path | None = None) -> None:
        self._names = names
        self.folder = folder or Path()

    def value(self, expression: str, shown: str) -> Any:
        """Return what an expression is.

        Raises:
            ConfigurationError: It fails; the message begins with ``shown``.
        """
        with naming(shown, known=self._names):
            # In parentheses, so that an expression may span continued lines.
            code = compile(f"({expression}\n)", "<langtail option>", "eval")
            return eval(code, dict(self._names))  # noqa: S307 - what the user typed as an expression

    def named(self, name: str, spelled: str) -> Any:
        """Return what the kernel calls ``name``."""
        if name not in self._names:
            names = [known for known in self._names if not known.startswith("_")]
            raise ConfigurationError(
                f"{spelled} {name}: the kernel has no variable {name!r}{near(name, names)}; "
                f"for text write {spelled} {name}=TEXT"
            )
        return self._names[name]

    def file(self, name: str, shown: str) -> str:
        """Return the text of a file."""
        with naming(f"{shown}=@{name}"):
            data = read_file(self.folder / Path(name).expanduser(), name, largest=_LARGEST_FILE)
            try:
                return data.decode("utf-8-sig")
            except UnicodeDecodeError as exc:
                raise ConfigurationError(f"the file is not UTF-8 text (byte {exc.start})") from exc
