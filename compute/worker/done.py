"""Which orders have changed their guest already: one that comes twice must not do so again."""

import pathlib


class Done:
    """One small file a server, which says the generation of the last order that changed it.

    A rebuild, a resize or a rescue carried out twice would stop a guest in use, or wipe its disk.
    """

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory

    def is_done(self, server_id: str, generation: int) -> bool:
        """Say whether the order of this generation changed its guest, in this process or before."""
        try:
            return int((self._directory / server_id).read_text()) >= generation
        except (FileNotFoundError, ValueError):
            return False

    def note(self, server_id: str, generation: int) -> None:
        """Remember that the order of this generation changed its guest."""
        self._directory.mkdir(parents=True, exist_ok=True)
        part = self._directory / f"{server_id}.part"
        part.write_text(str(generation))
        part.replace(self._directory / server_id)

    def forget(self, server_id: str) -> None:
        """Drop the note of a server."""
        (self._directory / server_id).unlink(missing_ok=True)
