"""JSON Schema of request bodies and query strings."""
