"""The kernel's calls that Python has no function for: mounts.

Nothing here forks, so a process with threads may use all of it.
"""

import contextlib
import ctypes
import errno
import os
import pathlib
import subprocess
import threading
from collections.abc import Callable

_LIBC = ctypes.CDLL(None, use_errno=True)

# The same numbers on x86_64 and arm64.
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_OPEN_TREE_CLONE, _MOVE_MOUNT_F_EMPTY_PATH = 1, 4
_AT_FDCWD, _AT_EMPTY_PATH = -100, 0x1000
_MOUNT_ATTR_NOSUID, _MOUNT_ATTR_NODEV, _MOUNT_ATTR_IDMAP = 0x2, 0x4, 0x100000
_CLONE_FS, _CLONE_NEWNS = 0x200, 0x20000
_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP = 28, 1 << 2

MS_NOSUID, MS_NODEV, MS_NOATIME = 0x2, 0x4, 0x400
_MNT_DETACH, _UMOUNT_NOFOLLOW = 0x2, 0x8


class _MountAttr(ctypes.Structure):
    _fields_ = [
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    ]


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)
    return result


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    """Mount a file system.  Raises OSError."""
    result = _LIBC.mount(
        source.encode(),
        target.encode(),
        kind.encode(),
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    _checked(result, target)


def unmount(target: pathlib.Path) -> None:
    """Take away everything mounted on target; a busy mount goes when its last user does."""
    raw = os.fsencode(target)
    for flags in (_UMOUNT_NOFOLLOW, _UMOUNT_NOFOLLOW | _MNT_DETACH):
        while _LIBC.umount2(raw, flags) == 0:
            pass
        if ctypes.get_errno() != errno.EBUSY:
            break
    if ctypes.get_errno() not in (errno.EINVAL, errno.ENOENT):
        _checked(-1, str(target))


def user_namespace(first_id: int, count: int) -> int:
    """Return a descriptor of a user namespace that maps 0..count-1 to first_id onwards.

    No process is left behind.  Raises OSError, CalledProcessError.
    """
    with subprocess.Popen(
        ["unshare", "--user", "sh", "-c", "echo; read _"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as holder:
        assert holder.stdin and holder.stdout
        if not holder.stdout.readline():
            raise OSError(errno.EPERM, "user namespaces cannot be made on this host")
        for name in ("uid_map", "gid_map"):
            pathlib.Path(f"/proc/{holder.pid}/{name}").write_text(f"0 {first_id} {count}\n")
        descriptor = os.open(f"/proc/{holder.pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
        holder.stdin.close()
    return descriptor


def idmapped_bind(source: pathlib.Path, target: pathlib.Path, namespace_fd: int) -> None:
    """Show source at target with its ids shifted as the user namespace says.  Raises OSError."""
    flags = _OPEN_TREE_CLONE | os.O_CLOEXEC
    tree = _checked(_LIBC.syscall(_OPEN_TREE, _AT_FDCWD, os.fsencode(source), flags), str(source))
    try:
        bits = _MOUNT_ATTR_IDMAP | _MOUNT_ATTR_NOSUID | _MOUNT_ATTR_NODEV
        attr = _MountAttr(bits, 0, 0, namespace_fd)
        size = ctypes.c_size_t(ctypes.sizeof(attr))
        shifted = _LIBC.syscall(_MOUNT_SETATTR, tree, b"", _AT_EMPTY_PATH, ctypes.byref(attr), size)
        _checked(shifted, f"{source} with shifted ids")
        moved = _LIBC.syscall(
            _MOVE_MOUNT, tree, b"", _AT_FDCWD, os.fsencode(target), _MOVE_MOUNT_F_EMPTY_PATH
        )
        _checked(moved, str(target))
    finally:
        os.close(tree)


def overlay(directory: pathlib.Path, first_id: int, options: str, target: str) -> None:
    """Mount an overlay in directory as the shifted root, so that its upper layer is writable.

    options: with paths relative to directory, since the guest reads them in its mountinfo.
    A thread of its own does it: its working directory and file system user are nobody else's.
    Raises OSError.
    """
    failure: list[OSError] = []

    def work() -> None:
        try:
            _checked(_LIBC.unshare(_CLONE_FS), "unshare")
            os.chdir(directory)
            bits = ctypes.c_ulong(_SECBIT_NO_SETUID_FIXUP)
            _checked(_LIBC.prctl(_PR_SET_SECUREBITS, bits, 0, 0, 0), "securebits")
            _LIBC.setfsgid(first_id)
            _LIBC.setfsuid(first_id)
            mount("overlay", target, "overlay", 0, options)
        except OSError as error:
            failure.append(error)

    thread = threading.Thread(target=work, name="overlay-mount")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]


def sync_filesystem(path: pathlib.Path) -> None:
    """Write all of the file system that holds path to its disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _checked(_LIBC.syncfs(descriptor), str(path))
    finally:
        os.close(descriptor)


def hand_in(process_id: int, source: pathlib.Path, target: str, first_id: int) -> None:
    """Show a file at a path of a process' own mounts.

    first_id: who owns the file that it is laid over, which is made where it is missing.
    Raises OSError.
    """
    flags = _OPEN_TREE_CLONE | os.O_CLOEXEC
    tree = _checked(_LIBC.syscall(_OPEN_TREE, _AT_FDCWD, os.fsencode(source), flags), str(source))

    def work() -> None:
        raw = target.encode()
        while _LIBC.umount2(raw, _UMOUNT_NOFOLLOW | _MNT_DETACH) == 0:
            pass
        _as_owner(first_id)
        with contextlib.suppress(FileExistsError):
            new = os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_WRONLY | os.O_CLOEXEC
            os.close(os.open(target, new, 0o600))
        moved = _LIBC.syscall(_MOVE_MOUNT, tree, b"", _AT_FDCWD, raw, _MOVE_MOUNT_F_EMPTY_PATH)
        _checked(moved, target)

    try:
        _among_mounts_of(process_id, work)
    finally:
        os.close(tree)


def take_out(process_id: int, target: str, first_id: int) -> None:
    """Undo hand_in.  Raises OSError."""

    def work() -> None:
        raw = target.encode()
        while _LIBC.umount2(raw, _UMOUNT_NOFOLLOW | _MNT_DETACH) == 0:
            pass
        _as_owner(first_id)
        os.unlink(target)

    _among_mounts_of(process_id, work)


def _as_owner(first_id: int) -> None:
    """Touch files as a guest's root, while keeping the right to mount."""
    bits = ctypes.c_ulong(_SECBIT_NO_SETUID_FIXUP)
    _checked(_LIBC.prctl(_PR_SET_SECUREBITS, bits, 0, 0, 0), "securebits")
    _LIBC.setfsgid(first_id)
    _LIBC.setfsuid(first_id)


def _among_mounts_of(process_id: int, work: Callable[[], None]) -> None:
    """Do something in a thread of its own that sees a process' mounts.  Raises OSError."""
    failure: list[OSError] = []

    def inside() -> None:
        try:
            mounts = os.open(f"/proc/{process_id}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
            try:
                _checked(_LIBC.unshare(_CLONE_FS), "unshare")
                _checked(_LIBC.setns(mounts, _CLONE_NEWNS), "setns")
            finally:
                os.close(mounts)
            work()
        except OSError as error:
            failure.append(error)

    thread = threading.Thread(target=inside, name="guest-mounts")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
