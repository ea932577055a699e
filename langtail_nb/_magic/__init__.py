"""Cells: `%%langtail`, `%langtail`, Tab and help. Imports `_panel`, `_calls`, `_line`, `_local` and below."""
