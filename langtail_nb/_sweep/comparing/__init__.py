"""Scores of settings in, what may be said of them out."""
