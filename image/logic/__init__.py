"""What can be done with images."""
