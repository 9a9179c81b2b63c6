"""The engines that the contract is put to, each with a way of plugging a guest in."""

import os
from collections.abc import Iterator

import pytest

from network.drivers.base import Engine
from network.drivers.fake import FakeEngine
from network.drivers.ovn.engine import OvnEngine
from tests.support import dataplane


class FakeSwitch:
    """The fake engine, whose ports are bound by saying so."""

    def __init__(self) -> None:
        self.engine: Engine = FakeEngine()

    def bind(self, port_id: str) -> None:
        assert isinstance(self.engine, FakeEngine)
        self.engine.bind(port_id)

    def unbind(self, port_id: str) -> None:
        assert isinstance(self.engine, FakeEngine)
        self.engine.unbind(port_id)

    def close(self) -> None:
        self.engine.close()


class OvnSwitch:
    """OVN, whose ports are bound by giving an interface of the switch their name."""

    def __init__(self, plane: dataplane.Plane) -> None:
        self._plane = plane
        self._bound: set[str] = set()
        self.engine: Engine = OvnEngine(plane.remote)

    def bind(self, port_id: str) -> None:
        name = f"t{port_id[:12]}"
        self._bound.add(name)
        kind = ["type=internal", f"external_ids:iface-id={port_id}"]
        self._plane.vsctl("add-port", "br-int", name, "--", "set", "Interface", name, *kind)

    def unbind(self, port_id: str) -> None:
        name = f"t{port_id[:12]}"
        self._bound.discard(name)
        self._plane.vsctl("--if-exists", "del-port", name)

    def close(self) -> None:
        for name in self._bound:
            self._plane.vsctl("--if-exists", "del-port", name)
        for kind, resource_id in self.engine.revisions():
            self.engine.delete(kind, resource_id)
        self.engine.close()


@pytest.fixture(scope="session")
def plane() -> Iterator[dataplane.Plane]:
    """The daemons, shared by this run's tests."""
    if os.geteuid() != 0:
        pytest.skip("the data plane needs root")
    with dataplane.running("198.51.100.1/24") as running:
        yield running


@pytest.fixture(params=["fake", "ovn"])
def switch(request: pytest.FixtureRequest) -> Iterator[FakeSwitch | OvnSwitch]:
    chosen: FakeSwitch | OvnSwitch
    if request.param == "fake":
        chosen = FakeSwitch()
    else:
        chosen = OvnSwitch(request.getfixturevalue("plane"))
    yield chosen
    chosen.close()
