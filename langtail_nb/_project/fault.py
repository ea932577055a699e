"""What is wrong with a file of a project folder, and where."""

from __future__ import annotations

from langtail_nb._errors import LangtailError


class ProjectFileError(LangtailError):
    """A file that is no deployment, or a deployment that no file can hold; the message is one line.

    Attributes:
        problem: What is wrong, without its place.
        line: The line in the file, from 1; None where it is not known.
        column: The column in that line, from 1; None where it is not known.
    """

    def __init__(self, problem: str, line: int | None = None, column: int | None = None) -> None:
        place = ", ".join(f"{n} {v}" for n, v in (("line", line), ("column", column)) if v is not None)
        super().__init__(f"{place}: {problem}" if place else problem)
        self.problem = problem
        self.line = line
        self.column = column
