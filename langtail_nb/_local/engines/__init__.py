"""What answers: a model in this process, an echo, another server."""
