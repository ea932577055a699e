"""What is said on the wire, and how: checked requests, refusals, the writer of bytes."""
