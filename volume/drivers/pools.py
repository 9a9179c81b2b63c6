"""What pools share that snapshot a volume at once, and whose contents are no files."""

import abc
import pathlib

from volume.drivers.base import Driver
from volume.drivers.qemu_img import Tool


class ContentPool(Driver, abc.ABC):
    """A pool where a guest goes on as it is while its volume is snapshotted."""

    _tool: Tool

    def prepare_live(self, volume_id: str, snapshot_id: str) -> None:
        self.snapshot(volume_id, snapshot_id)

    def finish_live(self, volume_id: str, snapshot_id: str) -> None:
        """The snapshot has been there since prepare_live."""

    def cancel_live(self, snapshot_id: str) -> None:
        self.delete_snapshot(snapshot_id)

    def export(self, volume_id: str, target: pathlib.Path, disk_format: str) -> None:
        with self.content("volume", volume_id) as content:
            known = {"vhd": "vpc"}.get(disk_format, disk_format)
            self._tool.convert(content.path, "raw", target, known)
