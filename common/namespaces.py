"""Entering network namespaces: a socket stays for ever in the namespace it was opened in."""

import ctypes
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

NAMESPACES = Path("/run/netns")
CLONE_NEWNET = 0x40000000

T = TypeVar("T")


def inside(name: str, make: Callable[[], T]) -> T:
    """Call make on a thread of its own that has entered the namespace, and return its answer.

    name: of an `ip netns` namespace.  Raises OSError when there is none, and what make raised.
    """
    outcome: dict[str, Any] = {}

    def visit() -> None:
        try:
            enter(name)
            outcome["value"] = make()
        except BaseException as error:  # handed to the caller, whatever it is
            outcome["error"] = error

    visitor = threading.Thread(target=visit, name=f"in-{name}")
    visitor.start()
    visitor.join()
    if "error" in outcome:
        raise outcome["error"]
    value: T = outcome["value"]
    return value


def enter(name: str) -> None:
    """Move the calling thread into the namespace, for good."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = os.open(NAMESPACES / name, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(fd, CLONE_NEWNET) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), name)
    finally:
        os.close(fd)
