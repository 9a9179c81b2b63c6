"""What request bodies look like."""
