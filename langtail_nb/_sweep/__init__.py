"""Many calls that decide a question: rows, settings and repeats, planned, run, kept and judged."""
