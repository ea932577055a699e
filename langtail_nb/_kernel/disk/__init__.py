"""What is kept on disk: in whose folder, in which file, and notes on what still grows."""
