"""Rows in, response dicts out."""
