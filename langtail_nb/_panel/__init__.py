"""The same settings as a widget. Imports `_calls`, `_line` and below."""
