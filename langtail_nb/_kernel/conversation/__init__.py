"""Which conversation a cell belongs to: turns on threads, forks, and tool calls that await their results."""
