"""What a template says: its parts, parameters, functions, and the order they imply."""
