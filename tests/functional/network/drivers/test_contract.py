"""What every network engine promises, put to the fake one and to OVN."""

import dataclasses
import uuid

import pytest

from network.drivers.base import (
    FloatingIpSpec,
    Kind,
    NetworkSpec,
    PortSpec,
    RouterPortSpec,
    RouterSpec,
    RuleSpec,
    SecurityGroupSpec,
    SubnetSpec,
)
from tests.support.waiting import wait_for


def new_id() -> str:
    return str(uuid.uuid4())


def network(**changes):
    spec = NetworkSpec(network_id=new_id(), revision=1, name="blue", mtu=1442)
    return dataclasses.replace(spec, **changes)


def subnet(net, **changes):
    spec = SubnetSpec(
        subnet_id=new_id(),
        network_id=net.network_id,
        revision=1,
        cidr="10.0.0.0/24",
        gateway="10.0.0.1",
        enable_dhcp=True,
        mtu=1442,
        dns_servers=("192.0.2.53",),
        metadata_address="10.0.0.2",
    )
    return dataclasses.replace(spec, **changes)


def port(net, sub, **changes):
    spec = PortSpec(
        port_id=new_id(),
        network_id=net.network_id,
        revision=1,
        name="eth0",
        mac="fa:16:3e:00:00:11",
        project_id="p1",
        device_id="s1",
        device_owner="compute:nova",
        fixed_ips=((sub.subnet_id, "10.0.0.11", 24),),
    )
    return dataclasses.replace(spec, **changes)


def group(**changes):
    rules = (
        RuleSpec(new_id(), "egress", "IPv4"),
        RuleSpec(new_id(), "ingress", "IPv4", protocol="tcp", port_min=22, port_max=22),
    )
    spec = SecurityGroupSpec(security_group_id=new_id(), revision=1, rules=rules)
    return dataclasses.replace(spec, **changes)


@pytest.fixture
def wired(switch):
    """A network with a subnet."""
    net = network()
    sub = subnet(net)
    switch.engine.ensure_network(net)
    switch.engine.ensure_subnet(sub)
    return net, sub


def test_everything_that_was_ensured_is_listed_with_its_revision(switch, wired):
    net, sub = wired
    sg, guest = group(), port(net, sub)
    router = RouterSpec(router_id=new_id(), revision=7, name="r")
    switch.engine.ensure_security_group(sg)
    switch.engine.ensure_port(guest)
    switch.engine.ensure_router(router)
    assert switch.engine.revisions() == {
        (Kind.NETWORK, net.network_id): 1,
        (Kind.SUBNET, sub.subnet_id): 1,
        (Kind.SECURITY_GROUP, sg.security_group_id): 1,
        (Kind.PORT, guest.port_id): 1,
        (Kind.ROUTER, router.router_id): 7,
    }


def test_ensuring_twice_changes_nothing_and_a_new_revision_replaces_the_old(switch, wired):
    net, _ = wired
    switch.engine.ensure_network(net)
    switch.engine.ensure_network(dataclasses.replace(net, revision=2, name="green"))
    assert switch.engine.revisions()[Kind.NETWORK, net.network_id] == 2


def test_a_subnet_without_dhcp_is_held_too(switch, wired):
    _, sub = wired
    switch.engine.ensure_subnet(dataclasses.replace(sub, revision=2, enable_dhcp=False))
    assert switch.engine.revisions()[Kind.SUBNET, sub.subnet_id] == 2


@pytest.mark.parametrize("kind", list(Kind))
def test_deleting_what_is_not_there_is_a_success(switch, kind):
    switch.engine.delete(kind, new_id())


def test_what_was_deleted_is_no_longer_listed(switch, wired):
    net, sub = wired
    sg, guest = group(), port(net, sub)
    switch.engine.ensure_security_group(sg)
    switch.engine.ensure_port(guest)
    for kind, resource_id in [
        (Kind.PORT, guest.port_id),
        (Kind.SECURITY_GROUP, sg.security_group_id),
        (Kind.SUBNET, sub.subnet_id),
        (Kind.NETWORK, net.network_id),
    ]:
        switch.engine.delete(kind, resource_id)
    assert switch.engine.revisions() == {}
    assert guest.port_id not in switch.engine.ports_up()


def test_a_port_comes_up_when_it_is_bound_and_goes_down_when_it_is_let_go(switch, wired):
    net, sub = wired
    guest, news = port(net, sub), []
    switch.engine.watch_ports(lambda port_id, up: news.append((port_id, up)))
    switch.engine.ensure_port(guest)
    assert switch.engine.ports_up()[guest.port_id] is False
    switch.bind(guest.port_id)
    wait_for(lambda: (guest.port_id, True) in news)
    assert switch.engine.ports_up()[guest.port_id] is True
    switch.unbind(guest.port_id)
    wait_for(lambda: (guest.port_id, False) in news)


def test_a_port_bound_before_it_is_ensured_comes_up(switch, wired):
    net, sub = wired
    guest, news = port(net, sub), []
    switch.engine.watch_ports(lambda port_id, up: news.append((port_id, up)))
    switch.bind(guest.port_id)
    switch.engine.ensure_port(guest)
    wait_for(lambda: (guest.port_id, True) in news)


def test_a_bound_port_that_is_deleted_goes_down(switch, wired):
    net, sub = wired
    guest, news = port(net, sub), []
    switch.engine.watch_ports(lambda port_id, up: news.append((port_id, up)))
    switch.engine.ensure_port(guest)
    switch.bind(guest.port_id)
    wait_for(lambda: (guest.port_id, True) in news)
    switch.engine.delete(Kind.PORT, guest.port_id)
    wait_for(lambda: (guest.port_id, False) in news)


def test_a_routers_legs_are_up_and_go_with_it(switch, wired):
    net, _ = wired
    leg = RouterPortSpec(new_id(), net.network_id, "fa:16:3e:00:00:01", ("10.0.0.1/24",), 1442)
    router = RouterSpec(router_id=new_id(), revision=1, name="r", ports=(leg,))
    switch.engine.ensure_router(router)
    wait_for(lambda: switch.engine.ports_up().get(leg.port_id) is True)
    switch.engine.ensure_router(dataclasses.replace(router, ports=(), revision=2))
    assert leg.port_id not in switch.engine.ports_up()
    switch.engine.ensure_router(dataclasses.replace(router, revision=3))
    switch.engine.delete(Kind.ROUTER, router.router_id)
    assert leg.port_id not in switch.engine.ports_up()


def test_a_router_may_be_told_whole_and_then_lose_everything(switch, wired):
    net, sub = wired
    outside = network(physical_network="physnet1")
    switch.engine.ensure_network(outside)
    guest = port(net, sub)
    switch.engine.ensure_port(guest)
    mac = "fa:16:3e:00:00:01"
    whole = RouterSpec(
        router_id=new_id(),
        revision=1,
        name="r",
        ports=(RouterPortSpec(new_id(), net.network_id, mac, ("10.0.0.1/24",), 1442),),
        gateway=RouterPortSpec(new_id(), outside.network_id, mac, ("203.0.113.10/24",), 1500),
        next_hops=("203.0.113.1",),
        snat=(("10.0.0.0/24", "203.0.113.10"),),
        routes=(("192.0.2.0/24", "10.0.0.9"),),
        floating_ips=(
            FloatingIpSpec(new_id(), "203.0.113.100", "10.0.0.11", guest.port_id, guest.mac),
        ),
    )
    switch.engine.ensure_router(whole)
    bare = RouterSpec(router_id=whole.router_id, revision=2, name="r")
    switch.engine.ensure_router(bare)
    assert switch.engine.revisions()[Kind.ROUTER, whole.router_id] == 2
