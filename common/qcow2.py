"""qcow2 files of ours, as far as they are read here: what they lie on, and how tools open them.

Source: the qcow2 format as QEMU publishes it, "Header" and "Header extensions".
"""

import pathlib
import struct
from collections.abc import Callable

MAGIC = b"QFI\xfb"
LUKS = 2
LONGEST_NAME = 1023
LONGEST_CHAIN = 200


def backing_of(path: pathlib.Path) -> pathlib.Path | None:
    """Return the file that a qcow2 file of ours lies on; None for one that lies on none."""
    with open(path, "rb") as file:
        head = file.read(20)
        if len(head) < 20 or head[:4] != MAGIC:
            return None
        offset, size = struct.unpack(">QI", head[8:20])
        if not offset or not 0 < size <= LONGEST_NAME:
            return None
        file.seek(offset)
        return pathlib.Path(file.read(size).decode())


def is_encrypted(path: pathlib.Path) -> bool:
    """Tell whether a qcow2 file of ours is encrypted, with LUKS."""
    with open(path, "rb") as file:
        head = file.read(36)
    return head[:4] == MAGIC and head[32:36] == struct.pack(">I", LUKS)


def virtual_size(path: pathlib.Path) -> int:
    """Return the size in bytes that a guest sees of a file of ours."""
    return claimed_size(path) if path.suffix == ".qcow2" else path.stat().st_size


def claimed_size(path: pathlib.Path) -> int:
    """Return the size in bytes of a disk that a file says it is; what is no qcow2 is raw."""
    with open(path, "rb") as file:
        head = file.read(32)
    if len(head) == 32 and head[:4] == MAGIC:
        return int(struct.unpack(">Q", head[24:32])[0])
    return path.stat().st_size


def chain(path: pathlib.Path) -> list[pathlib.Path]:
    """Return a qcow2 file and what it lies on, the lowest last."""
    found = [path]
    while len(found) < LONGEST_CHAIN and (below := backing_of(found[-1])) is not None:
        found.append(below)
    return found


def options(path: pathlib.Path, secret_of: Callable[[pathlib.Path], str]) -> str:
    """Return how QEMU's tools are told to open a qcow2 file and all below it.

    secret_of: the id of the secret object for a file that is encrypted.
    """
    words = []
    for depth, file in enumerate(chain(path)):
        here = "backing." * depth
        words += [f"{here}driver=qcow2", f"{here}file.driver=file"]
        words.append(f"{here}file.filename={escaped(file)}")
        if is_encrypted(file):
            words.append(f"{here}encrypt.format=luks")
            words.append(f"{here}encrypt.key-secret={secret_of(file)}")
    return ",".join(words)


def opening(path: pathlib.Path, form: str, key: pathlib.Path | None = None) -> list[str]:
    """Return the words by which qemu-img opens a file.  key: the file of its passphrase."""
    if key is None:
        return ["-f", form, str(path)]
    return [f"--object={secret('key', key)}", "--image-opts", options(path, lambda _: "key")]


def secret(name: str, key: pathlib.Path) -> str:
    """Return how QEMU's tools are told of a secret, which they read from a file themselves."""
    return f"secret,id={name},file={escaped(key)}"


def escaped(path: pathlib.Path | str) -> str:
    """Return a path, or a name, as a value among options that commas divide."""
    return str(path).replace(",", ",,")
