"""The signing keys' files."""
