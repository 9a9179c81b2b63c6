"""Which servers were made anew already: an order that comes twice must not wipe a disk in use."""

import pathlib


class Rebuilt:
    """One small file a server, which says the generation of its last rebuild."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory

    def is_done(self, server_id: str, generation: int) -> bool:
        """Say whether the rebuild of this generation made its guest, in this process or before."""
        try:
            return int((self._directory / server_id).read_text()) >= generation
        except (FileNotFoundError, ValueError):
            return False

    def note(self, server_id: str, generation: int) -> None:
        """Remember that the guest of this generation was made."""
        self._directory.mkdir(parents=True, exist_ok=True)
        part = self._directory / f"{server_id}.part"
        part.write_text(str(generation))
        part.replace(self._directory / server_id)

    def forget(self, server_id: str) -> None:
        """Drop the note of a server that is gone."""
        (self._directory / server_id).unlink(missing_ok=True)
