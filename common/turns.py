"""One order at a time for each resource, none that is out of date, and none twice at once."""

import contextlib
import threading
from collections.abc import Iterator

REMEMBERED = 10_000


class Turns:
    """Remembers the newest generation of each resource this process heard of."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._newest: dict[str, int] = {}
        self._under_way: set[tuple[str, int]] = set()

    @contextlib.contextmanager
    def take(self, resource_id: str, generation: int) -> Iterator[bool]:
        """Wait for the resource's turn; yield whether the order still matters.

        It does not when the same one is being carried out, or a newer one was heard of.
        """
        mark = (resource_id, generation)
        with self._guard:
            if mark in self._under_way or self._newest.get(resource_id, 0) > generation:
                fresh = False
            else:
                fresh = True
                self._under_way.add(mark)
                self._remember(resource_id, generation)
            lock = self._locks.setdefault(resource_id, threading.Lock())
        if not fresh:
            yield False
            return
        try:
            with lock:
                yield self._newest.get(resource_id, 0) <= generation
        finally:
            with self._guard:
                self._under_way.discard(mark)

    def is_over(self, resource_id: str, generation: int) -> bool:
        """Say whether a newer order for the resource was heard of."""
        return self._newest.get(resource_id, 0) > generation

    def _remember(self, resource_id: str, generation: int) -> None:
        self._newest.pop(resource_id, None)
        self._newest[resource_id] = generation
        while len(self._newest) > REMEMBERED:
            oldest = next(iter(self._newest))
            del self._newest[oldest]
            self._locks.pop(oldest, None)
