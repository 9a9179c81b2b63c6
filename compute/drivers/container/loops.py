"""Loop devices: a file as a block device that disappears with its mount."""

import ctypes
import errno
import fcntl
import os
import pathlib
import time

_LOOP_CTL_GET_FREE, _LOOP_CONFIGURE = 0x4C82, 0x4C0A
_LOOP_CLR_FD, _LOOP_SET_CAPACITY = 0x4C01, 0x4C07
_LO_FLAGS_READ_ONLY, _LO_FLAGS_AUTOCLEAR, _LO_FLAGS_DIRECT_IO = 1, 4, 16
_TRIES = 50
_WAIT_S, _PAUSE_S = 1, 0.002


class _Info(ctypes.Structure):
    _fields_ = [
        ("device", ctypes.c_uint64),
        ("inode", ctypes.c_uint64),
        ("rdevice", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
        ("sizelimit", ctypes.c_uint64),
        ("number", ctypes.c_uint32),
        ("encrypt_type", ctypes.c_uint32),
        ("encrypt_key_size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("file_name", ctypes.c_char * 64),
        ("crypt_name", ctypes.c_char * 64),
        ("encrypt_key", ctypes.c_uint8 * 32),
        ("init", ctypes.c_uint64 * 2),
    ]


class _Config(ctypes.Structure):
    _fields_ = [
        ("fd", ctypes.c_uint32),
        ("block_size", ctypes.c_uint32),
        ("info", _Info),
        ("reserved", ctypes.c_uint64 * 8),
    ]


def attach(backing: pathlib.Path) -> tuple[str, int]:
    """Make backing a block device; return its path and an open descriptor.

    The device lives until the descriptor is closed and nothing is mounted from it.
    Two devices never share a file: that would tear the file system in it apart.
    Raises OSError.
    """
    file = os.open(backing, os.O_RDWR | os.O_CLOEXEC)
    try:
        if not _lock(file):
            # Some program keeps an earlier mount in a mount namespace of its own: share it.
            device = holding(backing, deleted=False)[0]
            return device, os.open(device, os.O_RDWR | os.O_CLOEXEC)
        control = os.open("/dev/loop-control", os.O_RDWR | os.O_CLOEXEC)
        try:
            return _attach(file, control, os.fsencode(backing)[-63:], _LO_FLAGS_AUTOCLEAR)
        finally:
            os.close(control)
    finally:
        os.close(file)


def _lock(file: int) -> bool:
    """Lock the file for its device, which keeps it open; return whether no other one has it.

    An ended guest's device may take a moment to go.
    """
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE_S)
        else:
            return True


def _attach(file: int, control: int, name: bytes, flags: int) -> tuple[str, int]:
    config = _Config(fd=file, info=_Info(flags=flags, file_name=name))
    for _ in range(_TRIES):
        path = f"/dev/loop{fcntl.ioctl(control, _LOOP_CTL_GET_FREE)}"
        device = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.ioctl(device, _LOOP_CONFIGURE, config)
        except OSError as error:
            os.close(device)
            if error.errno != errno.EBUSY:  # somebody else was faster: take the next one
                raise
        else:
            return path, device
    raise OSError(errno.EBUSY, "no free loop device", os.fsdecode(name))


def holding(backing: pathlib.Path, *, deleted: bool = True) -> list[str]:
    """Return the loop devices whose file is backing.  deleted: or was, and is deleted."""
    names = {str(backing), f"{backing} (deleted)"} if deleted else {str(backing)}
    found = []
    for entry in pathlib.Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            name = entry.read_text().strip()
        except OSError:  # let go while we looked
            continue
        if name in names:
            found.append(f"/dev/{entry.parent.parent.name}")
    return found


def hold(backing: pathlib.Path, *, read_only: bool) -> str:
    """Make backing a block device that stays until it is let go, and return its path.

    It reads and writes past the host's cache where the file can; one that is there stays.
    Raises OSError.
    """
    present = holding(backing, deleted=False)
    if present:
        return present[0]
    file = os.open(backing, (os.O_RDONLY if read_only else os.O_RDWR) | os.O_CLOEXEC)
    flags = _LO_FLAGS_DIRECT_IO | (_LO_FLAGS_READ_ONLY if read_only else 0)
    try:
        control = os.open("/dev/loop-control", os.O_RDWR | os.O_CLOEXEC)
        try:
            path, device = _attach(file, control, os.fsencode(backing)[-63:], flags)
            os.close(device)
        finally:
            os.close(control)
    finally:
        os.close(file)
    return path


def flush(device: str) -> None:
    """Return once all that was written to a block device is in its file.  Raises OSError."""
    descriptor = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def forbid_holes(device: str) -> None:
    """Let a device write zeros where it is asked for them, and discard nothing.

    For files whose `fallocate` makes holes that do not read as zeros: QEMU's storage daemon ignores
    those smaller than a cluster, and says that it did as it was told.  Raises OSError.
    """
    name = os.path.basename(device)
    pathlib.Path(f"/sys/block/{name}/queue/discard_max_bytes").write_text("0")


def let_go(device: str) -> None:
    """Take a block device from its file, once all is written.  Raises OSError."""
    descriptor = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            os.fsync(descriptor)
        finally:
            fcntl.ioctl(descriptor, _LOOP_CLR_FD)
    finally:
        os.close(descriptor)


def look_again(device: str) -> None:
    """Let a block device be as large as its file is now.  Raises OSError."""
    descriptor = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, _LOOP_SET_CAPACITY)
    finally:
        os.close(descriptor)
