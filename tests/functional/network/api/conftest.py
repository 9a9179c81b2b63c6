"""A network service for each test."""

from collections.abc import Iterator

import pytest

from tests.support.network_cloud import NetworkCloud


@pytest.fixture
def cloud(database_url: str, bus_url: str) -> Iterator[NetworkCloud]:
    """A running service, on each kind of database."""
    made = NetworkCloud(database_url, bus_url)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def light_cloud(sqlite_url: str, bus_url: str) -> Iterator[NetworkCloud]:
    """A running service on SQLite alone, for what has nothing to do with the database's kind."""
    made = NetworkCloud(sqlite_url, bus_url)
    made.start()
    yield made
    made.stop()
