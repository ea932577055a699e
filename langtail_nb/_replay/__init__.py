"""The same seam as the network's, from a file: calls are recorded there, and played from it."""
