"""Volumes as files of one directory: sparse, copied by reference; see volume.drivers.layers."""

import contextlib
import os
import pathlib
import shutil
import threading
from collections.abc import Iterator
from typing import ClassVar

from oslo_utils.imageutils import format_inspector

from common.qcow2 import claimed_size, virtual_size
from volume.drivers import showing
from volume.drivers.base import (
    PLAIN_NAME,
    Content,
    Driver,
    Figures,
    Image,
    PoolFault,
    SnapshotMissing,
    Spec,
    VolumeMissing,
)
from volume.drivers.images import fitting, known_as
from volume.drivers.keys import Keys
from volume.drivers.layers import (
    BASE,
    IMPORTS,
    LIVE,
    NAMED,
    SHOWN,
    SNAPSHOTS,
    VOLUMES,
    WIPED,
    Layers,
    key_of,
)
from volume.drivers.qemu_img import GIB, Tool
from volume.drivers.serving import Opened, Served


class FileDriver(Driver, Served):
    """directory: the pool.  timeout_s: how long reading or writing one volume may take.

    keys: of the volumes that are encrypted.
    """

    protocol: ClassVar[str] = "file"

    def __init__(self, directory: pathlib.Path, keys: Keys, *, timeout_s: float) -> None:
        self._keys = keys
        self._layers = Layers(directory.resolve(), keys)
        self._tool = Tool(timeout_s, keys)
        self._bases = threading.Lock()
        self._layers.prepare()

    @property
    def directory(self) -> pathlib.Path:
        """The pool's directory."""
        return self._layers.directory

    def probe(self) -> None:
        if shutil.which("qemu-img") is None:
            raise PoolFault(reason="qemu-img is not installed; the package qemu-utils has it.")

    def figures(self) -> Figures:
        found = os.statvfs(self.directory)
        return Figures(
            total_gib=round(found.f_blocks * found.f_frsize / GIB, 2),
            free_gib=round(found.f_bavail * found.f_frsize / GIB, 2),
        )

    def create(self, volume_id: str, size_gib: int, spec: Spec) -> None:
        with self._becoming(volume_id, spec) as layer:
            if layer:
                self._tool.create(layer, spec.format, size_gib * GIB)

    def create_from_image(self, volume_id: str, size_gib: int, image: Image, spec: Spec) -> None:
        with self._becoming(volume_id, spec) as layer:
            if layer:
                self._fill(layer, size_gib, image, spec)

    def _fill(self, layer: pathlib.Path, size_gib: int, image: Image, spec: Spec) -> None:
        """Make a layer with an image's content."""
        name = fitting(image, size_gib)
        if spec.format == "raw":
            self._tool.convert(image.path, name, layer, "raw")
            os.truncate(layer, size_gib * GIB)
            return
        if spec.key_id:
            self._tool.convert(image.path, name, layer, "qcow2", size=size_gib * GIB)
            return
        self._tool.overlay(layer, self._base(image, name), "qcow2", size_gib * GIB)

    def _base(self, image: Image, name: str) -> pathlib.Path:
        """Return the layer that all volumes from an image lie on, made at the first use."""
        base = self._place(image.image_id, image.checksum)
        with self._bases:
            if base.exists():
                os.utime(base)
                return base
            part = self._layers.part("qcow2")
            try:
                self._tool.convert(image.path, name, part, "qcow2")
                part.rename(base)
            finally:
                part.unlink(missing_ok=True)
        return base

    def _place(self, image_id: str, checksum: str) -> pathlib.Path:
        return self._layers.new("qcow2", name=f"{BASE}{known_as(image_id, checksum)}")

    def kept_image(self, image_id: str, checksum: str) -> Image | None:
        base = self._place(image_id, checksum)
        try:
            os.utime(base)
        except FileNotFoundError:
            return None
        return Image(image_id, checksum, "qcow2", base) if checksum else None

    def create_from_snapshot(
        self, volume_id: str, size_gib: int, snapshot_id: str, spec: Spec
    ) -> None:
        below = self._snapshot(snapshot_id)
        with self._becoming(volume_id, spec) as layer:
            if layer:
                self._copy(layer, below, size_gib, spec.format)

    def clone(self, volume_id: str, size_gib: int, source_id: str, spec: Spec) -> None:
        with self._layers.locked():
            below = self._volume(source_id)
            if self._layers.of(VOLUMES, volume_id) is None and below.suffix == ".qcow2":
                self._cover(source_id, below)
        with self._becoming(volume_id, spec) as layer:
            if layer:
                self._copy(layer, below, size_gib, spec.format)

    def _cover(self, volume_id: str, below: pathlib.Path) -> None:
        """Let a volume go on in a layer of its own, so that what is below stays as it is."""
        layer = self._layers.new("qcow2", like=below)
        self._tool.overlay(layer, below, "qcow2", virtual_size(below))
        self._layers.link(VOLUMES, volume_id, layer)

    def _copy(self, layer: pathlib.Path, below: pathlib.Path, size_gib: int, form: str) -> None:
        """Make a layer with another's content: by reference where formats and keys allow."""
        same_key = key_of(layer) == key_of(below)
        if form == "qcow2" and below.suffix == ".qcow2" and same_key:
            self._tool.overlay(layer, below, "qcow2", size_gib * GIB)
            return
        self._tool.convert(below, below.suffix[1:], layer, form)
        if virtual_size(layer) < size_gib * GIB:
            self._tool.resize(layer, form, size_gib * GIB)

    @contextlib.contextmanager
    def _becoming(self, volume_id: str, spec: Spec) -> Iterator[pathlib.Path | None]:
        """Yield where to make a volume's first layer, or None when the volume is there already."""
        if self._layers.of(VOLUMES, volume_id) is not None:
            yield None
            return
        with self._part(spec) as part:
            yield part
            self._settle(volume_id, part)

    @contextlib.contextmanager
    def _part(self, spec: Spec) -> Iterator[pathlib.Path]:
        """Yield where to make a layer; what is still there afterwards goes, with its key."""
        if spec.key_id:
            self._keys.make(spec.key_id)
        part = self._layers.part(spec.format, wiped=spec.wipe, key_id=spec.key_id)
        try:
            yield part
        finally:
            with self._layers.locked():
                self._layers.forget_keys([part])
            part.unlink(missing_ok=True)

    def _settle(self, volume_id: str, part: pathlib.Path) -> None:
        """Let a file that is whole be what a volume holds."""
        layer = self._layers.new(part.suffix[1:], like=part)
        with self._layers.locked():
            part.rename(layer)
            self._layers.link(VOLUMES, volume_id, layer)

    def delete(self, volume_id: str) -> None:
        self._layers.unlink(VOLUMES, volume_id)
        self._layers.collect()

    def extend(self, volume_id: str, size_gib: int) -> None:
        layer = self._volume(volume_id)
        if virtual_size(layer) < size_gib * GIB:
            self._tool.resize(layer, layer.suffix[1:], size_gib * GIB)

    def convert(self, volume_id: str, spec: Spec) -> None:
        layer = self._volume(volume_id)
        if layer.suffix[1:] == spec.format and key_of(layer) == spec.key_id:
            return
        with self._part(spec) as part:
            self._tool.convert(layer, layer.suffix[1:], part, spec.format)
            self._settle(volume_id, part)
        self._layers.collect()

    def take_over(self, volume_id: str, other_id: str) -> None:
        self._volume(volume_id)
        with self._layers.locked():
            layer = self._layers.of(VOLUMES, other_id)
            if layer is not None:
                self._layers.link(VOLUMES, volume_id, layer)
                self._layers.unlink(VOLUMES, other_id)
        self._layers.collect()

    def replace_by_image(self, volume_id: str, size_gib: int, image: Image, spec: Spec) -> None:
        self._volume(volume_id)
        with self._part(spec) as part:
            self._fill(part, size_gib, image, spec)
            self._settle(volume_id, part)
        self._layers.collect()

    def snapshot(self, volume_id: str, snapshot_id: str) -> None:
        with self._layers.locked():
            layer = self._volume(volume_id)
            kept = self._layers.of(SNAPSHOTS, snapshot_id)
            if layer.suffix == ".qcow2":
                if kept is None:
                    self._layers.link(SNAPSHOTS, snapshot_id, layer)
                if kept in (None, layer):
                    self._cover(volume_id, layer)
                return
        if kept is None:
            self._copy_out(layer, snapshot_id)

    def _copy_out(self, layer: pathlib.Path, snapshot_id: str) -> None:
        """Keep the content of a raw volume in a layer of its own."""
        part = self._layers.part("qcow2")
        try:
            self._tool.convert(layer, "raw", part, "qcow2")
            kept = self._layers.new("qcow2", like=layer)
            with self._layers.locked():
                part.rename(kept)
                self._layers.link(SNAPSHOTS, snapshot_id, kept)
        finally:
            part.unlink(missing_ok=True)

    def delete_snapshot(self, snapshot_id: str) -> None:
        self._layers.unlink(LIVE, snapshot_id)
        self._layers.unlink(SNAPSHOTS, snapshot_id)
        self._layers.collect()

    def revert(self, volume_id: str, snapshot_id: str, size_gib: int) -> None:
        layer, below = self._volume(volume_id), self._snapshot(snapshot_id)
        wiped = layer.name.startswith(WIPED)
        spec = Spec(layer.suffix[1:], wipe=wiped, key_id=key_of(layer))
        with self._part(spec) as part:
            self._copy(part, below, size_gib, spec.format)
            self._settle(volume_id, part)
        self._layers.collect()

    def prepare_live(self, volume_id: str, snapshot_id: str) -> pathlib.Path:
        with self._layers.locked():
            layer, live = self._volume(volume_id), self._layers.of(LIVE, snapshot_id)
            if layer.suffix != ".qcow2":
                raise PoolFault(
                    reason="A raw volume has no snapshots while a guest uses it; detached, it has."
                )
            if live is None:
                live = self._layers.new("qcow2", like=layer)
                self._tool.overlay(live, layer, "qcow2", virtual_size(layer))
                self._layers.link(LIVE, snapshot_id, live)
        return live

    def finish_live(self, volume_id: str, snapshot_id: str) -> None:
        with self._layers.locked():
            layer, live = self._volume(volume_id), self._layers.of(LIVE, snapshot_id)
            if live is None:
                return
            if layer != live:
                self._layers.link(SNAPSHOTS, snapshot_id, layer)
                self._layers.link(VOLUMES, volume_id, live)
            self._layers.unlink(LIVE, snapshot_id)

    def cancel_live(self, snapshot_id: str) -> None:
        self._layers.unlink(LIVE, snapshot_id)
        self._layers.collect()

    def export(self, volume_id: str, target: pathlib.Path, disk_format: str) -> None:
        layer = self._volume(volume_id)
        known = {"vhd": "vpc"}.get(disk_format, disk_format)
        self._tool.convert(layer, layer.suffix[1:], target, known, shared=True)

    @contextlib.contextmanager
    def content(self, kind: str, one_id: str) -> Iterator[Content]:
        layer = self._snapshot(one_id) if kind == "snapshot" else self._volume(one_id)
        if key_of(layer):
            with self._tool.shown(layer, self.directory / SHOWN) as disk:
                yield Content(disk, encrypted=True)
            return
        part = self._layers.part("raw")
        try:
            self._tool.convert(layer, layer.suffix[1:], part, "raw", shared=True)
            yield Content(part, encrypted=False)
        finally:
            part.unlink(missing_ok=True)

    @contextlib.contextmanager
    def replacing(self, volume_id: str, size_gib: int, spec: Spec) -> Iterator[pathlib.Path]:
        with self._part(spec) as part:
            self._tool.create(part, spec.format, size_gib * GIB)
            if spec.key_id:
                with self._tool.shown(part, self.directory / SHOWN, writable=True) as disk:
                    yield disk
            elif spec.format == "raw":
                yield part
            else:
                plain = self._layers.part("raw")
                try:
                    self._tool.create(plain, "raw", size_gib * GIB)
                    yield plain
                    self._tool.convert(plain, "raw", part, spec.format)
                finally:
                    plain.unlink(missing_ok=True)
            self._settle(volume_id, part)
        self._layers.collect()

    def manage(self, volume_id: str, name: str) -> tuple[int, str]:
        layer = self._layers.of(VOLUMES, volume_id)
        if layer is None:
            layer = self._import(volume_id, name)
        return max(1, -(-virtual_size(layer) // GIB)), layer.suffix[1:]

    def _import(self, volume_id: str, name: str) -> pathlib.Path:
        source = self._importable(name)
        if source.is_symlink() or not source.is_file():
            found = ", ".join(sorted(self._layers.names(IMPORTS))) or "nothing"
            raise PoolFault(reason=f"The import directory has no file {name}; it has {found}.")
        form = _form_of(source)
        layer = self._layers.new(form)
        with self._layers.locked():
            source.rename(layer)
            self._layers.link(VOLUMES, volume_id, layer)
        return layer

    def importable(self) -> list[tuple[str, int]]:
        found = []
        for name in sorted(self._layers.names(IMPORTS)):
            path = self.directory / IMPORTS / name
            with contextlib.suppress(OSError):
                if PLAIN_NAME.fullmatch(name) and path.is_file() and not path.is_symlink():
                    found.append((name, max(1, -(-claimed_size(path) // GIB))))
        return found

    def _importable(self, name: str) -> pathlib.Path:
        if not PLAIN_NAME.fullmatch(name):
            raise PoolFault(reason=f"{name!r} is no name of a file in the import directory.")
        return self.directory / IMPORTS / name

    def unmanage(self, volume_id: str, name: str) -> None:
        layer = self._layers.of(VOLUMES, volume_id)
        if layer is None:
            return
        part = self._layers.part("qcow2")
        try:
            self._tool.convert(layer, layer.suffix[1:], part, "qcow2")
            part.rename(self._importable(name))
        finally:
            part.unlink(missing_ok=True)
        self.delete(volume_id)

    def manage_snapshot(self, volume_id: str, snapshot_id: str, name: str) -> None:
        with self._layers.locked():
            if self._layers.of(SNAPSHOTS, snapshot_id) is not None:
                return
            layer = self._layers.of(NAMED, name)
            if layer is None:
                raise SnapshotMissing(snapshot_id=name)
            self._layers.link(SNAPSHOTS, snapshot_id, layer)
            self._layers.unlink(NAMED, name)

    def unmanage_snapshot(self, volume_id: str, snapshot_id: str, name: str) -> None:
        with self._layers.locked():
            layer = self._layers.of(SNAPSHOTS, snapshot_id)
            if layer is not None:
                self._layers.link(NAMED, name, layer)
                self._layers.unlink(SNAPSHOTS, snapshot_id)

    def opened(self, volume_id: str) -> Opened:
        return self._tool.opened(self._volume(volume_id))

    def receive(self, volume_id: str, size_gib: int, spec: Spec, source: Opened) -> None:
        with self._part(spec) as part:
            self._tool.receive(source, part, spec.format, size_gib * GIB)
            self._settle(volume_id, part)
        self._layers.collect()

    def unused_images(self) -> set[str]:
        return self._layers.unused_images()

    def forget_image(self, image_id: str) -> None:
        self._layers.forget_image(image_id)

    def volumes(self) -> set[str]:
        return self._layers.names(VOLUMES)

    def snapshots(self) -> set[str]:
        return self._layers.names(SNAPSHOTS)

    def recover(self) -> None:
        self._layers.prepare()
        self._keys.clean()
        for left in (self.directory / SHOWN).iterdir():
            showing.end(left)
        with self._layers.locked():
            self._layers.clean()

    def _volume(self, volume_id: str) -> pathlib.Path:
        found = self._layers.of(VOLUMES, volume_id)
        if found is None:
            raise VolumeMissing(volume_id=volume_id)
        return found

    def _snapshot(self, snapshot_id: str) -> pathlib.Path:
        found = self._layers.of(SNAPSHOTS, snapshot_id)
        if found is None:
            raise SnapshotMissing(snapshot_id=snapshot_id)
        return found


def _form_of(path: pathlib.Path) -> str:
    """Return `qcow2` or `raw`.  Raises PoolFault for a file that reaches beyond itself."""
    try:
        found = format_inspector.detect_file_format(str(path))
        if found is not None and str(found) == "qcow2":
            found.safety_check()
            return "qcow2"
    except (format_inspector.ImageFormatError, format_inspector.SafetyCheckFailed) as error:
        raise PoolFault(reason=f"File {path.name} cannot be taken over: {error}") from error
    return "raw"
