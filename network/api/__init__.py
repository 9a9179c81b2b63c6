"""Falcon resources of Networking v2.0."""
