"""Image v2: what servers boot from."""
