"""A file given new bytes in one step, so that whoever reads it meanwhile sees the old ones or the new."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path


def replace_file(path: Path, data: bytes, written_at: datetime | None = None) -> None:
    """Write a file whole or not at all; one that is there keeps its permissions.

    Args:
        path: Where it belongs.
        data: What it is to hold.
        written_at: The time it is to bear; None for now.

    Raises:
        OSError: It cannot be written; what was there is there.
    """
    # Hidden and of no known form: a server that reads the folder at this moment must not see half a file.
    new = path.with_name(f".new-{secrets.token_hex(8)}.tmp")
    try:
        new.write_bytes(data)
        with suppress(OSError):
            new.chmod(path.stat().st_mode & 0o7777)
        if written_at is not None:
            nanoseconds = round(written_at.timestamp() * 1000) * 1_000_000
            with suppress(OSError, OverflowError):  # a date that this file system cannot hold
                os.utime(new, ns=(nanoseconds, nanoseconds))
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
