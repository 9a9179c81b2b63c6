"""Packets between guests, through the real daemons: what the engine writes is what happens."""

import dataclasses

import pytest

from common import process
from devstack import plumbing
from network.drivers.base import NetworkSpec
from tests.support import dataplane
from tests.support.switched import OUTSIDE
from tests.support.waiting import wait_for


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
