"""The messages volume's own processes exchange."""
