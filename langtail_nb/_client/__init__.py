"""A Request in, Chunks or a Reply out; the only room that talks to Langtail.

Imports `_types`, `_http` and `_text`.
"""
