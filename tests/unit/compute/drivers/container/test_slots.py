"""Id ranges."""

import concurrent.futures
import pathlib

import pytest

from compute.drivers.base import GuestFault
from compute.drivers.container import slots
from compute.drivers.container.slots import Slots


def test_a_guest_keeps_its_range_and_another_gets_another(tmp_path: pathlib.Path):
    table = Slots(tmp_path)
    first = table.take(pathlib.Path("/a/1"))
    assert table.take(pathlib.Path("/a/1")) == first
    assert table.take(pathlib.Path("/b/1")) == first + slots.IDS


def test_a_range_that_is_given_back_is_taken_again(tmp_path: pathlib.Path):
    table = Slots(tmp_path)
    first = table.take(pathlib.Path("/a/1"))
    table.release(pathlib.Path("/a/1"))
    table.release(pathlib.Path("/a/1"))
    assert table.take(pathlib.Path("/a/2")) == first


def test_many_at_once_get_different_ranges(tmp_path: pathlib.Path):
    tables = [Slots(tmp_path), Slots(tmp_path)]
    guests = [pathlib.Path(f"/a/{number}") for number in range(40)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: tables[n % 2].take(guests[n]), range(40)))
    assert len(set(taken)) == 40


def test_a_full_host_says_so(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(slots, "_SLOTS", 1)
    table = Slots(tmp_path)
    table.take(pathlib.Path("/a/1"))
    with pytest.raises(GuestFault, match="All 1 id ranges of this host are taken"):
        table.take(pathlib.Path("/a/2"))
