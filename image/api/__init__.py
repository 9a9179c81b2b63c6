"""Falcon resources of the Image API."""
