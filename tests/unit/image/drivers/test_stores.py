"""What every store promises."""

import os

import pytest

from image.drivers.base import DataForgotten, Store
from image.drivers.fake import FakeStore
from image.drivers.file import FileStore

ID = "11111111-2222-3333-4444-555555555555"


@pytest.fixture(params=["fake", "file"])
def store(request, tmp_path) -> Store:
    return FakeStore() if request.param == "fake" else FileStore(tmp_path / "images")


def kept(store: Store, data: bytes = b"data") -> None:
    incoming = store.begin(ID)
    incoming.write(data)
    incoming.keep()


def test_what_was_kept_is_read_from_any_place(store: Store):
    kept(store, b"0123456789")
    with store.open(ID) as source:
        source.seek(4)
        assert source.read(3) == b"456"


def test_nothing_is_readable_before_it_is_whole(store: Store):
    incoming = store.begin(ID)
    incoming.write(b"half")
    with pytest.raises(FileNotFoundError):
        store.open(ID)
    incoming.abandon()
    incoming.abandon()
    with pytest.raises(FileNotFoundError):
        store.open(ID)


def test_abandoning_after_keeping_changes_nothing(store: Store):
    incoming = store.begin(ID)
    incoming.write(b"data")
    incoming.keep()
    incoming.abandon()
    assert store.open(ID).read() == b"data"


def test_deleting_forgets_whole_and_half_data_and_may_be_repeated(store: Store):
    kept(store)
    store.delete(ID)
    store.delete(ID)
    with pytest.raises(FileNotFoundError):
        store.open(ID)
    incoming = store.begin(ID)
    incoming.write(b"half")
    store.delete(ID)
    with pytest.raises(DataForgotten):
        incoming.keep()
    with pytest.raises(FileNotFoundError):
        store.open(ID)


def test_free_is_a_number_of_bytes(store: Store):
    assert store.free() > 0


def test_files_of_the_store_are_its_owners_alone(tmp_path):
    store = FileStore(tmp_path / "images")
    kept(store)
    assert (tmp_path / "images" / ID).stat().st_mode & 0o077 == 0
    assert os.listdir(tmp_path / "images" / "incoming") == []
