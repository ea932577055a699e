"""The page at ``/`` of the local server: deployments, threads and the last requests, for a browser."""
