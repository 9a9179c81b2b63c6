"""Rows become the engine's state, and the engine's news become rows."""
