"""qemu-img, as the file driver uses it: formats are always told, never guessed."""

import pathlib
import struct

from common import errors, process
from volume.drivers.base import PoolFault

GIB = 1024**3
QUICK_S = 60.0
MAGIC = b"QFI\xfb"
LONGEST_NAME = 1023


class Tool:
    """timeout_s: how long a command may run that reads or writes a volume's whole content."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s

    def create(self, path: pathlib.Path, form: str, size: int) -> None:
        """Make an empty file.  size: bytes."""
        self._run("create", "-q", "-f", form, str(path), str(size), timeout_s=QUICK_S)

    def overlay(self, path: pathlib.Path, below: pathlib.Path, form: str, size: int) -> None:
        """Make a file that shows another's content until it is written to.

        The one below is not opened, since a guest may be using it.
        """
        backing = ["-u", "-b", str(below), "-F", form]
        words = ["create", "-q", "-f", "qcow2", *backing, str(path), str(size)]
        self._run(*words, timeout_s=QUICK_S)

    def resize(self, path: pathlib.Path, form: str, size: int) -> None:
        """Make a file larger.  size: bytes."""
        self._run("resize", "-q", "-f", form, str(path), str(size), timeout_s=QUICK_S)

    def convert(
        self, source: pathlib.Path, form: str, target: pathlib.Path, wanted: str, *, shared: bool
    ) -> None:
        """Copy a content into another file.  shared: although a guest may be using it."""
        share = ["-U"] if shared else []
        words = ["convert", *share, "-f", form, "-O", wanted, str(source), str(target)]
        self._run(*words, timeout_s=self._timeout_s)

    def _run(self, *words: str, timeout_s: float) -> None:
        try:
            process.run(["qemu-img", *words], timeout_s=timeout_s)
        except errors.CloudError as error:
            raise PoolFault(reason=str(error)) from error


def backing_of(path: pathlib.Path) -> pathlib.Path | None:
    """Return the file that a qcow2 file of ours lies on; None for one that lies on none.

    Source: the qcow2 format, `backing_file_offset` and `backing_file_size`, bytes 8 to 20.
    """
    with open(path, "rb") as file:
        head = file.read(20)
        if len(head) < 20 or head[:4] != MAGIC:
            return None
        offset, size = struct.unpack(">QI", head[8:20])
        if not offset or not 0 < size <= LONGEST_NAME:
            return None
        file.seek(offset)
        return pathlib.Path(file.read(size).decode())


def virtual_size(path: pathlib.Path) -> int:
    """Return the size in bytes that a guest sees of a file of ours."""
    with open(path, "rb") as file:
        head = file.read(32)
    if len(head) == 32 and head[:4] == MAGIC and path.suffix == ".qcow2":
        return int(struct.unpack(">Q", head[24:32])[0])
    return path.stat().st_size
