"""Where a guest's files are on the host, by server id."""

import contextlib
import dataclasses
import json
import pathlib
import shutil
from collections.abc import Mapping

from compute.drivers.base import Nic
from compute.drivers.kvm import consoles
from compute.drivers.kvm.definition import Files

KEPT = 1 << 20
"""Bytes of a console log that are put aside; the newest."""


class Directory:
    """One folder a guest: disk, config drive, console log, and the ports it has."""

    def __init__(self, root: pathlib.Path) -> None:
        self._root = root

    def make(self, server_id: str) -> None:
        self.path(server_id).mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, server_id: str) -> pathlib.Path:
        return self._root / server_id

    def exists(self, server_id: str) -> bool:
        return self.path(server_id).is_dir()

    def files(self, server_id: str, base: pathlib.Path, *, drive: bool) -> Files:
        """Return the paths that a definition names.  base: the cached image."""
        home = self.path(server_id)
        return Files(
            disk=self.disk(server_id),
            base=base,
            console_log=home / "console.log",
            screen=consoles.SEEN / consoles.name(server_id, "vnc"),
            serial=consoles.SEEN / consoles.name(server_id, "serial"),
            drive=home / "config.iso" if drive else None,
        )

    def disk(self, server_id: str) -> pathlib.Path:
        """Return where the guest's root disk is."""
        return self.path(server_id) / "disk.qcow2"

    def before(self, server_id: str, mark: str) -> pathlib.Path:
        """Return where the root disk is kept as it was before it grew."""
        return self.path(server_id) / f"before-{mark}.qcow2"

    def rescue_files(self, server_id: str, base: pathlib.Path, *, drive: bool) -> Files:
        """Return the paths of a guest that boots from another image; its own disk is an extra."""
        home = self.path(server_id)
        return Files(
            disk=home / "rescue.qcow2",
            base=base,
            console_log=home / "console.log",
            screen=consoles.SEEN / consoles.name(server_id, "vnc"),
            serial=consoles.SEEN / consoles.name(server_id, "serial"),
            drive=home / "rescue.iso" if drive else None,
            extra=(self.disk(server_id),),
        )

    def own_definition(self, server_id: str) -> pathlib.Path:
        """Return where a rescued guest's own definition is kept."""
        return self.path(server_id) / "own.xml"

    def forget_rescue(self, server_id: str) -> None:
        """Remove what a guest was rescued with."""
        for name in ("rescue.qcow2", "rescue.iso", "own.xml"):
            (self.path(server_id) / name).unlink(missing_ok=True)

    def forget_before(self, server_id: str) -> None:
        """Remove every such disk."""
        for kept in self.path(server_id).glob("before-*"):
            kept.unlink(missing_ok=True)

    def all(self) -> list[str]:
        """Return the server id of every folder."""
        if not self._root.is_dir():
            return []
        return sorted(entry.name for entry in self._root.iterdir() if entry.is_dir())

    def remove(self, server_id: str) -> None:
        shutil.rmtree(self.path(server_id), ignore_errors=True)

    def nics(self, server_id: str) -> dict[str, Nic]:
        """Return the guest's ports by id, as far as plugging them again needs it."""
        try:
            rows = json.loads((self.path(server_id) / "nics.json").read_text())
        except FileNotFoundError:
            return {}
        return {row["port_id"]: Nic(**row) for row in rows}

    def save_nics(self, server_id: str, nics: dict[str, Nic]) -> None:
        """Keep the ports; their addresses are the network's and not kept."""
        rows = [dataclasses.asdict(dataclasses.replace(nic, addresses=())) for nic in nics.values()]
        for row in rows:
            del row["addresses"]
        path = self.path(server_id) / "nics.json"
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(rows))
        temporary.replace(path)

    def keys(self, server_id: str) -> dict[str, pathlib.Path]:
        """Return where the keys of the guest's encrypted volumes are, by volume id."""
        try:
            rows = json.loads((self.path(server_id) / "keys.json").read_text())
        except FileNotFoundError:
            return {}
        return {volume_id: pathlib.Path(path) for volume_id, path in rows.items()}

    def save_keys(self, server_id: str, keys: Mapping[str, pathlib.Path]) -> None:
        """Keep where they are; the keys themselves are not copied."""
        if not keys and not self.keys(server_id):
            return
        path = self.path(server_id) / "keys.json"
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps({name: str(key) for name, key in keys.items()}))
        temporary.replace(path)

    def console(self, server_id: str) -> str:
        """Return what the guest wrote to its console, the part put aside first."""
        text = b""
        for name in ("console.log.0", "console.log"):
            path = self.path(server_id) / name
            if path.exists():
                text += path.read_bytes()
        return text.decode(errors="replace")

    def trim(self, server_id: str, *, limit: int) -> None:
        """Put a console log of more than `limit` bytes aside, in place of the one before.

        QEMU has it open and appends, so it is copied and cut, not renamed.
        """
        log = self.path(server_id) / "console.log"
        with contextlib.suppress(FileNotFoundError):
            if log.stat().st_size <= limit:
                return
            with log.open("r+b") as source, (log.with_name("console.log.0")).open("wb") as target:
                source.seek(max(0, log.stat().st_size - KEPT))
                shutil.copyfileobj(source, target)
                source.truncate(0)
