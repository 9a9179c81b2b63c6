"""A store in memory, for tests.  capacity: bytes that fit in."""

import io
import threading
from typing import BinaryIO

from image import errors
from image.drivers.base import DataForgotten, Incoming, Store


class FakeStore(Store):
    """kept and incoming: the bytes by data id."""

    def __init__(self, capacity: int = 1 << 30) -> None:
        self.kept: dict[str, bytes] = {}
        self.incoming: dict[str, bytearray] = {}
        self.lock = threading.Lock()
        self._capacity = capacity

    def begin(self, data_id: str) -> "IncomingBytes":
        with self.lock:
            self.incoming[data_id] = bytearray()
        return IncomingBytes(self, data_id)

    def open(self, data_id: str) -> BinaryIO:
        try:
            return io.BytesIO(self.kept[data_id])
        except KeyError as error:
            raise FileNotFoundError(data_id) from error

    def delete(self, data_id: str) -> None:
        with self.lock:
            self.incoming.pop(data_id, None)
            self.kept.pop(data_id, None)

    def free(self) -> int:
        with self.lock:
            held = [*self.kept.values(), *self.incoming.values()]
        return self._capacity - sum(len(one) for one in held)


class IncomingBytes(Incoming):
    """One run of bytes that grows."""

    def __init__(self, store: FakeStore, data_id: str) -> None:
        self._store = store
        self._data_id = data_id
        self._bytes = store.incoming[data_id]

    def write(self, chunk: bytes) -> None:
        free = self._store.free()
        if len(chunk) > free:
            raise errors.StoreFull(free=free)
        self._bytes += chunk

    def keep(self) -> None:
        with self._store.lock:
            found = self._store.incoming.pop(self._data_id, None)
            if found is None:
                raise DataForgotten
            self._store.kept[self._data_id] = bytes(found)

    def abandon(self) -> None:
        with self._store.lock:
            self._store.incoming.pop(self._data_id, None)
