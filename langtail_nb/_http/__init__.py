"""Connections, proxies, server-sent events: a client that knows no Langtail. Imports `_version` alone."""
