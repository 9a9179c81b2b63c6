"""What a guest is told about itself: the same files on its config drive and over HTTP."""
