"""How the ``langtail-nb`` command ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DONE: Final = 0
FAILED: Final = 1
WRONG_USAGE: Final = 2  # argparse's own
INTERRUPTED: Final = 130
ENDED: Final = 143

EXIT_CODES: Final[Mapping[int, str]] = {
    DONE: "all is done",
    FAILED: "something failed, as a line on stderr says; for check, a file has a fault",
    WRONG_USAGE: "wrong usage: an option or a command that is not there",
    INTERRUPTED: "stopped by Ctrl-C",
    ENDED: "ended from outside, by SIGTERM",
}
"""Every code that the command ends with."""
