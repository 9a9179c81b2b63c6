"""The fixture that runs a test once for each driver."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.functional.volume.drivers.rigs import RIGS, Rig
from volume.drivers.base import Driver


@pytest.fixture(params=sorted(RIGS))
def rig(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[Rig]:
    """One driver with a pool of its own."""
    more = [request.getfixturevalue("ceph_pool")] if request.param == "rbd" else []
    with RIGS[request.param](tmp_path / "host", *more) as made:
        yield made


@pytest.fixture
def driver(rig: Rig) -> Driver:
    return rig.driver
