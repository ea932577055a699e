"""One call on its way: a turn of the conversation, or a trial beside it.

Imports `_kernel`, `_show` and what they stand on.
"""
