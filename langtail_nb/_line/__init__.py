"""The option line of a cell: text to options to values, and back.

``parse`` reads, ``evaluate`` resolves expressions, files and names, ``write`` is the exact inverse of both.
``write_cell`` adds the message. Nothing here knows IPython.
"""

from langtail_nb._line.call import Call
from langtail_nb._line.reading import Options, Variable, parse, split_cell
from langtail_nb._line.scanner import Expr, tokens
from langtail_nb._line.values import evaluate, expression
from langtail_nb._line.writing import write, write_cell

__all__ = [
    "Call",
    "Expr",
    "Options",
    "Variable",
    "evaluate",
    "expression",
    "parse",
    "split_cell",
    "tokens",
    "write",
    "write_cell",
]
