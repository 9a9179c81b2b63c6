"""What Horizon reads: first on the path of its process, which runs in an environment of its own."""
