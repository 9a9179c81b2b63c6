"""What every driver of volumes promises, put to each of them."""

import dataclasses
import pathlib
import subprocess
import uuid

import pytest

from tests.functional.volume.drivers.rigs import Rig
from volume.drivers.base import (
    Driver,
    Image,
    ImageRejected,
    PoolFault,
    SnapshotMissing,
    Spec,
    VolumeMissing,
)

GIB = 1 << 30
FAR = 700 << 20
"""A place well within a volume."""


def new_id() -> str:
    return str(uuid.uuid4())


def write(rig: Rig, volume_id: str, word: bytes, *, size_gib: int = 1) -> None:
    """Give a volume a content: a word at the beginning and one far behind it."""
    with rig.driver.replacing(volume_id, size_gib, rig.spec) as path, open(path, "r+b") as file:
        file.write(word)
        file.seek(FAR)
        file.write(word[::-1])


def words(driver: Driver, one_id: str, kind: str = "volume") -> tuple[bytes, bytes, int]:
    """Return what is at the beginning, what is far behind, and the size in GiB."""
    with driver.content(kind, one_id) as content, open(content.path, "rb") as file:
        first = file.read(16).rstrip(b"\0")
        file.seek(FAR)
        return first, file.read(16).rstrip(b"\0"), content.path.stat().st_size // GIB


def made(rig: Rig, word: bytes = b"one") -> str:
    """Return the id of a volume of 1 GiB with a content."""
    volume_id = new_id()
    rig.driver.create(volume_id, 1, rig.spec)
    write(rig, volume_id, word)
    return volume_id


@pytest.fixture(params=["raw", "qcow2"])
def image(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Image:
    """An image of 3 MiB that begins with a word."""
    raw = tmp_path / "image.raw"
    raw.write_bytes(b"image".ljust(3 << 20, b"\0"))
    path = tmp_path / f"image.{request.param}"
    if request.param == "qcow2":
        convert = ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", str(raw), str(path)]
        subprocess.run(convert, check=True, timeout=60)
    return Image(new_id(), "c" * 64, request.param, path)


def test_a_pool_says_what_it_has(driver):
    driver.probe()
    found = driver.figures()
    assert 0 < found.free_gib <= found.total_gib


def test_a_new_volume_is_empty_and_as_large_as_asked_for(rig, driver):
    volume_id = new_id()
    driver.create(volume_id, 2, rig.spec)
    driver.create(volume_id, 2, rig.spec)
    assert driver.volumes() == {volume_id}
    assert words(driver, volume_id) == (b"", b"", 2)


def test_a_deleted_volume_leaves_nothing_and_may_be_deleted_again(rig, driver):
    volume_id = made(rig)
    driver.delete(volume_id)
    driver.delete(volume_id)
    assert driver.volumes() == set()
    assert rig.leftovers() == set()


def test_what_was_written_comes_back(rig, driver):
    volume_id = made(rig, b"first")
    write(rig, volume_id, b"then")
    assert words(driver, volume_id) == (b"then", b"neht", 1)


def test_a_volume_is_made_by_writing_it(rig, driver):
    volume_id = new_id()
    write(rig, volume_id, b"fresh", size_gib=2)
    assert words(driver, volume_id) == (b"fresh", b"hserf", 2)


def test_what_was_not_written_to_the_end_changes_nothing(rig, driver):
    volume_id = made(rig, b"kept")
    with (
        pytest.raises(ValueError, match="enough"),
        driver.replacing(volume_id, 1, rig.spec) as path,
    ):
        path.write_bytes(b"half")
        raise ValueError("enough")
    assert words(driver, volume_id) == (b"kept", b"tpek", 1)


def test_a_volume_has_its_images_content(rig, driver, image):
    first, second = new_id(), new_id()
    driver.create_from_image(first, 1, image, rig.spec)
    driver.create_from_image(second, 2, image, rig.spec)
    assert words(driver, first) == (b"image", b"", 1)
    assert words(driver, second) == (b"image", b"", 2)


def test_a_volume_that_is_there_is_not_made_from_the_image_again(rig, driver, image):
    volume_id = made(rig, b"mine")
    driver.create_from_image(volume_id, 1, image, rig.spec)
    assert words(driver, volume_id)[0] == b"mine"


def test_an_image_that_is_larger_than_the_volume_is_refused(rig, driver, tmp_path):
    path = tmp_path / "large.raw"
    with open(path, "wb") as file:
        file.truncate(GIB + 512)
    large = Image(new_id(), "c" * 64, "raw", path)
    with pytest.raises(ImageRejected, match="a volume of 2 GiB"):
        driver.create_from_image(new_id(), 1, large, rig.spec)
    assert driver.volumes() == set()
    assert rig.leftovers() == set()


def test_an_image_that_leads_to_another_file_is_refused(rig, driver, tmp_path):
    secret, path = tmp_path / "secret", tmp_path / "image.qcow2"
    secret.write_bytes(b"secret".ljust(1 << 20, b"\0"))
    make = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(secret), "-F", "raw", str(path)]
    subprocess.run(make, check=True, timeout=60)
    with pytest.raises(ImageRejected, match="checks"):
        driver.create_from_image(new_id(), 1, Image(new_id(), "c" * 64, "qcow2", path), rig.spec)
    assert driver.volumes() == set()


def test_what_is_kept_of_an_image_goes_when_it_is_forgotten_and_volumes_stay(rig, driver, image):
    first, second = new_id(), new_id()
    driver.create_from_image(first, 1, image, rig.spec)
    kept = driver.kept_image(image.image_id, image.checksum)
    if kept is None:
        assert driver.unused_images() == set()
        return
    driver.create_from_image(second, 1, kept, rig.spec)
    driver.delete(first)
    rig.age_images()
    driver.forget_image(image.image_id)
    assert words(driver, second)[0] == b"image"
    driver.delete(second)
    rig.age_images()
    driver.forget_image(image.image_id)
    assert driver.unused_images() == set()
    assert driver.kept_image(image.image_id, image.checksum) is None


def test_what_is_kept_of_an_image_is_told_once_nobody_needs_it(rig, driver, image):
    volume_id = new_id()
    driver.create_from_image(volume_id, 1, image, rig.spec)
    if driver.kept_image(image.image_id, image.checksum) is None:
        return
    driver.delete(volume_id)
    assert driver.kept_image(image.image_id, image.checksum) is not None
    assert driver.unused_images() == set()
    rig.age_images()
    assert driver.unused_images() <= {image.image_id}


def test_a_volume_gets_an_images_content_in_place_of_its_own(rig, driver, image):
    volume_id = made(rig)
    driver.snapshot(volume_id, snapshot_id := new_id())
    driver.replace_by_image(volume_id, 1, image, rig.spec)
    driver.replace_by_image(volume_id, 1, image, rig.spec)
    assert words(driver, volume_id) == (b"image", b"", 1)
    assert words(driver, snapshot_id, "snapshot") == (b"one", b"eno", 1)


def test_a_volume_takes_over_what_another_holds_and_its_snapshots_stay(rig, driver):
    first, second, snapshot_id = made(rig, b"one"), made(rig, b"two"), new_id()
    driver.snapshot(first, snapshot_id)
    try:
        driver.take_over(first, second)
    except PoolFault as fault:
        pytest.skip(str(fault))
    driver.take_over(first, second)
    assert words(driver, first) == (b"two", b"owt", 1)
    assert words(driver, snapshot_id, "snapshot") == (b"one", b"eno", 1)
    assert driver.volumes() == {first}
    driver.delete_snapshot(snapshot_id)
    driver.delete(first)
    assert rig.leftovers() == set()


def test_a_snapshot_keeps_what_the_volume_held(rig, driver):
    volume_id, snapshot_id = made(rig), new_id()
    driver.snapshot(volume_id, snapshot_id)
    write(rig, volume_id, b"two")
    driver.snapshot(volume_id, snapshot_id)
    assert driver.snapshots() == {snapshot_id}
    assert words(driver, snapshot_id, "snapshot") == (b"one", b"eno", 1)
    assert words(driver, volume_id) == (b"two", b"owt", 1)


def test_a_deleted_snapshot_leaves_the_volume_as_it_is(rig, driver):
    volume_id, snapshot_id = made(rig), new_id()
    driver.snapshot(volume_id, snapshot_id)
    driver.delete_snapshot(snapshot_id)
    driver.delete_snapshot(snapshot_id)
    assert driver.snapshots() == set()
    assert words(driver, volume_id) == (b"one", b"eno", 1)
    driver.delete(volume_id)
    assert rig.leftovers() == set()


def test_a_volume_of_a_snapshot_outlives_it_and_what_it_was_of(rig, driver):
    volume_id, snapshot_id, copy_id = made(rig), new_id(), new_id()
    driver.snapshot(volume_id, snapshot_id)
    write(rig, volume_id, b"two")
    driver.create_from_snapshot(copy_id, 2, snapshot_id, rig.spec)
    driver.create_from_snapshot(copy_id, 2, snapshot_id, rig.spec)
    driver.delete_snapshot(snapshot_id)
    driver.delete(volume_id)
    assert driver.volumes() == {copy_id}
    assert words(driver, copy_id) == (b"one", b"eno", 2)
    driver.delete(copy_id)
    assert rig.leftovers() == set()


def test_copies_and_their_copies_are_on_their_own(rig, driver):
    first, second, third = made(rig), new_id(), new_id()
    driver.clone(second, 1, first, rig.spec)
    driver.clone(second, 1, first, rig.spec)
    driver.clone(third, 3, second, rig.spec)
    write(rig, first, b"new")
    assert words(driver, second) == (b"one", b"eno", 1)
    driver.delete(first)
    driver.delete(second)
    assert driver.volumes() == {third}
    assert words(driver, third) == (b"one", b"eno", 3)
    driver.delete(third)
    assert rig.leftovers() == set()


def test_a_volume_of_which_a_copy_was_made_goes_on_being_written(rig, driver):
    first, second, snapshot_id = made(rig), new_id(), new_id()
    driver.clone(second, 1, first, rig.spec)
    driver.snapshot(second, snapshot_id)
    driver.extend(first, 2)
    assert words(driver, first) == (b"one", b"eno", 2)
    assert words(driver, second) == (b"one", b"eno", 1)


def test_a_larger_volume_keeps_its_content_and_is_not_made_smaller(rig, driver):
    volume_id = made(rig)
    driver.extend(volume_id, 3)
    driver.extend(volume_id, 3)
    driver.extend(volume_id, 2)
    assert words(driver, volume_id) == (b"one", b"eno", 3)


def test_a_volume_goes_back_to_its_snapshot_and_keeps_its_size(rig, driver):
    volume_id, snapshot_id = made(rig), new_id()
    driver.snapshot(volume_id, snapshot_id)
    driver.extend(volume_id, 2)
    write(rig, volume_id, b"two", size_gib=2)
    driver.revert(volume_id, snapshot_id, 2)
    driver.revert(volume_id, snapshot_id, 2)
    assert words(driver, volume_id) == (b"one", b"eno", 2)
    assert driver.snapshots() == {snapshot_id}


def test_a_volume_in_use_is_snapshotted_where_the_guest_can_go_on(rig, driver):
    volume_id, snapshot_id = made(rig), new_id()
    if rig.live == "nowhere":
        with pytest.raises(PoolFault, match="detached"):
            driver.prepare_live(volume_id, snapshot_id)
        return
    path = driver.prepare_live(volume_id, snapshot_id)
    assert driver.prepare_live(volume_id, snapshot_id) == path
    assert (path is not None) is (rig.live == "elsewhere")
    driver.finish_live(volume_id, snapshot_id)
    driver.finish_live(volume_id, snapshot_id)
    write(rig, volume_id, b"two")
    assert words(driver, snapshot_id, "snapshot") == (b"one", b"eno", 1)


def test_a_snapshot_that_the_guest_did_not_take_part_in_is_gone(rig, driver):
    volume_id, snapshot_id = made(rig), new_id()
    if rig.live != "nowhere":
        driver.prepare_live(volume_id, snapshot_id)
    driver.cancel_live(snapshot_id)
    driver.cancel_live(snapshot_id)
    assert driver.snapshots() == set()
    assert words(driver, volume_id) == (b"one", b"eno", 1)


@pytest.mark.parametrize("form", ["raw", "qcow2", "vmdk", "vhd"])
def test_a_volume_becomes_a_file_in_the_format_asked_for(rig, driver, tmp_path, form):
    volume_id, target = made(rig), tmp_path / "exported"
    driver.export(volume_id, target, form)
    known = {"vhd": "vpc"}.get(form, form)
    again = tmp_path / "again.raw"
    convert = ["qemu-img", "convert", "-f", known, "-O", "raw", str(target), str(again)]
    subprocess.run(convert, check=True, timeout=60)
    with open(again, "rb") as file:
        assert file.read(3) == b"one"
        file.seek(FAR)
        assert file.read(3) == b"eno"


def test_what_is_kept_another_way_has_the_same_content(rig, driver):
    volume_id = made(rig)
    for form in ("raw", "qcow2"):
        driver.convert(volume_id, Spec(format=form))
        driver.convert(volume_id, Spec(format=form))
        assert words(driver, volume_id) == (b"one", b"eno", 1)


def test_a_volume_that_was_given_up_waits_and_becomes_another(rig, driver):
    volume_id, other_id = made(rig), new_id()
    driver.extend(volume_id, 2)
    name = f"volume-{volume_id}"
    driver.unmanage(volume_id, name)
    driver.unmanage(volume_id, name)
    assert driver.volumes() == set()
    assert driver.importable() == [(name, 2)]
    size, form = driver.manage(other_id, name)
    assert driver.manage(other_id, name) == (size, form)
    assert size == 2
    assert (driver.importable(), driver.volumes()) == ([], {other_id})
    assert words(driver, other_id) == (b"one", b"eno", 2)
    driver.delete(other_id)
    assert rig.leftovers() == set()


def test_what_does_not_wait_is_not_taken_over(rig, driver):
    volume_id = made(rig)
    for name in ("nothing", f"volume-{volume_id}", "../volumes", ""):
        with pytest.raises(PoolFault):
            driver.manage(new_id(), name)
    assert driver.volumes() == {volume_id}


def test_a_snapshot_that_was_given_up_is_taken_up_again(rig, driver):
    volume_id, snapshot_id, other_id = made(rig), new_id(), new_id()
    name = f"_snapshot-{snapshot_id}"
    driver.snapshot(volume_id, snapshot_id)
    driver.unmanage_snapshot(volume_id, snapshot_id, name)
    driver.unmanage_snapshot(volume_id, snapshot_id, name)
    assert driver.snapshots() == set()
    write(rig, volume_id, b"two")
    driver.manage_snapshot(volume_id, other_id, name)
    driver.manage_snapshot(volume_id, other_id, name)
    assert driver.snapshots() == {other_id}
    assert words(driver, other_id, "snapshot") == (b"one", b"eno", 1)
    with pytest.raises(SnapshotMissing):
        driver.manage_snapshot(volume_id, new_id(), name)


def test_what_is_not_there_is_said_by_its_id(rig, driver, image, tmp_path):
    missing, there = new_id(), made(rig)
    asked = [
        lambda: driver.extend(missing, 2),
        lambda: driver.clone(new_id(), 1, missing, rig.spec),
        lambda: driver.convert(missing, rig.spec),
        lambda: driver.replace_by_image(missing, 1, image, rig.spec),
        lambda: driver.snapshot(missing, new_id()),
        lambda: driver.export(missing, tmp_path / "none", "raw"),
        lambda: words(driver, missing),
    ]
    for ask in asked:
        with pytest.raises(VolumeMissing, match=missing):
            ask()
    lost = [
        lambda: driver.create_from_snapshot(new_id(), 1, missing, rig.spec),
        lambda: driver.revert(there, missing, 1),
        lambda: words(driver, missing, "snapshot"),
    ]
    for ask in lost:
        with pytest.raises(SnapshotMissing, match=missing):
            ask()
    assert driver.volumes() == {there}


def test_a_volume_is_encrypted_or_refused(rig, driver):
    volume_id = new_id()
    sealed = dataclasses.replace(rig.spec, format="qcow2", key_id=new_id())
    if rig.encrypts:
        driver.create(volume_id, 1, sealed)
        with driver.content("volume", volume_id) as content:
            assert content.encrypted
        driver.delete(volume_id)
        assert rig.leftovers() == set()
        return
    with pytest.raises(PoolFault, match="does not encrypt"):
        driver.create(volume_id, 1, sealed)
    assert driver.volumes() == set()


def test_another_process_finds_all_and_clears_away_what_was_left_half_way(rig, driver):
    volume_id, snapshot_id, half_id = made(rig), new_id(), new_id()
    driver.snapshot(volume_id, snapshot_id)
    left = driver.replacing(half_id, 1, rig.spec)
    left.__enter__().write_bytes(b"half")
    again = rig.restarted()
    again.recover()
    assert (again.volumes(), again.snapshots()) == ({volume_id}, {snapshot_id})
    assert words(again, snapshot_id, "snapshot") == (b"one", b"eno", 1)
    again.delete_snapshot(snapshot_id)
    again.delete(volume_id)
    assert rig.leftovers() == set()
