"""Rows in, response dicts out, shaped by the microversion."""
