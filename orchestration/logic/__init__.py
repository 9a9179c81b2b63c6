"""What can be done with a stack."""
