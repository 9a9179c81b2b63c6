"""The network service's logic."""
