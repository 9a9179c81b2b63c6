"""The messages compute's own processes exchange."""
