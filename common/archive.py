"""Unpacking a root file system that a tenant uploaded, without trusting a byte of it."""

import bz2
import contextlib
import gzip
import lzma
import os
import pathlib
import stat
import subprocess
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

from common import beneath

KINDS = frozenset({"lxc", "container"})
"""The values of img_hv_type, in small letters, that say that an image is such an archive."""
_INITS = ("sbin/init", "usr/sbin/init")
_MAGIC = {
    b"\x1f\x8b": "gz",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bz2",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_OPENERS: dict[str, Callable[[IO[bytes]], contextlib.AbstractContextManager[IO[bytes]]]] = {
    "gz": lambda raw: gzip.GzipFile(fileobj=raw),  # type: ignore[dict-item, return-value]
    "xz": lzma.LZMAFile,
    "bz2": bz2.BZ2File,
}
_CHUNK = 1 << 20
_BLOCK = 4096
_MAX_HEADER = 1 << 20  # of a long name or extended header, which tarfile reads into memory whole
_MAX_PADDING = 64 << 20
_MAX_ENTRIES = 2_000_000
_MAX_ID = 65535
_MAX_LEVELS = 200  # of directories; each that lacks is made on the way to the one below
_BROKEN = (
    tarfile.TarError,
    EOFError,
    lzma.LZMAError,
    zlib.error,
    gzip.BadGzipFile,
    ValueError,
    OverflowError,
)
_KEPT_XATTR = "security.capability"


class Unusable(Exception):
    """The archive cannot become a root file system; the text says why."""


class _Member(tarfile.TarInfo):
    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        headers = (tarfile.XHDTYPE, tarfile.XGLTYPE, b"X", b"L", b"K")
        if self.type in headers and self.size > _MAX_HEADER:
            raise Unusable("it holds a header of more than 1 MiB.")
        return super()._proc_member(archive)  # type: ignore[misc, no-any-return]


@contextlib.contextmanager
def _plain(path: pathlib.Path) -> Iterator[IO[bytes]]:
    """Open the archive's uncompressed bytes, told from its first ones."""
    with open(path, "rb", buffering=0) as raw:  # another program may go on reading it
        head = raw.read(6)
        raw.seek(0)
        kind = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "tar")
        if kind == "tar":
            yield raw
        elif kind == "zstd":
            with subprocess.Popen(
                ["zstd", "-dcq", "-M256MiB"], stdin=raw, stdout=subprocess.PIPE
            ) as process:
                assert process.stdout
                try:
                    yield process.stdout
                    if process.wait():
                        raise Unusable("its compression is broken.")
                finally:
                    process.kill()
        else:
            with _OPENERS[kind](raw) as stream:
                yield stream


def is_named(properties: Mapping[str, Any]) -> bool:
    """Tell whether an image's properties say that it is a root file system archive."""
    return str(properties.get("img_hv_type", "")).lower() in KINDS


def require_init(tree: pathlib.Path) -> None:
    """Return when an unpacked archive has what a guest starts with.  Raises Unusable."""
    if not any(os.path.lexists(tree / init) for init in _INITS):
        raise Unusable("it has no /sbin/init.")


def unpack(path: pathlib.Path, target: pathlib.Path, *, limit: int) -> int:
    """Write the archive's files below target, with the owners it names; return their size.

    limit: bytes that the files may take, each rounded up to a block.
    Devices under `dev/` are left out, since every guest gets its own.
    Raises Unusable, and OSError when this host fails.
    """
    root = os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with (
            _plain(path) as stream,
            tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member) as archive,
        ):
            size = _Unpacking(root, limit).all(archive)
            _finish(stream)
            return size
    except _BROKEN as error:
        raise Unusable(f"it is no root file system archive ({error}).") from error
    finally:
        os.close(root)


def _finish(stream: IO[bytes]) -> None:
    """Read the padding, so that the compression's own checksum is looked at."""
    read = 0
    while chunk := stream.read(_CHUNK):
        read += len(chunk)
        if read > _MAX_PADDING:
            raise Unusable("something else follows the archive in its file.")


class _Unpacking:
    """One archive on its way into the directory that root is open on."""

    def __init__(self, root: int, limit: int) -> None:
        self._root = root
        self._limit = limit
        self._size = 0
        self._entries = 0

    def all(self, archive: tarfile.TarFile) -> int:
        for member in archive:
            archive.members.clear()  # type: ignore[attr-defined]  # tarfile keeps them all
            self._count(member)
            self._member(archive, member)
        if not self._entries:
            raise Unusable("it is empty.")
        return self._size

    def _count(self, member: tarfile.TarInfo) -> None:
        self._entries += 1
        self._size += -(-max(member.size, 1) // _BLOCK) * _BLOCK
        if self._size > self._limit:
            raise Unusable(f"it needs more than the {self._limit >> 20} MiB of its disk.")
        if self._entries > _MAX_ENTRIES:
            raise Unusable(f"it holds more than {_MAX_ENTRIES} files.")

    def _member(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        name = _inside(member.name)
        if max(member.uid, member.gid) > _MAX_ID or min(member.uid, member.gid) < 0:
            raise Unusable(f"{name} belongs to an id outside 0 to {_MAX_ID}.")
        if member.isdev() and not member.isfifo():
            if name.startswith("dev/"):
                return
            raise Unusable(f"{name} is a device.")
        parent = self._parent(os.path.dirname(name))
        try:
            self._write(archive, member, parent, os.path.basename(name))
        finally:
            os.close(parent)

    def _parent(self, directory: str) -> int:
        """Open a directory of the new tree, following its links as the guest would."""
        flags = os.O_RDONLY | os.O_DIRECTORY
        try:
            return beneath.open_inside(
                self._root, directory, flags, resolve=beneath.RESOLVE_IN_ROOT
            )
        except FileNotFoundError:
            above = self._parent(os.path.dirname(directory))
            try:
                os.mkdir(os.path.basename(directory), 0o755, dir_fd=above)
            except FileExistsError as error:
                raise Unusable(f"{directory} is a link to nowhere.") from error
            finally:
                os.close(above)
            return self._parent(directory)
        except OSError as error:
            raise Unusable(f"{directory} is no directory.") from error

    def _write(
        self, archive: tarfile.TarFile, member: tarfile.TarInfo, parent: int, name: str
    ) -> None:
        if member.isdir():
            self._directory(member, parent, name)
            return
        if not name:
            raise Unusable("its root is no directory.")
        _remove(parent, name)
        if member.islnk():
            self._link(member, parent, name)
        elif member.issym():
            os.symlink(member.linkname, name, dir_fd=parent)
            os.chown(name, member.uid, member.gid, dir_fd=parent, follow_symlinks=False)
        elif member.isfifo():
            os.mkfifo(name, dir_fd=parent)
            os.chown(name, member.uid, member.gid, dir_fd=parent, follow_symlinks=False)
            os.chmod(name, member.mode & 0o777, dir_fd=parent)
        elif member.isreg():
            self._file(archive, member, parent, name)
        else:
            raise Unusable(f"{member.name} is of an unknown kind.")

    def _directory(self, member: tarfile.TarInfo, parent: int, name: str) -> None:
        if name:
            try:
                os.mkdir(name, 0o700, dir_fd=parent)
            except FileExistsError:
                if not stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
                    return  # `lib` as a link to `usr/lib`, named again as a directory
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name or ".", flags, dir_fd=parent)
        try:
            os.fchown(descriptor, member.uid, member.gid)
            os.fchmod(descriptor, member.mode & 0o7777)
        finally:
            os.close(descriptor)

    def _link(self, member: tarfile.TarInfo, parent: int, name: str) -> None:
        source = _inside(member.linkname)
        there = self._parent(os.path.dirname(source))
        try:
            os.link(
                os.path.basename(source),
                name,
                src_dir_fd=there,
                dst_dir_fd=parent,
                follow_symlinks=False,
            )
        except OSError as error:
            raise Unusable(f"{member.name} links to {source}, which is not there.") from error
        finally:
            os.close(there)

    def _file(
        self, archive: tarfile.TarFile, member: tarfile.TarInfo, parent: int, name: str
    ) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        source = archive.extractfile(member)
        assert source is not None
        with open(os.open(name, flags, 0o600, dir_fd=parent), "wb") as out:
            while chunk := source.read(_CHUNK):
                out.write(chunk)
            out.flush()
            os.fchown(out.fileno(), member.uid, member.gid)
            os.fchmod(out.fileno(), member.mode & 0o7777)
            capability = member.pax_headers.get(f"SCHILY.xattr.{_KEPT_XATTR}")
            if capability:
                raw = capability.encode(errors="surrogateescape")
                os.setxattr(out.fileno(), _KEPT_XATTR, raw)
            os.utime(out.fileno(), (member.mtime, member.mtime))


def _inside(name: str) -> str:
    """Return the name without its `./`.  Raises Unusable when it points outside the archive."""
    if name.startswith("/"):
        raise Unusable(f"{name} is an absolute path.")
    if ".." in name.split("/"):
        raise Unusable(f"{name} leaves the archive.")
    if "\0" in name:
        raise Unusable("a name holds a zero byte.")
    normal = os.path.normpath(name)
    if normal.count("/") > _MAX_LEVELS:
        raise Unusable(f"it holds directories more than {_MAX_LEVELS} levels deep.")
    return "" if normal == "." else normal


def _remove(parent: int, name: str) -> None:
    """Make room for an entry that the archive names twice."""
    try:
        os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError) as error:
        raise Unusable(f"{name} is a directory and a file.") from error
