"""Rows in, response bodies out."""
