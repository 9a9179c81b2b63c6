"""Compute v2.1 and Placement: servers that are KVM guests or system containers."""
