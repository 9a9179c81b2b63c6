"""Reading an image's files, and writing over them, without following a link out of the tree."""

import contextlib
import os
import pathlib
import stat

from common import beneath
from compute.drivers.base import GuestFault

_MAX_READ = 1 << 20


class Image:
    """The read-only tree of an image."""

    def __init__(self, path: pathlib.Path) -> None:
        self._fd = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._path = os.readlink(f"/proc/self/fd/{self._fd}")

    def close(self) -> None:
        os.close(self._fd)

    def has(self, path: str) -> bool:
        """Whether the guest would find something at path."""
        try:
            os.close(self._open(path, os.O_PATH))
        except OSError:
            return False
        return True

    def is_link(self, path: str) -> bool:
        directory, name = os.path.split(self.real(path))
        try:
            parent = self._open(directory, os.O_PATH | os.O_DIRECTORY)
        except OSError:
            return False
        try:
            return stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
        except FileNotFoundError:
            return False
        finally:
            os.close(parent)

    def read(self, path: str) -> bytes:
        """Return a regular file's first MiB; nothing when there is no such file."""
        try:
            descriptor = self._open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError:
            return b""
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return b""
            return file.read(_MAX_READ)

    def status(self, path: str) -> os.stat_result | None:
        """Return mode and owner of a regular file, None when there is no such file."""
        try:
            descriptor = self._open(path, os.O_PATH)
        except OSError:
            return None
        try:
            found = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        return found if stat.S_ISREG(found.st_mode) else None

    def real(self, path: str) -> str:
        """Return path with the links of its directory resolved as the guest would."""
        directory, name = os.path.split(path.strip("/"))
        return os.path.join(self._real_directory(directory), name)

    def attributes(self, directory: str) -> os.stat_result | None:
        """Return mode and owner of a directory (already real), None when there is none."""
        try:
            descriptor = self._open(directory, os.O_PATH | os.O_DIRECTORY)
        except FileNotFoundError:
            return None
        try:
            return os.fstat(descriptor)
        finally:
            os.close(descriptor)

    def _real_directory(self, directory: str) -> str:
        if not directory:
            return ""
        try:
            descriptor = self._open(directory, os.O_PATH | os.O_DIRECTORY)
        except FileNotFoundError:
            above, name = os.path.split(directory)
            return os.path.join(self._real_directory(above), name)
        except OSError as error:
            raise GuestFault(reason=f"The image's {directory} is no directory.") from error
        try:
            return os.readlink(f"/proc/self/fd/{descriptor}")[len(self._path) :].strip("/")
        finally:
            os.close(descriptor)

    def _open(self, path: str, flags: int) -> int:
        return beneath.open_inside(self._fd, path, flags, resolve=beneath.RESOLVE_IN_ROOT)


class Upper:
    """The writable layer over an image; natural ids."""

    def __init__(self, path: pathlib.Path, image: Image) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._image = image

    def close(self) -> None:
        os.close(self._fd)

    def write(
        self, path: str, data: bytes, *, mode: int = 0o644, owner: tuple[int, int] = (0, 0)
    ) -> None:
        """Write a file that hides the image's own; directories that lack are made.

        Raises OSError, GuestFault.
        """
        directory, name = os.path.split(self._image.real(path))
        parent = self._directory(directory, owner)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=parent)
            with open(os.open(name, flags, mode, dir_fd=parent), "wb") as file:
                file.write(data)
                os.fchown(file.fileno(), *owner)
                os.fchmod(file.fileno(), mode)
        finally:
            os.close(parent)

    def _directory(self, path: str, owner: tuple[int, int]) -> int:
        flags = os.O_RDONLY | os.O_DIRECTORY
        inside = beneath.RESOLVE_BENEATH | beneath.RESOLVE_NO_SYMLINKS
        try:
            return beneath.open_inside(self._fd, path, flags, resolve=inside)
        except FileNotFoundError:
            above, name = os.path.split(path)
            parent = self._directory(above, owner)
        try:
            like = self._image.attributes(path)
            os.mkdir(name, 0o700, dir_fd=parent)
            if like is not None:
                os.chown(name, like.st_uid, like.st_gid, dir_fd=parent)
                os.chmod(name, stat.S_IMODE(like.st_mode), dir_fd=parent)
            else:
                os.chown(name, *owner, dir_fd=parent)
                os.chmod(name, 0o700 if name == ".ssh" else 0o755, dir_fd=parent)
        finally:
            os.close(parent)
        return self._directory(path, owner)
