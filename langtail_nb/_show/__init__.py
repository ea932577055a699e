"""A reply as the two texts of an output, and where they go. Imports `_types`, `_text`."""
