"""Guests' volumes that are images of a Ceph pool."""

import dataclasses
import pathlib
import uuid
from collections.abc import Iterator

import pytest

from common import rbd
from compute.drivers.base import Disk, Driver, GuestFault
from compute.drivers.fake import FakeDriver
from tests.functional.compute.drivers.rigs import Rig
from tests.functional.compute.drivers.test_contract import takes_volumes
from tests.support import ceph
from tests.support.waiting import wait_for
from volume.drivers.ceph.images import Images
from volume.drivers.ceph.pool import Pool, Where

GIB = 1 << 30


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Where]:
    if not next(pathlib.Path("/usr/lib").glob("*/qemu/block-rbd.so"), None):
        pytest.skip("QEMU cannot use Ceph, since the package qemu-block-extra is missing")
    with ceph.running(tmp_path_factory.mktemp("ceph") / "c") as found:
        yield found


@pytest.fixture
def images(where: Where) -> Iterator[Images]:
    pool = Pool(where)
    yield Images(pool)
    pool.close()


@pytest.fixture
def disk(rig: Rig, where: Where, images: Images) -> Disk:
    if isinstance(rig.driver, FakeDriver):
        pytest.skip("guests in memory reach nothing")
    name = f"volume-{uuid.uuid4()}"
    images.create(name, GIB)
    image = rbd.Image(where.pool, name, where.user, str(where.conf))
    return Disk(name.removeprefix("volume-"), pathlib.Path(), "raw", "/dev/vdb", remote=image)


def named(disk: Disk) -> str:
    assert isinstance(disk.remote, rbd.Image)
    return disk.remote.image


def holds(images: Images, name: str, word: str, directory: pathlib.Path) -> bool:
    images.read(name, directory / "read")
    with open(directory / "read", "rb") as file:
        return file.read(len(word)) == word.encode()


def started(rig: Rig, driver: Driver):
    spec = rig.spec()
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    return spec


def test_an_image_is_written_to_snapshotted_grows_and_goes(
    rig: Rig, driver: Driver, disk: Disk, images: Images, tmp_path: pathlib.Path
):
    volumes, spec, name = takes_volumes(driver), started(rig, driver), named(disk)
    for _ in range(2):
        volumes.attach_volume(spec.server_id, disk)
    wait_for(lambda: rig.disks(spec).get("vdb"), 1024, timeout_s=60)
    rig.write(spec, "/dev/vdb", "early")
    images.snap(name, "first")
    rig.write(spec, "/dev/vdb", "late")
    images.grow(name, 2 * GIB)
    volumes.extend_volume(spec.server_id, disk.volume_id, 2 * GIB)
    wait_for(lambda: rig.disks(spec).get("vdb"), 2048, timeout_s=60)
    for _ in range(2):
        volumes.detach_volume(spec.server_id, disk.volume_id)
    assert "vdb" not in rig.disks(spec)
    assert holds(images, name, "late", tmp_path)
    images.rollback(name, "first")
    assert holds(images, name, "early", tmp_path)
    images.unsnap(name, "first")
    images.remove(name)
    driver.delete(spec.server_id)
    assert rig.leftovers(spec) == []


def test_an_image_stays_through_stop_and_start(
    rig: Rig, driver: Driver, disk: Disk, images: Images, tmp_path: pathlib.Path
):
    volumes, spec = takes_volumes(driver), rig.spec()
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
    takes_volumes(again).detach_volume(spec.server_id, disk.volume_id)
    assert holds(images, named(disk), "hello", tmp_path)


def test_who_has_no_key_gets_nothing_and_hears_what_it_takes(rig: Rig, driver: Driver, disk: Disk):
    volumes, spec = takes_volumes(driver), started(rig, driver)
    assert isinstance(disk.remote, rbd.Image)
    stranger = dataclasses.replace(disk.remote, user="stranger")
    with pytest.raises(GuestFault, match=r"key of client\.stranger"):
        volumes.attach_volume(spec.server_id, dataclasses.replace(disk, remote=stranger))
    assert "vdb" not in rig.disks(spec)
