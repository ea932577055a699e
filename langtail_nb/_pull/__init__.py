"""``langtail-nb pull``: what is deployed, as files that the local server runs and that git can compare."""
