"""The static files of noVNC, as a distribution packages them."""

import dataclasses
import pathlib

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".mp3": "audio/mpeg",
    ".oga": "audio/ogg",
    ".ttf": "font/ttf",
    ".woff": "font/woff",
}


@dataclasses.dataclass(frozen=True)
class Page:
    """A file's bytes and its media type."""

    data: bytes
    kind: str


class Pages:
    """directory: noVNC's own, or None where it is not installed."""

    def __init__(self, directory: pathlib.Path | None) -> None:
        self._directory = None if directory is None else directory.resolve()

    def find(self, path: str) -> Page | None:
        """Return the file at a path of the URL, or None; nothing outside the directory."""
        if self._directory is None:
            return None
        wanted = (self._directory / path.lstrip("/")).resolve()
        kind = KINDS.get(wanted.suffix)
        if kind is None or not wanted.is_relative_to(self._directory) or not wanted.is_file():
            return None
        return Page(wanted.read_bytes(), kind)
