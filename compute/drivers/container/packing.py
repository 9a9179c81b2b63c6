"""A guest's root file system as an archive, from which another guest can be made."""

import gzip
import os
import pathlib
import stat
import struct
import tarfile
from collections.abc import Callable, Iterator
from typing import IO

from compute.drivers.base import GuestFault
from compute.drivers.container import slots

SEED = "var/lib/cloud/seed/config_drive"
_NOBODY = 65534
_CAPABILITY = "security.capability"
_REVISION_MASK, _REVISION_2, _REVISION_3 = 0xFF000000, 0x02000000, 0x03000000
_LENGTH_2 = 20
_BLOCK = 4096


def pack(
    root: pathlib.Path,
    target: pathlib.Path,
    *,
    first_id: int,
    limit: int,
    go_on: Callable[[], None],
) -> None:
    """Write all that lies below root to a compressed archive, with the ids that the guest sees.

    Left out are sockets and devices, which no archive of ours may hold, and the seed, which holds
    this guest's secrets.  limit: bytes that the files may have; holes count.
    Nothing is followed: the tree is a tenant's.  Raises GuestFault, OSError.
    """
    with (
        open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, filename="", mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        _Packing(archive, first_id, limit, go_on).all(root)


class _Packing:
    def __init__(
        self, archive: tarfile.TarFile, first_id: int, limit: int, go_on: Callable[[], None]
    ) -> None:
        self._archive = archive
        self._first_id = first_id
        self._left = limit
        self._limit = limit
        self._go_on = go_on
        self._linked: dict[tuple[int, int], str] = {}

    def all(self, root: pathlib.Path) -> None:
        for top, directories, files, descriptor in _walk(root):
            self._go_on()
            self._add(top, ".", descriptor)
            for name in files + [one for one in directories if _is_link(one, descriptor)]:
                self._add(os.path.join(top, name), name, descriptor)
            if top == os.path.dirname(SEED):
                directories[:] = [one for one in directories if one != os.path.basename(SEED)]

    def _add(self, path: str, name: str, directory: int) -> None:
        found = os.stat(name, dir_fd=directory, follow_symlinks=False)
        info = self._info(path or ".", found)
        if stat.S_ISREG(found.st_mode):
            self._regular(info, name, directory, found)
        elif stat.S_ISLNK(found.st_mode):
            info.type, info.linkname = tarfile.SYMTYPE, os.readlink(name, dir_fd=directory)
            self._archive.addfile(info)
        elif stat.S_ISDIR(found.st_mode) or stat.S_ISFIFO(found.st_mode):
            info.type = tarfile.DIRTYPE if stat.S_ISDIR(found.st_mode) else tarfile.FIFOTYPE
            self._archive.addfile(info)

    def _info(self, path: str, found: os.stat_result) -> tarfile.TarInfo:
        info = tarfile.TarInfo(path)
        info.mode = stat.S_IMODE(found.st_mode)
        info.uid, info.gid = self._natural(found.st_uid), self._natural(found.st_gid)
        info.mtime = int(found.st_mtime)
        return info

    def _natural(self, number: int) -> int:
        inside = number - self._first_id
        return inside if 0 <= inside < slots.IDS else _NOBODY

    def _regular(
        self, info: tarfile.TarInfo, name: str, directory: int, found: os.stat_result
    ) -> None:
        first = self._linked.setdefault((found.st_dev, found.st_ino), info.name)
        if found.st_nlink > 1 and first != info.name:
            info.type, info.linkname = tarfile.LNKTYPE, first
            self._archive.addfile(info)
            return
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with open(os.open(name, flags, dir_fd=directory), "rb") as file:
            info.size = self._counted(file)
            capability = _capability(file.fileno())
            if capability:
                text = capability.decode("utf-8", "surrogateescape")
                info.pax_headers = {f"SCHILY.xattr.{_CAPABILITY}": text}
            self._archive.addfile(info, file)

    def _counted(self, file: IO[bytes]) -> int:
        size = os.fstat(file.fileno()).st_size
        self._left -= -(-max(size, 1) // _BLOCK) * _BLOCK
        if self._left < 0:
            raise GuestFault(
                reason=f"The guest's files, holes included, are larger than its disk of "
                f"{self._limit >> 30} GiB; no other server of this size could hold them."
            )
        return size


def _walk(root: pathlib.Path) -> Iterator[tuple[str, list[str], list[str], int]]:
    """Yield each directory by its path below root, what it holds, and an open descriptor."""
    top = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        for path, directories, files, descriptor in os.fwalk(".", dir_fd=top):
            yield os.path.normpath(path).removeprefix("."), directories, files, descriptor
    finally:
        os.close(top)


def _is_link(name: str, directory: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode)


def _capability(descriptor: int) -> bytes | None:
    """Return a program's capabilities as its own root gave them, whichever id that root has here.

    Source: struct vfs_ns_cap_data, whose third revision ends with the id of the root meant.
    """
    try:
        raw = os.getxattr(descriptor, _CAPABILITY)
    except OSError:
        return None
    (magic,) = struct.unpack_from("<I", raw)
    if magic & _REVISION_MASK != _REVISION_3:
        return raw
    plain = magic & ~_REVISION_MASK | _REVISION_2
    return struct.pack("<I", plain) + raw[4:_LENGTH_2]
