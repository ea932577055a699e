"""Langtail's Handlebars dialect."""
