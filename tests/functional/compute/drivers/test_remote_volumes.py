"""Guests' volumes that another host holds; that one has a network namespace of its own."""

import os
import pathlib
import signal
import uuid
from collections.abc import Iterator

import pytest

from compute.drivers.base import Disk, Driver, GuestFault
from compute.drivers.fake import FakeDriver
from tests.functional.compute.drivers.rigs import KvmRig, Rig
from tests.functional.compute.drivers.test_contract import begins_with, takes_volumes
from tests.support import holder as holders
from tests.support.holder import Holder
from tests.support.waiting import wait_for
from volume.drivers import showing

GIB = 1 << 30


@pytest.fixture
def holder(rig: Rig) -> Iterator[Holder]:
    if isinstance(rig.driver, FakeDriver):
        pytest.skip("guests in memory reach nothing")
    state_dir = rig.machine.state_dir if isinstance(rig, KvmRig) else rig.state_dir  # type: ignore[attr-defined]
    with holders.running(state_dir) as found:
        yield found


def disk_of(holder: Holder, volume_id: str) -> Disk:
    where = holder.serve(volume_id)
    return Disk(volume_id, pathlib.Path(), "raw", "/dev/vdb", remote=where)


def layer(holder: Holder, volume_id: str) -> pathlib.Path:
    return (holder.driver.directory / "volumes" / volume_id).resolve()


def daemons(holder: Holder) -> list[int]:
    found = [showing.daemon(home) for home in holder.exports._directory.iterdir() if home.is_dir()]
    return [pid for pid in found if pid is not None]


def test_a_volume_of_another_host_is_written_to_grows_is_snapshotted_and_goes(
    rig: Rig, driver: Driver, holder: Holder
):
    volumes, spec = takes_volumes(driver), rig.spec()
    volume_id = holder.volume()
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    disk = disk_of(holder, volume_id)
    for _ in range(2):
        volumes.attach_volume(spec.server_id, disk)
    wait_for(lambda: rig.disks(spec).get("vdb"), 1024, timeout_s=60)
    rig.write(spec, "/dev/vdb", "early")
    first, snapshot_id = layer(holder, volume_id), str(uuid.uuid4())

    def snapshot() -> None:
        with holder.exports.paused(volume_id):
            holder.driver.snapshot(volume_id, snapshot_id)

    holder.inside(snapshot)
    rig.write(spec, "/dev/vdb", "late")

    def grow() -> None:
        with holder.exports.paused(volume_id):
            holder.driver.extend(volume_id, 2)

    holder.inside(grow)
    volumes.extend_volume(spec.server_id, volume_id, 2 * GIB)
    wait_for(lambda: rig.disks(spec).get("vdb"), 2048, timeout_s=60)
    (daemon,) = daemons(holder)
    os.kill(daemon, signal.SIGKILL)
    wait_for(lambda: daemons(holder), [])
    holder.inside(holder.exports.mend)
    rig.write(spec, "/dev/vdb", "new")
    for _ in range(2):
        volumes.detach_volume(spec.server_id, volume_id)
    assert "vdb" not in rig.disks(spec)
    holder.stop()
    assert begins_with(layer(holder, volume_id), "new")
    assert begins_with(first, "early")
    with pytest.raises(GuestFault):
        volumes.attach_volume(spec.server_id, disk)
    assert "vdb" not in rig.disks(spec)
    driver.delete(spec.server_id)
    assert rig.leftovers(spec) == []


def test_a_volume_of_another_host_stays_through_stop_and_start(
    rig: Rig, driver: Driver, holder: Holder
):
    volumes, spec = takes_volumes(driver), rig.spec()
    disk = disk_of(holder, holder.volume())
    driver.create(spec)
    volumes.attach_volume(spec.server_id, disk)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    wait_for(lambda: rig.disks(spec).get("vdb"), 1024, timeout_s=60)
    driver.reboot(spec.server_id, hard=True, grace_s=0)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    again = rig.restarted()
    again.recover()
    rig.write(spec, "/dev/vdb", "hello")
    wait_for(lambda: begins_with(layer(holder, disk.volume_id), "hello"), timeout_s=30)
    takes_volumes(again).detach_volume(spec.server_id, disk.volume_id)
    assert "vdb" not in rig.disks(spec)


def test_a_host_that_a_volume_is_not_for_gets_none_of_it(rig: Rig, driver: Driver, holder: Holder):
    volumes, spec, volume_id = takes_volumes(driver), rig.spec(), holder.volume()
    where = holder.serve(volume_id, client="somebody-else")
    disk = Disk(volume_id, pathlib.Path(), "raw", "/dev/vdb", remote=where)
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    with pytest.raises(GuestFault, match="does not serve it"):
        volumes.attach_volume(spec.server_id, disk)
    assert "vdb" not in rig.disks(spec)
