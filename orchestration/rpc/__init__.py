"""The messages between the API and the engine."""
