"""Ports that nobody listens on."""

import socket


def free(count: int) -> list[int]:
    """Return different ports that were free on loopback just now."""
    held = []
    try:
        for _ in range(count):
            listener = socket.socket()
            listener.bind(("127.0.0.1", 0))
            held.append(listener)
        return [listener.getsockname()[1] for listener in held]
    finally:
        for listener in held:
            listener.close()
