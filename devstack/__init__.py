"""Brings the whole cloud up, and down, on one machine."""
