"""What one kernel knows and keeps: settings, conversations, the store, the network thread.

Imports `_client` and what it stands on.
"""
