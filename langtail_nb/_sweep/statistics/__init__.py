"""Numbers in, numbers out: the tests and intervals of a sweep, with the standard library alone."""
