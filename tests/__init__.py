"""The tests, and what they stand on, imported by its whole name: ``from tests.kernels import kernel``."""
