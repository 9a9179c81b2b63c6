"""Ports on a real switch, with the network's own daemons around it."""

import json
import os
import uuid
from collections.abc import Iterator

import pytest

from common import process
from compute.drivers.base import GuestFault, Nic
from compute.drivers.ports import Links, OvsPorts, guest_end, tap_name
from tests.support import dataplane
from tests.support.waiting import wait_for

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a switch needs root")


@pytest.fixture(scope="module")
def plane() -> Iterator[dataplane.Plane]:
    # A network that no test machine routes to, unlike the default one.
    with dataplane.running("198.18.77.1/24") as made:
        yield made


@pytest.fixture
def ports(plane: dataplane.Plane) -> OvsPorts:
    programs = plane.programs.prefix
    return OvsPorts(
        database=plane.remote,
        namespace=plane.tag,
        programs=programs / "wbin" if programs else None,
    )


def nic(plane: dataplane.Plane, *, known: bool = True) -> Nic:
    """A port that the network knows, or not."""
    made = Nic(str(uuid.uuid4()), "02:00:00:00:00:11", 1442, str(uuid.uuid4()))
    if known:
        plane.nbctl(
            "ls-add", made.network_id,
            "--", "lsp-add", made.network_id, made.port_id,
            "--", "lsp-set-addresses", made.port_id, f"{made.mac} 10.0.0.9",
        )  # fmt: skip
    return made


@pytest.mark.parametrize("kind", ["veth", "tap"])
def test_a_plugged_port_is_wired_by_the_network(
    plane: dataplane.Plane, ports: OvsPorts, kind: str
) -> None:
    port = nic(plane)
    plug = ports.plug_veth if kind == "veth" else ports.plug_tap
    name = plug(port)
    assert plug(port) == name == (guest_end if kind == "veth" else tap_name)(port.port_id)
    ports.wait_wired(port.port_id, timeout_s=20)
    assert port.port_id in ports.plugged()
    ports.unplug(port.port_id)
    ports.unplug(port.port_id)
    assert port.port_id not in ports.plugged()
    assert not {tap_name(port.port_id), name} & Links(plane.tag).names()


def test_a_port_the_network_does_not_know_is_never_wired(
    plane: dataplane.Plane, ports: OvsPorts
) -> None:
    port = nic(plane, known=False)
    ports.plug_veth(port)
    with pytest.raises(GuestFault, match="was not connected to its network within 1 s"):
        ports.wait_wired(port.port_id, timeout_s=1)
    ports.unplug(port.port_id)


def test_a_pair_that_was_lost_is_made_again(plane: dataplane.Plane, ports: OvsPorts) -> None:
    port = nic(plane)
    ports.plug_veth(port)
    ports.wait_wired(port.port_id, timeout_s=20)
    Links(plane.tag).remove(port.port_id)
    ports.plug_veth(port)
    ports.wait_wired(port.port_id, timeout_s=20)
    assert guest_end(port.port_id) in Links(plane.tag).names()
    tap = tap_name(port.port_id)
    listed = process.run(["ip", "-n", plane.tag, "-j", "link", "show", tap], timeout_s=5)
    index = str(json.loads(listed)[0]["ifindex"])
    wait_for(lambda: plane.vsctl("get", "Interface", tap, "ifindex").strip(), index)
    ports.unplug(port.port_id)
