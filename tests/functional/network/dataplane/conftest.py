"""Real daemons and guests, once for each module of tests."""

import os
import socket
from collections.abc import Iterator

import pytest

from common import process
from tests.support import dataplane
from tests.support.switched import Cloud


@pytest.fixture(scope="module")
def plane() -> Iterator[dataplane.Plane]:
    if os.geteuid() != 0:
        pytest.skip("the data plane needs root")
    with dataplane.running() as running:
        yield running


@pytest.fixture(scope="module")
def cloud(plane: dataplane.Plane) -> Iterator[Cloud]:
    built = Cloud(plane)
    yield built
    built.engine.close()


@pytest.fixture(scope="module")
def outside(plane: dataplane.Plane) -> Iterator[str]:
    """The namespace at the public gateway, where a server greets on port 80.

    The gateway stands in for the world outside, so what keeps guests from the gateway is lifted.
    """
    lift = ["nft", "delete", "table", "inet", "guard"]
    process.run(lift, timeout_s=10, network_namespace=plane.tag)
    server = dataplane.serve(plane.tag, 80, "outside")
    yield plane.tag
    server.shutdown(socket.SHUT_RDWR)
    server.close()
