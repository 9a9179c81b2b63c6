"""What every place of backups promises, and backups by way of an object store."""

import dataclasses
import logging
import os
import pathlib
import uuid

import pytest

from tests.functional.volume.test_backups import back_up, holds, restore, shown, write
from tests.support.volume_cloud import Cloud
from tests.support.waiting import wait_for
from volume.drivers.backups import BackupStore
from volume.drivers.base import PoolFault
from volume.drivers.keys import Keys
from volume.drivers.places import BackupDamaged, Directory, Place
from volume.drivers.s3 import Bucket

PIECE = 5 << 20


class Stopped(Exception):
    """What a test stops a write with."""


@pytest.fixture(params=["directory", "s3"])
def place(request, tmp_path):
    """One place of each kind, empty for those who look at their own names only."""
    made: Place = Directory(tmp_path / "backups")
    if request.param == "s3":
        made = Bucket(request.getfixturevalue("object_store").store, piece=PIECE)
    made.clean()
    return made


@pytest.fixture
def store(place, tmp_path):
    return BackupStore(place, Keys(tmp_path / "keys"))


def volume(path: pathlib.Path, *chunks: bytes, size: int = 64 << 20) -> pathlib.Path:
    """A sparse file whose first chunks are these."""
    with open(path, "wb") as file:
        file.write(b"".join(chunk.ljust(1 << 20, b"\0") for chunk in chunks))
        file.truncate(size)
    return path


def empty(path: pathlib.Path, size: int = 64 << 20) -> pathlib.Path:
    return volume(path, size=size)


def nothing() -> None:
    """Nobody wants the write to end early."""


def test_what_was_kept_comes_back(store, tmp_path):
    noise = [os.urandom(1 << 20) for _ in range(11)]
    source = volume(tmp_path / "one", *noise[:6], b"", *noise[6:], size=40 << 20)
    data_id = str(uuid.uuid4())
    kept = store.write(data_id, source, "", go_on=nothing)
    assert (kept.chunks, kept.size) == (11, 40 << 20)
    assert store.write(data_id, empty(tmp_path / "other"), "", go_on=nothing) == kept
    target = empty(tmp_path / "back", store.size(data_id))
    store.read(data_id, target, go_on=nothing)
    assert target.read_bytes() == source.read_bytes()


def test_a_chain_keeps_each_chunk_once_and_every_link_comes_back(store, tmp_path):
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    same, old, new = (os.urandom(1 << 20) for _ in range(3))
    store.write(first, volume(tmp_path / "one", same, old), "", go_on=nothing)
    late = volume(tmp_path / "two", same, new, same)
    assert store.write(second, late, first, go_on=nothing).chunks == 1
    target = empty(tmp_path / "back")
    store.read(second, target, go_on=nothing)
    assert target.read_bytes() == late.read_bytes()


def test_sealed_data_are_read_by_who_has_the_key_alone(store, place, tmp_path):
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    source = volume(tmp_path / "one", b"plain words" * 999)
    store.write(first, source, "", go_on=nothing, sealed=True)
    later = volume(tmp_path / "two", b"plain words" * 999, b"more words" * 999)
    assert store.write(second, later, first, go_on=nothing, sealed=True).chunks == 1
    with place.reading(first) as read:
        assert b"words" not in read(0, 1 << 20)
    target = empty(tmp_path / "back")
    store.read(second, target, go_on=nothing)
    assert target.read_bytes() == later.read_bytes()
    blind = BackupStore(place, Keys(tmp_path / "other keys"))
    with pytest.raises(PoolFault, match="key"):
        blind.read(first, target, go_on=nothing)
    store.delete(second)
    assert len(list((tmp_path / "keys").iterdir())) == 1
    store.delete(first)
    assert list((tmp_path / "keys").iterdir()) == []


def test_what_is_sealed_shares_nothing_with_what_is_not(store, tmp_path):
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    source = volume(tmp_path / "one", b"words" * 999)
    store.write(first, source, "", go_on=nothing)
    assert store.write(second, source, first, go_on=nothing, sealed=True).chunks == 1


def test_what_was_cut_off_is_not_there_and_the_next_try_is_whole(store, place, tmp_path):
    data_id = str(uuid.uuid4())
    source = volume(tmp_path / "one", *(os.urandom(1 << 20) for _ in range(12)))
    calls = iter(range(8))

    def stop():
        if next(calls, None) is None:
            raise Stopped

    with pytest.raises(Stopped):
        store.write(data_id, source, "", go_on=stop)
    assert not place.has(data_id)
    assert store.write(data_id, source, "", go_on=nothing).chunks == 12
    store.delete(data_id)
    store.delete(data_id)
    assert not place.has(data_id)
    with pytest.raises(BackupDamaged):
        store.read(data_id, empty(tmp_path / "back"), go_on=nothing)


def test_an_object_that_was_lost_is_noticed(object_store, tmp_path):
    place = Bucket(object_store.store, piece=PIECE)
    store, data_id = BackupStore(place, Keys(tmp_path / "keys")), str(uuid.uuid4())
    source = volume(tmp_path / "one", *(os.urandom(1 << 20) for _ in range(12)))
    store.write(data_id, source, "", go_on=nothing)
    names = sorted(one for one in object_store.names() if one.startswith(data_id))
    assert len(names) == 4
    object_store.client.remove_object("backups", names[1])
    with pytest.raises(BackupDamaged):
        store.read(data_id, empty(tmp_path / "back"), go_on=nothing)
    store.delete(data_id)
    assert not [one for one in object_store.names() if one.startswith(data_id)]


def test_a_store_that_does_not_answer_says_so_and_names_no_secret(object_store, caplog):
    caplog.set_level(logging.DEBUG)
    lost = dataclasses.replace(object_store.store, endpoint="http://127.0.0.1:9")
    gone = dataclasses.replace(object_store.store, bucket="nowhere")
    Bucket(lost).clean()
    with pytest.raises(PoolFault, match="object store"):
        Bucket(lost).has(str(uuid.uuid4()))
    with pytest.raises(PoolFault):
        Bucket(gone).keep(str(uuid.uuid4()), iter([b"x"]), lambda: b"{}")
    with pytest.raises(PoolFault, match="backup_s3_endpoint"):
        Bucket(dataclasses.replace(object_store.store, endpoint=""))
    assert object_store.store.secret_key not in caplog.text + repr(object_store.store)


@pytest.fixture
def cloud_with_s3(sqlite_url, bus_url, tmp_path, object_store):
    cloud = Cloud(sqlite_url, bus_url, tmp_path)
    known = object_store.store
    cloud.conf.set_override("backup_driver", "s3", "volume")
    cloud.conf.set_override("backup_s3_endpoint", known.endpoint, "volume")
    cloud.conf.set_override("backup_s3_bucket", known.bucket, "volume")
    secrets = tmp_path / "secrets"
    secrets.mkdir(exist_ok=True)
    for name, value in (("access", known.access_key), ("secret", known.secret_key)):
        path = secrets / f"backup-s3-{name}-key"
        path.write_text(value + "\n")
        path.chmod(0o600)
    try:
        cloud.start()
        yield cloud
    finally:
        cloud.stop()


def test_a_backup_comes_back_from_an_object_store(cloud_with_s3, object_store):
    cloud = cloud_with_s3
    before = object_store.names()
    volume_id = cloud.volume()
    write(cloud, volume_id, 5)
    backup_id = back_up(cloud, volume_id)
    assert len(object_store.names() - before) == 2
    again = restore(cloud, backup_id)
    assert holds(cloud, again, 5)
    assert cloud.call("DELETE", f"/backups/{backup_id}").status_code == 202
    wait_for(lambda: shown(cloud, backup_id)["status"], "deleted")
    assert object_store.names() == before


def test_keys_of_a_store_that_others_can_read_are_refused(cloud_with_s3, tmp_path):
    cloud_with_s3.stop_worker()
    (tmp_path / "secrets/backup-s3-secret-key").chmod(0o644)
    with pytest.raises(PoolFault, match="0600"):
        cloud_with_s3.start_worker()
