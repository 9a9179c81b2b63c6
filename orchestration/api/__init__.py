"""The HTTP resources."""
