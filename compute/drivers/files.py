"""Files that guests' disks are in."""

import pathlib

from common import process

COPY_TIMEOUT_S = 7200


def keep(source: pathlib.Path, kept: pathlib.Path) -> None:
    """Copy a file whole or not at all, its holes as holes; a copy that is there stays.

    Raises CommandFailed, CommandTimeout.
    """
    if kept.exists():
        return
    part = kept.with_name(kept.name + ".part")
    command = ["cp", "--sparse=always", "--reflink=auto", str(source), str(part)]
    try:
        process.run(command, timeout_s=COPY_TIMEOUT_S)
        part.replace(kept)
    finally:
        part.unlink(missing_ok=True)
