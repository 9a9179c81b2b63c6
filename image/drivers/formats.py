"""What an image's bytes are, found out while they pass.

The inspectors are oslo.utils' own; this module says which findings are acceptable.
"""

import struct

from oslo_utils.imageutils import format_inspector

# A partition table is content of a raw disk, not a format that a tool could be fooled with.
KNOWN = [name for name in format_inspector.ALL_FORMATS if name != "gpt"]
LARGEST = 2**63 - 1
# What inspectors raise over bytes that only look like their format.
_DAMAGED = (
    format_inspector.ImageFormatError,
    struct.error,
    ArithmeticError,
    AssertionError,
    LookupError,
    RuntimeError,
    ValueError,
)


class FormatRefused(Exception):
    """The bytes are unacceptable; the text says what was found."""


class Inspection:
    """Chunks are shown to it one by one; afterwards `finish` judges them.

    disk_format: what the image claims.  match: whether the bytes must be in that format.
    Formats that have no inspector (aki, ari, ami, ploop) count as raw.
    """

    def __init__(self, disk_format: str, *, match: bool) -> None:
        self._claimed = disk_format
        self._expected = disk_format if disk_format in KNOWN else "raw"
        self._match = match
        self._feed = _Feed()
        self._first = b""
        self._wrapped = _wrapper(self._feed, self._expected if match else None)

    def look(self, chunk: bytes) -> None:
        """Inspect the next chunk.  Raises FormatRefused once it cannot be what is claimed."""
        self._first = self._first or chunk
        self._feed.chunk = chunk
        try:
            self._wrapped.read(len(chunk))
        except _DAMAGED as error:
            raise self._mismatch(_recognised(self._first)) from error

    def finish(self) -> int | None:
        """Return the virtual size in bytes, None when only the claimed format could tell it.

        Raises FormatRefused, naming what was found.
        """
        self._wrapped.close()
        found = {str(one): one for one in self._wrapped.formats or ()}
        for name, inspector in sorted(found.items()):
            _check_safety(name, inspector)
        if self._match and set(found) != {self._expected}:
            raise self._mismatch(sorted(found))
        inspector = found.get(self._expected)
        return None if inspector is None else self._size(inspector)

    def _size(self, inspector: format_inspector.FileInspector) -> int:
        try:
            size = int(inspector.virtual_size)
        except _DAMAGED as error:
            raise FormatRefused(f"its {self._expected} header is damaged: {error}") from error
        if not 0 <= size <= LARGEST:
            raise FormatRefused(f"its {self._expected} header claims {size} bytes")
        return size

    def _mismatch(self, found: list[str]) -> FormatRefused:
        names = " and ".join(found) or "unknown"
        return FormatRefused(
            f"its content is {names}, which does not match disk_format {self._claimed}"
        )


class _Feed:
    """A source that gives the chunk it was given."""

    chunk = b""

    def read(self, size: int) -> bytes:
        return self.chunk


def _wrapper(feed: _Feed, expected: str | None) -> format_inspector.InspectWrapper:
    return format_inspector.InspectWrapper(feed, expected, allowed_formats=KNOWN)  # type: ignore[arg-type]


def _recognised(start: bytes) -> list[str]:
    """Return the names of the formats that a file's start is in."""
    feed = _Feed()
    feed.chunk = start
    wrapped = _wrapper(feed, None)
    wrapped.read(len(start))
    wrapped.close()
    return sorted(str(one) for one in wrapped.formats or ())


def _check_safety(name: str, inspector: format_inspector.FileInspector) -> None:
    try:
        inspector.safety_check()
    except format_inspector.SafetyCheckFailed as error:
        causes = "; ".join(f"{check}: {cause}" for check, cause in error.failures.items())
        raise FormatRefused(f"its content is {name} and unsafe to open ({causes})") from error
    except _DAMAGED as error:
        raise FormatRefused(f"its content is {name} and damaged: {error}") from error
