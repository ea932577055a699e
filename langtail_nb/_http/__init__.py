"""Connections, proxies, server-sent events: a client that knows no Langtail. Imports no other room."""
