"""What ``%langtail`` can do: a function for each word, a module for those that have words of their own."""

from langtail_nb._commands.dispatch import COMMANDS, Context, run, status

__all__ = ["COMMANDS", "Context", "run", "status"]
