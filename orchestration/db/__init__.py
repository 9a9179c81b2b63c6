"""Stacks, the resources in them, and what happened to both."""
