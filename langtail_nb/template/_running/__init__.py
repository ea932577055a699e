"""From a tree and values to text, as Langtail renders it."""
