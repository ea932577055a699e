"""What ``%langtail`` can do: a function for each word, a module for those that have words of their own."""

from langtail_nb._commands.dispatch import COMMANDS, Context, curl, playground_link, run, status

__all__ = ["COMMANDS", "Context", "curl", "playground_link", "run", "status"]
