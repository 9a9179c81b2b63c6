"""Messages between the network service's own processes."""
