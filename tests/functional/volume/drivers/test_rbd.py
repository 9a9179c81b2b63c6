"""What is peculiar to volumes in a Ceph pool."""

import pathlib
import uuid
from collections.abc import Iterator

import pytest

from tests.functional.volume.drivers.rigs import RbdRig
from tests.functional.volume.drivers.test_contract import made, new_id, words, write
from volume.drivers.base import Image, PoolFault
from volume.drivers.ceph.driver import RbdDriver
from volume.drivers.ceph.images import Images
from volume.drivers.ceph.pool import Pool, Where


@pytest.fixture
def rig(ceph_pool: Where, tmp_path: pathlib.Path) -> Iterator[RbdRig]:
    found = RbdRig(tmp_path / "host", ceph_pool)
    try:
        yield found
    finally:
        found.close()


@pytest.fixture
def images(ceph_pool: Where) -> Iterator[Images]:
    pool = Pool(ceph_pool)
    yield Images(pool)
    pool.close()


def cut_off(monkeypatch, name):
    """Let a step of what is done with images end its process."""

    def end(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Images, name, end)


@pytest.mark.parametrize("step", ["clone", "grow", "unsnap"])
def test_a_copy_that_was_cut_off_leaves_nothing_and_can_be_made_again(
    rig, images, monkeypatch, step
):
    source, copy = made(rig), new_id()
    with monkeypatch.context() as patch:
        cut_off(patch, step)
        with pytest.raises(KeyboardInterrupt):
            rig.driver.clone(copy, 2, source, rig.spec)
    again = rig.restarted()
    again.recover()
    write(rig, source, b"two")
    again.clone(copy, 2, source, rig.spec)
    assert words(again, copy)[2] == 2
    assert not images.has_snap(f"volume-{source}", f"copy-{copy}")
    for one in (copy, source):
        again.delete(one)
    assert rig.leftovers() == set()


@pytest.mark.parametrize("step", ["write", "snap", "rename"])
def test_what_is_half_made_of_an_image_is_no_volumes_and_goes(rig, tmp_path, monkeypatch, step):
    path = tmp_path / "image.raw"
    path.write_bytes(b"image".ljust(1 << 20, b"\0"))
    image = Image(new_id(), "c" * 64, "raw", path)
    with monkeypatch.context() as patch:
        cut_off(patch, step)
        with pytest.raises(KeyboardInterrupt):
            rig.driver.create_from_image(new_id(), 1, image, rig.spec)
    assert rig.driver.kept_image(image.image_id, image.checksum) is None
    again = rig.restarted()
    again.recover()
    assert rig.leftovers() == set()
    volume_id = new_id()
    again.create_from_image(volume_id, 1, image, rig.spec)
    assert words(again, volume_id)[0] == b"image"


def test_what_another_host_is_making_is_left_to_it(rig, images):
    images.create(f"part-two-{uuid.uuid4()}", 1 << 20)
    rig.driver.recover()
    assert len(rig.leftovers()) == 1


def test_an_image_that_an_operator_made_waits_and_is_taken_over_rounded_up(rig, images):
    images.create("theirs", (1 << 30) + 512)
    volume_id = made(rig)
    assert rig.driver.importable() == [("theirs", 2)]
    taken = new_id()
    assert rig.driver.manage(taken, "theirs") == (2, "raw")
    assert images.size(f"volume-{taken}") == 2 << 30
    assert rig.driver.volumes() == {volume_id, taken}


def test_a_snapshot_that_an_operator_made_is_taken_over_by_its_name(rig, images):
    volume_id, snapshot_id = made(rig), new_id()
    images.snap(f"volume-{volume_id}", "theirs")
    rig.driver.manage_snapshot(volume_id, snapshot_id, "theirs")
    assert words(rig.driver, snapshot_id, "snapshot")[0] == b"one"


def test_a_volume_that_something_has_open_is_not_removed(rig, images):
    volume_id = made(rig)
    opened = images.opened(f"volume-{volume_id}", writable=True)
    with opened, pytest.raises(PoolFault, match="still open"):
        rig.driver.delete(volume_id)
    rig.driver.delete(volume_id)
    assert rig.driver.volumes() == set()


def test_a_volume_that_went_keeps_a_snapshot_that_was_given_up(rig, images):
    volume_id, snapshot_id = made(rig), new_id()
    rig.driver.snapshot(volume_id, snapshot_id)
    rig.driver.unmanage_snapshot(volume_id, snapshot_id, "kept")
    rig.driver.delete(volume_id)
    assert rig.driver.volumes() == set()
    (aside,) = images.names()
    assert images.has_snap(aside, "kept")
    images.unsnap(aside, "kept")
    rig.driver.recover()
    assert images.names() == set()


def test_hosts_are_told_of_the_monitors(rig, ceph_pool):
    assert isinstance(rig.driver, RbdDriver)
    told = rig.driver.facts()["rbd"]
    assert isinstance(told, dict)
    assert told["hosts"] == ["127.0.0.1"]
    assert f"127.0.0.1:{told['ports'][0]}" in ceph_pool.conf.read_text()
