"""What requests may contain, and what the API says about itself."""
