"""Paths that stay inside a directory, whatever links lie on the way.

Source: openat2(2).
"""

import ctypes
import os

RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH, RESOLVE_IN_ROOT = 0x04, 0x08, 0x10
_LIBC = ctypes.CDLL(None, use_errno=True)
_OPENAT2 = 437  # on x86_64 and arm64 alike


class _OpenHow(ctypes.Structure):
    _fields_ = [
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    ]


def open_inside(root_fd: int, path: str, flags: int, *, resolve: int, mode: int = 0) -> int:
    """Open a path that cannot leave the directory root_fd, whatever links lie on the way.

    resolve: RESOLVE_IN_ROOT follows links as if root_fd were `/`; the others refuse them.
    Raises OSError; ELOOP or EXDEV when the path would leave.
    """
    how = _OpenHow(flags | os.O_CLOEXEC, mode, resolve)
    raw = (path.strip("/") or ".").encode(errors="surrogateescape")
    size = ctypes.c_size_t(ctypes.sizeof(how))
    found = int(_LIBC.syscall(_OPENAT2, root_fd, raw, ctypes.byref(how), size))
    if found < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), path)
    return found
