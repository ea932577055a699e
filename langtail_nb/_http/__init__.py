"""What is said over HTTP: connections, exchanges, retries, refusals, streams. No other room knows httpx."""
