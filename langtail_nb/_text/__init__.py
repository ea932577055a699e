"""Texts in, texts out, knowing nothing of Langtail: safe Markdown, diffs, JSON laid out.

Imports no other room.
"""
