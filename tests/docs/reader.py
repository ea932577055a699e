"""Somebody who does what a page says, block by block, in a folder and a kernel of their own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.docs.pages import CELLS, Block
from tests.kernels import Kernel
from tests.kernels import kernel as start_kernel
from tests.servers import inherited

_SHELL_LIMIT_S = 120


class Reader:
    """Runs blocks, and remembers all that was printed.

    Args:
        folder: Where the files of the page are written, and where its kernel and its commands run.
        environment: The variables of both.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._environment = folder, environment
        self._printed = ""
        self._kernel: Kernel | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *raised: Any) -> None:
        self._stack.close()

    def follow(self, block: Block) -> Iterator[str]:
        """Do what a block says, and yield what is not as it says, a text each."""
        if block.file is not None:
            path = self._folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif "said" in block.words:
            yield from (f"not printed: {line}\n{self._printed}" for line in self._unsaid(block.text))
        elif block.runs:
            failed, text = self._cell(block) if block.language in CELLS else self._command(block.text)
            self._printed += text
            if failed != ("fails" in block.words):
                yield f"{'failed' if failed else 'did not fail'}: {block.text}\n{text}"

    def _cell(self, block: Block) -> tuple[bool, str]:
        if self._kernel is None or "anew" in block.words:
            self._stack.close()
            started = start_kernel(sys.executable, env=self._environment, cwd=str(self._folder))
            self._kernel = self._stack.enter_context(started)
        ran = self._kernel.run(block.text.rstrip("\n"), cell_id=f"cell-{block.line}")
        return ran.status != "ok", "\n".join([*map(_shown, ran.outputs), *ran.errors, ""])

    def _command(self, text: str) -> tuple[bool, str]:
        ran = subprocess.run(
            ["bash", "-e", "-c", text],
            cwd=self._folder,
            env={**inherited("CI"), **self._environment},
            capture_output=True,
            encoding="utf-8",
            timeout=_SHELL_LIMIT_S,
            check=False,
        )
        return ran.returncode != 0, ran.stdout + ran.stderr

    def _unsaid(self, text: str) -> list[str]:
        seen = re.sub(r"\s+", " ", re.sub(r"\x1b\[[0-9;]*m", "", self._printed))
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return [line for line in lines if not re.search(_pattern(line), seen)]


def _shown(output: dict[str, Any]) -> str:
    """Every form of an output, as text: a page may quote the plain one or what a notebook shows."""
    return str(output.get("text") or "\n".join(map(str, output.get("data", {}).values())))


def _pattern(line: str) -> str:
    return ".{0,200}?".join(re.escape(re.sub(r"\s+", " ", piece)) for piece in line.split("…"))
