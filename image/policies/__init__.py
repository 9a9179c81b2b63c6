"""Who may do what with images."""
