"""What Tab offers: IPython asks `matcher`, `cell` finds the line, `_line.completion` says what may end it."""
