"""A volume service for each test that asks for one, on both kinds of database where it says so."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.support import ceph
from tests.support import object_store as object_stores
from tests.support.object_store import ObjectStore
from tests.support.volume_cloud import Cloud, running
from volume.drivers.ceph.pool import Where


@pytest.fixture
def cloud(sqlite_url: str, bus_url: str, tmp_path: pathlib.Path) -> Iterator[Cloud]:
    with running(sqlite_url, bus_url, tmp_path) as found:
        yield found


@pytest.fixture
def any_cloud(database_url: str, bus_url: str, tmp_path: pathlib.Path) -> Iterator[Cloud]:
    """Runs the test on SQLite and on PostgreSQL."""
    with running(database_url, bus_url, tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """A store that speaks S3, with a bucket."""
    with object_stores.running() as found:
        yield found


@pytest.fixture(scope="session")
def ceph_pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Where]:
    """A pool of a Ceph cluster, shared by this run's tests."""
    with ceph.running(tmp_path_factory.mktemp("ceph") / "c") as where:
        yield where
