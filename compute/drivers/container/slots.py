"""Ranges of 65,536 user and group ids, one for each guest, never shared on a host.

A taken range is a file in a directory that every cloud on the host uses; its name is the range's
number and its text the directory of the guest that holds it.
"""

import os
import pathlib

from compute.drivers.base import GuestFault

IDS = 65536
# 0x70000000 onwards is what systemd's list of user ids leaves unused, up to its foreign range.
# Source: systemd, doc/UIDS-GIDS.
FIRST_ID, _SLOTS = 0x70000000, 4094


class Slots:
    """directory: the same for all clouds of the host, such as `/run/cumulet/idmap`."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory

    def take(self, guest: pathlib.Path) -> int:
        """Return the first id of the range that guest (its directory) holds, or now takes.

        Raises GuestFault when every range of the host is taken.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        held = self._held(guest)
        if held is not None:
            return FIRST_ID + held * IDS
        taken = {name for name in os.listdir(self._directory) if name.isdigit()}
        for slot in range(_SLOTS):
            if str(slot) not in taken and self._claim(slot, guest):
                return FIRST_ID + slot * IDS
        raise GuestFault(reason=f"All {_SLOTS} id ranges of this host are taken by other guests.")

    def release(self, guest: pathlib.Path) -> None:
        """Give the guest's range back; one that holds none is a success."""
        held = self._held(guest)
        if held is not None:
            (self._directory / str(held)).unlink(missing_ok=True)

    def owners(self) -> list[pathlib.Path]:
        """Return the directories of all guests that hold a range, of every cloud."""
        return [pathlib.Path(text) for text in self._table().values() if text]

    def _claim(self, slot: int, guest: pathlib.Path) -> bool:
        # Linked whole, so that no reader ever sees a claim without its owner.
        draft = self._directory / f".{os.getpid()}-{guest.name}"
        draft.write_text(str(guest))
        try:
            os.link(draft, self._directory / str(slot))
        except FileExistsError:
            return False
        finally:
            draft.unlink()
        return True

    def _held(self, guest: pathlib.Path) -> int | None:
        wanted = str(guest)
        return next((slot for slot, text in self._table().items() if text == wanted), None)

    def _table(self) -> dict[int, str]:
        table = {}
        for entry in self._directory.glob("[0-9]*"):
            try:
                table[int(entry.name)] = entry.read_text()
            except (FileNotFoundError, ValueError):
                continue
        return table
