"""Volumes as images of a Ceph pool (RBD)."""
