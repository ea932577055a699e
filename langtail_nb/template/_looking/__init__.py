"""What a template uses, and what is wrong with it."""
