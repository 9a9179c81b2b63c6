"""The Networking API with its controller, a real database, a real broker, and a fake engine."""
