"""A deployment as a file, text or JSON: read, written, and rewritten with its comments kept."""
