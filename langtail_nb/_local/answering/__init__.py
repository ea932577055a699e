"""A deployment and a request in, the events of an answer out."""
