"""What is asked and what is answered, as checked values. Imports `_text` and `template`."""
