"""Connections, proxies, server-sent events: a client that knows no Langtail.

It imports `_environment` and `_version` alone.
"""
