"""`langtail-nb` in a shell: demo, serve, model, pull. Imports `_local`, `_kernel` and below."""
