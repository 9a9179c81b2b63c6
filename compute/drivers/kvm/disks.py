"""The image cache and the guests' disks.

An image is inspected before any tool opens it, converted to raw once, and never written again; a
guest's disk is a copy-on-write overlay on it.
"""

import contextlib
import json
import os
import pathlib
import re
import threading
import uuid
from collections.abc import Iterator

from oslo_utils.imageutils import format_inspector

from common import errors, process, qcow2
from compute.drivers import files
from compute.drivers.base import GuestFault, GuestSpec, Image, ImageRejected

GIB = 1 << 30
CONVERT_TIMEOUT_S = 1800

# as the image service calls a format, as the bytes look, and as qemu-img calls it
FORMATS = {
    "raw": ({"raw", "gpt", "iso"}, "raw"),
    "iso": ({"iso", "gpt"}, "raw"),
    "qcow2": ({"qcow2"}, "qcow2"),
    "vmdk": ({"vmdk"}, "vmdk"),
    "vdi": ({"vdi"}, "vdi"),
    "vhd": ({"vhd"}, "vpc"),
    "vhdx": ({"vhdx"}, "vhdx"),
}

COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00", b"BZh")
TAR_AT = 257


def inspect(image: Image) -> int:
    """Return the virtual size in bytes of an image that is safe to open.

    Raises ImageRejected when its bytes are not what its disk_format says, or when they would make
    a tool read other files: a backing file, a data file, a VMDK descriptor.
    """
    looks, _ = FORMATS.get(image.disk_format, (frozenset(), ""))
    if not looks:
        raise _rejected(image, f"disk format {image.disk_format} does not boot a KVM guest.")
    try:
        found = format_inspector.detect_file_format(str(image.path))
        if found is None:
            raise _rejected(image, "its bytes are of no known format.")
        if str(found) not in looks:
            raise _rejected(image, f"it says {image.disk_format}, and its bytes are {found}.")
        found.safety_check()
    except format_inspector.SafetyCheckFailed as error:
        failed = ", ".join(sorted(error.failures))
        raise _rejected(image, f"it does not pass the checks of its format: {failed}.") from error
    except format_inspector.ImageFormatError as error:
        raise _rejected(image, f"its format is not clear: {error}.") from error
    except OSError as error:
        raise GuestFault(reason=f"Image {image.image_id} cannot be read: {error}") from error
    if _is_archive(image.path):
        reason = "it is an archive, and no disk; a container boots from it, if img_hv_type is lxc."
        raise _rejected(image, reason)
    if image.disk_format in ("raw", "iso"):
        return image.path.stat().st_size
    return int(found.virtual_size)


def _is_archive(path: pathlib.Path) -> bool:
    """Tell whether a file is compressed, or a tar archive, and so no disk's content."""
    with open(path, "rb") as file:
        head = file.read(TAR_AT + 5)
    return head.startswith(COMPRESSED) or head[TAR_AT:] == b"ustar"


class ImageCache:
    """Raw images by image id and checksum."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory
        self._busy: dict[pathlib.Path, threading.Lock] = {}
        self._guard = threading.Lock()

    def base(self, image: Image, *, disk_gib: int) -> pathlib.Path:
        """Return the raw file of an image, converted now if this is its first use here.

        disk_gib: the flavor's disk; 0 takes any image.
        Raises ImageRejected, GuestFault.
        """
        path = self._path(image)
        with self._alone(path):
            if not path.exists():
                _fits(image, inspect(image), disk_gib)
                self._convert(image, path)
        _fits(image, path.stat().st_size, disk_gib)
        return path

    def named_in(self, definition: str) -> set[str]:
        """Return the ids of the images whose files a text names."""
        here = re.escape(str(self._directory))
        return set(re.findall(rf"{here}/([0-9a-f-]{{36}})-", definition))

    def forget(self, image_id: str) -> None:
        """Remove an image's file."""
        for path in self._directory.glob(f"{image_id}-*.raw"):
            with self._alone(path):
                path.unlink(missing_ok=True)

    def clean(self) -> None:
        """Remove what a conversion that was cut off left."""
        for leftover in self._directory.glob("*.part"):
            leftover.unlink(missing_ok=True)

    def _path(self, image: Image) -> pathlib.Path:
        safe = re.sub(r"[^A-Za-z0-9-]", "_", f"{image.image_id}-{image.checksum[:32]}")
        return self._directory / f"{safe}.raw"

    def _convert(self, image: Image, path: pathlib.Path) -> None:
        """Convert under another name, and take the real one when the bytes are on the disk."""
        self._directory.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.stem}.{uuid.uuid4().hex[:8]}.part")
        _, known_as = FORMATS[image.disk_format]
        convert = ["qemu-img", "convert", "-f", known_as, "-O", "raw", str(image.path), str(part)]
        try:
            process.run(convert, timeout_s=CONVERT_TIMEOUT_S)
            part.chmod(0o444)
            part.replace(path)
        except errors.CloudError as error:
            raise GuestFault(
                reason=f"Image {image.image_id} could not be converted: {error}"
            ) from error
        finally:
            part.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _alone(self, path: pathlib.Path) -> Iterator[None]:
        with self._guard:
            lock = self._busy.setdefault(path, threading.Lock())
        with lock:
            yield


def overlay(spec: GuestSpec, base: pathlib.Path, disk: pathlib.Path) -> None:
    """Make the guest's disk, as large as its flavor says; one that exists already stays."""
    if disk.exists():
        return
    size = spec.disk_gib * GIB or base.stat().st_size
    part = disk.with_name(disk.name + ".part")
    options = ["-f", "qcow2", "-F", "raw", "-b", str(base)]
    try:
        process.run(["qemu-img", "create", "-q", *options, str(part), str(size)], timeout_s=60)
    except errors.CloudError as error:
        raise GuestFault(reason=f"The disk of {spec.server_id} was not made: {error}") from error
    os.replace(part, disk)


def further(spec: GuestSpec, home: pathlib.Path) -> tuple[pathlib.Path, ...]:
    """Make the guest's ephemeral disk and its swap in its folder; those that exist stay.

    Raises GuestFault.
    """
    wanted = [
        ("ephemeral.raw", spec.ephemeral_gib * GIB, ["mkfs.ext4", "-q", "-F", "-L", "ephemeral0"]),
        ("swap.raw", spec.swap_mib << 20, ["mkswap", "-L", "swap"]),
    ]
    made = []
    for name, size, formatting in wanted:
        if size:
            _formatted(home / name, size, formatting)
            made.append(home / name)
    return tuple(made)


def _formatted(path: pathlib.Path, size: int, formatting: list[str]) -> None:
    if path.exists():
        return
    part = path.with_name(path.name + ".part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.truncate(size)
        process.run([*formatting, str(part)], timeout_s=120)
    except (errors.CloudError, OSError) as error:
        raise GuestFault(reason=f"The disk {path.name} was not made: {error}") from error
    part.replace(path)


def grow(disk: pathlib.Path, before: pathlib.Path, disk_gib: int) -> None:
    """Make a disk that nobody uses larger, and keep it as it was; a large one stays as it is.

    before: where it is kept; one that is there is from an earlier try of the same.
    Raises GuestFault.
    """
    wanted = disk_gib * GIB
    try:
        if wanted <= _virtual_size(disk) and not before.exists():
            return
        files.keep(disk, before)
        command = ["qemu-img", "resize", "-q", "-f", "qcow2", str(disk), str(wanted)]
        process.run(command, timeout_s=60)
    except errors.CloudError as error:
        raise GuestFault(reason=f"The guest's disk did not grow: {error}") from error


def extend(disk: pathlib.Path, form: str, size: int, key: pathlib.Path | None) -> None:
    """Make a volume larger that nobody uses.  size: bytes.  key: as in base.Disk.

    Raises GuestFault.
    """
    try:
        command = ["qemu-img", "resize", "-q", *qcow2.opening(disk, form, key), str(size)]
        process.run(command, timeout_s=60)
    except errors.CloudError as error:
        raise GuestFault(reason=f"The volume did not grow: {error}") from error


def cut(disk: pathlib.Path, form: str, size: int, key: pathlib.Path | None) -> None:
    """Make a volume that nobody uses this large, also if it loses content.  size: bytes.

    Raises GuestFault.
    """
    if qcow2.virtual_size(disk) == size:
        return
    try:
        opening = qcow2.opening(disk, form, key)
        command = ["qemu-img", "resize", "-q", "--shrink", *opening, str(size)]
        process.run(command, timeout_s=60)
    except errors.CloudError as error:
        raise GuestFault(reason=f"The volume did not get its size: {error}") from error


def _virtual_size(disk: pathlib.Path) -> int:
    command = ["qemu-img", "info", "-f", "qcow2", "--output=json", str(disk)]
    return int(json.loads(process.run(command, timeout_s=60))["virtual-size"])


def _fits(image: Image, size: int, disk_gib: int) -> None:
    if disk_gib and size > disk_gib * GIB:
        needed = -(-size // GIB)
        raise _rejected(image, f"it needs a disk of {needed} GiB and the flavor has {disk_gib}.")


def _rejected(image: Image, reason: str) -> ImageRejected:
    return ImageRejected(image_id=image.image_id, reason=reason)
