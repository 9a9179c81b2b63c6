"""Packets between guests, through the real daemons: what the engine writes is what happens."""

import dataclasses
import os
import socket
import uuid
from collections.abc import Iterator

import pytest

from common import process
from devstack import plumbing
from network.drivers.base import (
    FloatingIpSpec,
    NetworkSpec,
    PortSpec,
    RouterPortSpec,
    RouterSpec,
    RuleSpec,
    SecurityGroupSpec,
    SubnetSpec,
)
from network.drivers.ovn.engine import OvnEngine
from tests.support import dataplane
from tests.support.waiting import wait_for

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the data plane needs root")

OUTSIDE = "203.0.113.1"


def new_id() -> str:
    return str(uuid.uuid4())


class Tenant:
    """One project's network 10.0.0.0/24, its router, its group, and its guests."""

    def __init__(self, cloud: "Cloud", letter: str, place: int) -> None:
        self.cloud, self.letter, self.place = cloud, letter, place
        self.network_id, self.subnet_id, self.group_id = new_id(), new_id(), new_id()
        self.gateway_address = f"203.0.113.{10 + place}"
        self.floating_address = f"203.0.113.{100 + place}"
        self.guests: dict[str, dataplane.Guest] = {}
        self.specs: dict[str, PortSpec] = {}
        self.router = RouterSpec(
            router_id=new_id(),
            revision=1,
            name=letter,
            ports=(self._leg(self.network_id, "f0", "10.0.0.1/24", 1442),),
            gateway=self._leg(cloud.outside_id, "f1", f"{self.gateway_address}/24", 1500),
            next_hops=(OUTSIDE,),
            snat=(("10.0.0.0/24", self.gateway_address),),
        )

    def _mac(self, last: str) -> str:
        return f"fa:16:3e:0{self.place}:00:{last}"

    def _leg(self, network_id: str, last: str, address: str, mtu: int) -> RouterPortSpec:
        return RouterPortSpec(new_id(), network_id, self._mac(last), (address,), mtu)

    def rules(self) -> tuple[RuleSpec, ...]:
        ssh = RuleSpec(new_id(), "ingress", "IPv4", "tcp", 22, 22, remote_cidr="0.0.0.0/0")
        own = RuleSpec(
            new_id(), "ingress", "IPv4", "tcp", 7000, 7000, remote_group_id=self.group_id
        )
        ping = RuleSpec(new_id(), "ingress", "IPv4", "icmp", remote_group_id=self.group_id)
        return (RuleSpec(new_id(), "egress", "IPv4"), ssh, own, ping)

    def build(self) -> None:
        engine = self.cloud.engine
        engine.ensure_network(NetworkSpec(self.network_id, 1, self.letter, 1442))
        engine.ensure_subnet(
            SubnetSpec(
                subnet_id=self.subnet_id,
                network_id=self.network_id,
                revision=1,
                cidr="10.0.0.0/24",
                gateway="10.0.0.1",
                enable_dhcp=True,
                mtu=1442,
                metadata_address="10.0.0.2",
            )
        )
        self.group = SecurityGroupSpec(self.group_id, 1, rules=self.rules())
        engine.ensure_security_group(self.group)
        engine.ensure_port(self._port("10.0.0.2", "02", distributed=True))
        engine.ensure_router(self.router)

    def _port(self, address: str, last: str, *, distributed: bool = False) -> PortSpec:
        owner = "network:distributed" if distributed else "compute:nova"
        return PortSpec(
            port_id=new_id(),
            network_id=self.network_id,
            revision=1,
            name=f"{self.letter}{last}",
            mac=self._mac(last),
            project_id=f"project-{self.letter}",
            device_id=f"server-{self.letter}{last}",
            device_owner=owner,
            distributed=distributed,
            fixed_ips=((self.subnet_id, address, 24),),
            security_group_ids=() if distributed else (self.group_id,),
        )

    def add(self, number: int) -> None:
        spec = self._port(f"10.0.0.{10 + number}", f"1{number}")
        name = f"{self.letter}{number}"
        self.specs[name] = spec
        self.cloud.engine.ensure_port(spec)
        self.guests[name] = self.cloud.plane.guest(spec.port_id, spec.mac)

    def float(self, name: str) -> None:
        spec = self.specs[name]
        address = FloatingIpSpec(
            new_id(), self.floating_address, spec.fixed_ips[0][1], spec.port_id, spec.mac
        )
        whole = dataclasses.replace(self.router, revision=2, floating_ips=(address,))
        self.cloud.engine.ensure_router(whole)


class Cloud:
    """Two tenants with the same addresses; a1, a2 and b1 are guests, a1 and b1 float."""

    def __init__(self, plane: dataplane.Plane) -> None:
        self.plane = plane
        self.engine = OvnEngine(plane.remote)
        self.outside_id = new_id()
        outside = NetworkSpec(self.outside_id, 1, "public", 1500, physical_network="physnet1")
        self.engine.ensure_network(outside)
        self.a, self.b = Tenant(self, "a", 1), Tenant(self, "b", 2)
        for tenant in (self.a, self.b):
            tenant.build()
        self.a.add(1)
        self.a.add(2)
        self.b.add(1)
        self.a.float("a1")
        self.b.float("b1")
        self.guests = {**self.a.guests, **self.b.guests}
        wait_for(lambda: all(self.engine.ports_up()[g.port_id] for g in self.guests.values()))
        for guest in self.guests.values():
            guest.ask_for_address()
            for port in (22, 7000, 8080):
                guest.serve(port)


@pytest.fixture(scope="module")
def plane() -> Iterator[dataplane.Plane]:
    with dataplane.running() as running:
        yield running


@pytest.fixture(scope="module")
def cloud(plane: dataplane.Plane) -> Iterator[Cloud]:
    built = Cloud(plane)
    yield built
    built.engine.close()


@pytest.fixture(scope="module")
def outside(plane: dataplane.Plane) -> Iterator[str]:
    """The namespace at the public gateway, where a server greets on port 80."""
    server = dataplane.serve(plane.tag, 80, "outside")
    yield plane.tag
    server.shutdown(socket.SHUT_RDWR)
    server.close()


def saw(guest: dataplane.Guest, address: str) -> str:
    return f"{guest.port_id} saw {address}"


def test_guests_get_their_address_their_mtu_and_the_way_to_metadata(cloud):
    a1 = cloud.guests["a1"]
    shown = a1.run("ip", "-4", "addr", "show", "eth0")
    assert "10.0.0.11/24" in shown
    assert "mtu 1442" in shown
    assert "169.254.169.254 via 10.0.0.2" in a1.run("ip", "route")
    assert "10.0.0.11/24" in cloud.guests["b1"].run("ip", "-4", "addr", "show", "eth0")


def test_a_rule_lets_in_what_it_names_and_nothing_else(cloud):
    a1, a2 = cloud.guests["a1"], cloud.guests["a2"]
    assert a1.call("10.0.0.12", 22) == saw(a2, "10.0.0.11")
    assert a1.call("10.0.0.12", 8080, timeout_s=1) == ""


def test_a_remote_group_lets_its_members_in_and_no_stranger(cloud, outside):
    a1, a2 = cloud.guests["a1"], cloud.guests["a2"]
    assert a1.call("10.0.0.12", 7000) == saw(a2, "10.0.0.11")
    assert a1.pings("10.0.0.12")
    assert dataplane.call(outside, cloud.a.floating_address, 7000, timeout_s=1) == ""


def test_tenants_with_the_same_addresses_do_not_see_each_other(cloud):
    assert not cloud.guests["b1"].pings("10.0.0.12")


def test_a_guest_without_a_floating_address_goes_out_by_its_routers(cloud, outside):
    assert cloud.guests["a2"].call(OUTSIDE, 80) == f"outside saw {cloud.a.gateway_address}"


def test_a_floating_address_is_the_guests_in_both_directions(cloud, outside):
    a1 = cloud.guests["a1"]
    assert a1.call(OUTSIDE, 80) == f"outside saw {cloud.a.floating_address}"
    assert dataplane.call(outside, cloud.a.floating_address, 22) == saw(a1, OUTSIDE)
    assert dataplane.call(outside, cloud.a.floating_address, 8080, timeout_s=1) == ""


def test_a_floating_address_answers_from_the_host(cloud):
    address = cloud.a.floating_address
    way = process.run(["ip", "route", "get", address], timeout_s=5)
    if f"{cloud.plane.tag}-up" not in way:
        pytest.skip("another cloud on this machine has the public range")
    host_address = plumbing.wire(cloud.plane.tag)[1]
    assert dataplane.greeting(address, 22) == saw(cloud.guests["a1"], host_address)


def test_floating_addresses_of_two_tenants_reach_each_other(cloud):
    a1, b1 = cloud.guests["a1"], cloud.guests["b1"]
    assert a1.call(cloud.b.floating_address, 22) == saw(b1, cloud.a.floating_address)
    assert b1.call(cloud.a.floating_address, 22) == saw(a1, cloud.b.floating_address)


def test_an_address_that_is_not_the_ports_does_not_leave_it(cloud):
    a1 = cloud.guests["a1"]
    a1.run("ip", "addr", "add", "10.0.0.99/24", "dev", "eth0")
    try:
        assert not a1.pings("10.0.0.12", "-I", "10.0.0.99")
    finally:
        a1.run("ip", "addr", "del", "10.0.0.99/24", "dev", "eth0")


def test_a_rule_that_is_taken_away_and_given_back_is_followed(cloud):
    a1, a2, group = cloud.guests["a1"], cloud.guests["a2"], cloud.a.group
    bare = tuple(rule for rule in group.rules if rule.port_min != 22)
    cloud.engine.ensure_security_group(dataclasses.replace(group, revision=2, rules=bare))
    wait_for(lambda: a1.call("10.0.0.12", 22, timeout_s=0.3) == "")
    cloud.engine.ensure_security_group(dataclasses.replace(group, revision=3))
    wait_for(lambda: a1.call("10.0.0.12", 22, timeout_s=0.3) == saw(a2, "10.0.0.11"))


def test_translated_connections_may_use_their_source_ports_again(cloud, outside):
    """An unsound userspace datapath dies of this; so the switch must be the same one after."""
    pid = (cloud.plane.state_dir / "ovn/ovs-vswitchd.pid").read_text()
    a1, a2, b1 = (cloud.guests[name] for name in ("a1", "a2", "b1"))
    for turn in range(20):
        port = 40000 + turn % 5
        assert a2.call(OUTSIDE, 80, source_port=port)
        assert a1.call(OUTSIDE, 80, source_port=port)
        assert a1.call(cloud.b.floating_address, 22, source_port=port) == saw(
            b1, cloud.a.floating_address
        )
        assert dataplane.call(outside, cloud.a.floating_address, 22, source_port=port)
    assert (cloud.plane.state_dir / "ovn/ovs-vswitchd.pid").read_text() == pid


def test_floating_addresses_answer_again_after_the_switch_was_killed(cloud, outside):
    cloud.plane.kill("ovs-vswitchd")
    cloud.plane.revive("ovs-vswitchd")
    address, a1 = cloud.a.floating_address, cloud.guests["a1"]
    wait_for(lambda: dataplane.call(outside, address, 22, timeout_s=0.5) == saw(a1, OUTSIDE))


def test_the_engine_goes_on_after_its_database_was_killed(cloud):
    cloud.plane.kill("ovsdb-server")
    cloud.plane.revive("ovsdb-server")
    cloud.engine.ensure_network(NetworkSpec(cloud.outside_id, 2, "public", 1500, "physnet1"))
    assert 2 in cloud.engine.revisions().values()
