"""The network service's db."""
