"""Devices of guests' volumes, when the cloud goes."""

import pathlib
import shutil
from collections.abc import Iterator

import pytest

from common import process
from devstack import leftovers
from devstack.instance import Instance


@pytest.fixture
def cloud(tmp_path: pathlib.Path) -> Iterator[Instance]:
    made = Instance(tmp_path)
    yield made
    for name in leftovers.loops(made):
        process.run(["losetup", "--detach", name], timeout_s=10)
    for top in leftovers.devices(made):
        shutil.rmtree(top, ignore_errors=True)


@pytest.mark.parametrize("number", [0, 1], ids=["container", "kvm"])
def test_a_cloud_whose_guests_end_keeps_no_loop_device(cloud: Instance, number: int):
    disk = leftovers.devices(cloud)[number] / "server" / "vdb" / "disk"
    disk.parent.mkdir(parents=True)
    disk.touch()
    disk.open("r+b").truncate(1 << 20)
    name = process.run(["losetup", "--find", "--show", str(disk)], timeout_s=10).strip()
    assert leftovers.loops(cloud) == [name]
    assert f"loop device {name}" in leftovers.remains(cloud)
    leftovers.end_guests(cloud)
    assert leftovers.loops(cloud) == []


def test_a_cloud_that_goes_takes_what_it_showed_to_guests_that_were_off(cloud: Instance):
    shown = leftovers.MOUNTS / cloud.tag / "server" / "cpuinfo"
    shown.parent.mkdir(parents=True)
    shown.touch()
    assert f"directory {leftovers.MOUNTS / cloud.tag}" in leftovers.remains(cloud)
    leftovers.clear(cloud)
    assert leftovers.remains(cloud) == []
