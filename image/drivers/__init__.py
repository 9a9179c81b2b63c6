"""Where the bytes of images are kept, and what they are."""
