"""Benchmarks: each prints its figures as JSON, with the bar beside them."""
