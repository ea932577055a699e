"""Deployments saved as files that a project folder serves."""
