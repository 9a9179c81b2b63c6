"""JSON Schema of request bodies."""
