"""Many callers at the same moment."""

import collections
import concurrent.futures
import threading
from collections.abc import Callable
from typing import Any


def crowd(size: int, call: Callable[[int], Any]) -> collections.Counter[int]:
    """Make `call(0)` ... `call(size - 1)` at once and return how often each status came."""
    ready = threading.Barrier(size)

    def one(number: int) -> int:
        ready.wait(30)
        return int(call(number).status_code)

    with concurrent.futures.ThreadPoolExecutor(size) as pool:
        return collections.Counter(pool.map(one, range(size)))
