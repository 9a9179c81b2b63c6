"""Networking v2.0 on OVN."""
