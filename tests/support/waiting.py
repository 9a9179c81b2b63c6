"""Waiting on a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(
    look: Callable[[], T], expected: object = True, *, timeout_s: float = 15, every_s: float = 0.02
) -> T:
    """Return what `look` returns once it equals `expected` (True: once it is true).

    Raises AssertionError with the last thing seen when that takes longer than timeout_s.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        seen = look()
        if (expected is True and seen) or seen == expected:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s for {expected!r}; last seen: {seen!r}")
        time.sleep(every_s)
