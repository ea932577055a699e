"""Cells: `%%langtail`, `%langtail`, Tab and help. Imports any room but `_cli`."""
