"""Raw files with holes: what is in them, without reading what is not."""

import errno
import os
import pathlib
from collections.abc import Iterator

CHUNK = 1 << 20


def chunks(path: pathlib.Path) -> Iterator[tuple[int, bytes]]:
    """Yield the chunks of a file that hold anything but zeros, each with its number.

    The last one may be shorter than the others.
    """
    with open(path, "rb") as file:
        count = -(-os.fstat(file.fileno()).st_size // CHUNK)
        for number in _filled(file.fileno(), count):
            file.seek(number * CHUNK)
            content = file.read(CHUNK)
            if content.strip(b"\0"):
                yield number, content


def _filled(descriptor: int, count: int) -> Iterator[int]:
    """Yield the numbers of the chunks in which a sparse file has anything."""
    last = -1
    position = 0
    while True:
        try:
            begin = os.lseek(descriptor, position, os.SEEK_DATA)
            position = os.lseek(descriptor, begin, os.SEEK_HOLE)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        for number in range(max(begin // CHUNK, last + 1), min(-(-position // CHUNK), count)):
            last = number
            yield number
