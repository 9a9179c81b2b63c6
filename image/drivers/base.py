"""What image needs from a place that keeps bytes."""

import abc
from typing import BinaryIO


class Incoming(abc.ABC):
    """Bytes on their way into the store.  Nobody can read them before `keep`."""

    @abc.abstractmethod
    def write(self, chunk: bytes) -> None:
        """Append.  Raises StoreFull."""

    @abc.abstractmethod
    def keep(self) -> None:
        """Make the bytes readable, and durable: they survive a power cut from here on.

        Raises DataForgotten when `delete` came first; then nothing is kept.
        """

    @abc.abstractmethod
    def abandon(self) -> None:
        """Forget the bytes.  After `keep`, or a second time, it does nothing."""


class DataForgotten(Exception):
    """The data was deleted while it still arrived."""


class Store(abc.ABC):
    """Keeps each image's bytes under an id: a UUID with dashes."""

    @abc.abstractmethod
    def begin(self, data_id: str) -> Incoming:
        """Return where the bytes go.  Nothing may have been kept under the id before."""

    @abc.abstractmethod
    def open(self, data_id: str) -> BinaryIO:
        """Return the bytes, seekable; a real file where there is one, so it can be sent as such.

        Raises FileNotFoundError when the store holds nothing under the id.
        """

    @abc.abstractmethod
    def delete(self, data_id: str) -> None:
        """Forget the bytes, the incomplete ones too.  Unknown ids are a success."""

    @abc.abstractmethod
    def free(self) -> int:
        """Return how many bytes fit in."""
