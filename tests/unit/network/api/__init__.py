"""The network service's api."""
