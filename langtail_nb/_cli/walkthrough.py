"""A notebook run in a real kernel and told to the terminal as it happens: sources, answers, errors."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, TextIO

from langtail_nb._text.characters import encodable, visible

# An answer's first token may wait behind other work on a small machine, but no cell of a demo takes longer.
_CELL_LIMIT_S = 120
_MAY_FAIL = "raises-exception"
_DIM, _BOLD, _RED, _PLAIN = "\x1b[2m", "\x1b[1m", "\x1b[31m", "\x1b[0m"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def run(notebook: Path, *, kernel: str = "python3") -> int:
    """Run a notebook's cells, one after the other, and tell on stdout what they show.

    Args:
        notebook: An ``.ipynb`` file; it is read, not written.
        kernel: Name of the kernel; it gets the variables of this process.

    Returns:
        0, or 1 as soon as a cell has failed that is not tagged ``raises-exception``.
    """
    # With the demo's extra only, and half a second of imports.
    from jupyter_client.manager import start_new_kernel

    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    manager, client = start_new_kernel(
        kernel_name=kernel,
        cwd=str(notebook.parent),
        extra_arguments=["--HistoryManager.enabled=False"],
    )
    teller = Teller(sys.stdout)
    try:
        return 0 if all(_run_cell(client, cell, teller) for cell in cells) else 1
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def _run_cell(client: Any, cell: dict[str, Any], teller: Teller) -> bool:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        teller.heading(source)
    if cell["cell_type"] != "code" or not source.strip():
        return True
    teller.source(source)
    reply = client.execute_interactive(
        source, allow_stdin=False, timeout=_CELL_LIMIT_S, output_hook=teller.message
    )
    teller.end()
    return reply["content"]["status"] == "ok" or _MAY_FAIL in cell["metadata"].get("tags", ())


class Teller:
    """Writes what a kernel sends: an answer piece by piece as it grows, everything else as it comes.

    Args:
        out: Where to write; colours only where it is a terminal.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._coloured = out.isatty()
        self._cells = 0
        self._answer = ""

    def heading(self, markdown: str) -> None:
        """Write the heading a Markdown cell begins with, if it does."""
        first = markdown.partition("\n")[0]
        if first.startswith("#"):
            self._write(f"\n{self._styled(_BOLD, first.lstrip('# '))}\n")

    def source(self, source: str) -> None:
        """Write a cell as IPython shows its input."""
        self._cells += 1
        self._answer = ""
        prompt = f"In [{self._cells}]: "
        more = "   ...: ".rjust(len(prompt))
        lines = [f"{prompt if n == 0 else more}{line}" for n, line in enumerate(source.rstrip().split("\n"))]
        self._write("\n" + "".join(f"{self._styled(_DIM, visible(line))}\n" for line in lines))

    def message(self, message: dict[str, Any]) -> None:
        """Write one message of the kernel's output."""
        content = message["content"]
        match message["msg_type"]:
            case "stream":
                self._write(visible(content["text"]))
            case "display_data" | "update_display_data" | "execute_result":
                self._show(content)
            case "error":
                said = visible(_COLOUR.sub("", "\n".join(content["traceback"])))
                self._write(f"{self._styled(_RED, said)}\n")

    def end(self) -> None:
        """Leave the cell."""
        self._answer = ""

    def _show(self, content: dict[str, Any]) -> None:
        plain, metadata = content["data"].get("text/plain"), content.get("metadata", {})
        if plain is None:
            return
        if metadata.get("growing"):
            # What does not continue what is written may be continued by the next frame, or by the last.
            if plain.startswith(self._answer):
                self._advance(plain)
        elif "display_id" in content.get("transient", {}):
            self._advance(plain)
            self._write("\n" if plain and not plain.endswith("\n") else "")
        else:
            self._write(f"{visible(plain)}\n")
        for line in metadata.get("below", ()):
            self._write(f"{self._styled(_DIM, visible(line))}\n")

    def _advance(self, text: str) -> None:
        new = text[len(self._answer) :] if text.startswith(self._answer) else f"\n{text}"
        self._write(visible(new))
        self._answer = text

    def _styled(self, style: str, text: str) -> str:
        return f"{style}{text}{_PLAIN}" if self._coloured else text

    def _write(self, text: str) -> None:
        self._out.write(encodable(text, self._out.encoding))
        self._out.flush()
