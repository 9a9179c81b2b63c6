"""Falcon resources: read the request, ask logic, shape the answer."""
