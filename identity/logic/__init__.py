"""What can be done with users, projects, roles and tokens."""
