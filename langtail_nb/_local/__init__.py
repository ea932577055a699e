"""A Langtail look-alike on loopback, for demos and tests."""
