"""What can be done with networks, ports, routers and the rest."""
