"""A project folder looked through before it is served or deployed: every fault with its place."""
