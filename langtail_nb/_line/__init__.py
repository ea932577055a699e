"""One call as text: read, completed, written back, copied. Imports `_types`, `_text`, `template`."""
