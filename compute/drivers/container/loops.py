"""Loop devices: a file as a block device that disappears with its mount."""

import ctypes
import errno
import fcntl
import os
import pathlib
import time

_LOOP_CTL_GET_FREE, _LOOP_CONFIGURE = 0x4C82, 0x4C0A
_LO_FLAGS_AUTOCLEAR = 4
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
            return _attach(file, control, os.fsencode(backing)[-63:])
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


def _attach(file: int, control: int, name: bytes) -> tuple[str, int]:
    config = _Config(fd=file, info=_Info(flags=_LO_FLAGS_AUTOCLEAR, file_name=name))
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
