"""The process: its door, its routes, its start and end."""
