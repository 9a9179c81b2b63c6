"""The network service's controller."""
