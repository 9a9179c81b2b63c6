"""An identity service on each kind of database."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.support import identity_cloud
from tests.support.identity_cloud import Cloud


@pytest.fixture
def cloud(database_url: str, tmp_path: pathlib.Path) -> Iterator[Cloud]:
    """A bootstrapped identity service."""
    made = identity_cloud.build(database_url, tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def admin(cloud: Cloud) -> dict[str, str]:
    """Headers of the administrator."""
    return cloud.login()
