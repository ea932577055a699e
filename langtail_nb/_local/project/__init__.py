"""The folder of deployments that is served, and its functions."""
