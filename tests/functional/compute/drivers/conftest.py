"""The fixture that runs a test once for each driver."""

from collections.abc import Iterator

import pytest

from compute.drivers import base
from tests.functional.compute.drivers.rigs import RIGS, Rig


@pytest.fixture(params=sorted(RIGS))
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """One driver with its host; everything on it is gone afterwards."""
    with RIGS[request.param]() as made:
        yield made


@pytest.fixture
def driver(rig: Rig) -> base.Driver:
    return rig.driver
