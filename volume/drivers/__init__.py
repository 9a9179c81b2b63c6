"""The ways to keep volumes: files, and a fake that behaves."""
