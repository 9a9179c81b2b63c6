"""The wire into a cloud's namespace, laid on a host that is a namespace itself."""

import os
import uuid
from collections.abc import Iterator

import pytest

from common import process
from common.namespaces import inside
from devstack import plumbing
from tests.support import dataplane

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="making namespaces needs root")

GATEWAY = "203.0.113.1/24"


class Machines:
    """A host, a cloud on it, and an outside world that knows the host only."""

    def __init__(self) -> None:
        name = uuid.uuid4().hex[:6]
        self.cloud, self.host, self.world = f"cu{name}", f"h{name}", f"w{name}"

    def build(self) -> None:
        for name in (self.host, self.world):
            process.run(["ip", "netns", "add", name], timeout_s=10)
        self.ip(self.host, f"link add up0 type veth peer name eth0 netns {self.world}")
        for name, device, address in (
            (self.host, "up0", "192.0.2.1/24"),
            (self.world, "eth0", "192.0.2.9/24"),
        ):
            self.ip(name, f"address add {address} dev {device}")
            self.ip(name, f"link set {device} up")

    def ip(self, namespace: str, words: str) -> str:
        return process.run(["ip", *words.split()], timeout_s=10, network_namespace=namespace)

    def remove(self) -> None:
        for name in (self.cloud, self.host, self.world):
            process.run(["ip", "netns", "delete", name], timeout_s=10, check=False)


@pytest.fixture
def machines() -> Iterator[Machines]:
    built = Machines()
    try:
        built.build()
        yield built
    finally:
        built.remove()


def test_laying_twice_is_laying_once_and_what_is_removed_is_gone(machines):
    assert inside(machines.host, lambda: plumbing.lay(machines.cloud, GATEWAY))
    assert not inside(machines.host, lambda: plumbing.lay(machines.cloud, GATEWAY))
    device = plumbing.wire(machines.cloud)[0]
    assert device in machines.ip(machines.host, "route show 203.0.113.0/24")
    inside(machines.host, lambda: process.run(["ip", "link", "delete", device], timeout_s=10))
    inside(machines.host, lambda: plumbing.remove(machines.cloud))
    assert not (plumbing.NAMESPACES / machines.cloud).exists()
    assert machines.ip(machines.host, "route show 203.0.113.0/24") == ""


def test_a_shared_uplink_lets_the_public_range_out_under_the_hosts_address(machines):
    inside(machines.host, lambda: plumbing.lay(machines.cloud, GATEWAY))
    server = dataplane.serve(machines.world, 80, "world")
    assert dataplane.call(machines.cloud, "192.0.2.9", 80, timeout_s=0.3) == ""
    inside(machines.host, lambda: plumbing.share_uplink(machines.cloud, GATEWAY))
    inside(machines.host, lambda: plumbing.share_uplink(machines.cloud, GATEWAY))
    told = inside(machines.cloud, lambda: from_gateway("192.0.2.9"))
    server.close()
    assert told == "world saw 192.0.2.1"


@pytest.mark.parametrize("uplink", [False, True])
def test_the_host_reaches_guests_and_no_guest_reaches_what_the_host_serves(machines, uplink):
    """The world stands in for a guest: it gets the switch's end of the gateway's pair."""
    inside(machines.host, lambda: plumbing.lay(machines.cloud, GATEWAY))
    guest, port = machines.world, plumbing.GATEWAY_PORT
    machines.ip(machines.cloud, f"link set {port} netns {guest}")
    machines.ip(guest, "link set eth0 down")
    machines.ip(guest, f"address add 203.0.113.50/24 dev {port}")
    machines.ip(guest, f"link set {port} up")
    machines.ip(guest, "route replace default via 203.0.113.1")
    _, on_wire, inner = plumbing.wire(machines.cloud)
    served = [dataplane.serve(name, 80, name) for name in (machines.host, machines.cloud, guest)]
    assert dataplane.call(guest, on_wire, 80).startswith(machines.host)
    inside(machines.host, lambda: plumbing.guard(machines.cloud, uplink=uplink))
    if uplink:
        inside(machines.host, lambda: plumbing.share_uplink(machines.cloud, GATEWAY))
    for address in (on_wire, inner, "203.0.113.1", "192.0.2.1"):
        assert dataplane.call(guest, address, 80, timeout_s=0.3) == "", address
    assert dataplane.call(machines.host, "203.0.113.50", 80).startswith(guest)
    ping = ["ping", "-c", "1", "-W", "2", "203.0.113.1"]
    process.run(ping, timeout_s=10, network_namespace=guest)
    for server in served:
        server.close()


def from_gateway(address: str) -> str:
    return dataplane.greeting(address, 80, source="203.0.113.1")
