"""The engine: walks the graph of every stack that is under way, one resource at a time."""
