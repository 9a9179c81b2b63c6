"""IPv6, addresses that move, ports without protection, and clearing up after a killed run."""

import dataclasses
import ipaddress
import subprocess

import pytest

from common import process
from devstack import ovs, plumbing
from network.drivers.base import SubnetSpec
from tests.support import dataplane
from tests.support.switched import Tenant, new_id
from tests.support.waiting import wait_for

V6_LEG = "fd00:0:0:1::1/64"


@pytest.fixture
def six(cloud):
    """Tenant a with an IPv6 subnet beside the other one, and its router announcing it."""
    tenant: Tenant = cloud.a
    subnet_id = new_id()
    cloud.engine.ensure_subnet(
        SubnetSpec(
            subnet_id=subnet_id,
            network_id=tenant.network_id,
            revision=1,
            cidr="fd00:0:0:1::/64",
            gateway="fd00:0:0:1::1",
            enable_dhcp=True,
            mtu=1442,
            ipv6_address_mode="slaac",
            ipv6_ra_mode="slaac",
        )
    )
    leg = dataclasses.replace(
        tenant.router.ports[0], addresses=("10.0.0.1/24", V6_LEG), ra_mode="slaac"
    )
    cloud.engine.ensure_router(dataclasses.replace(tenant.router, revision=9, ports=(leg,)))
    for name, spec in tenant.specs.items():
        own = (subnet_id, slaac_address(spec.mac), 64)
        wider = dataclasses.replace(spec, revision=9, fixed_ips=(*spec.fixed_ips, own))
        cloud.engine.ensure_port(wider)
        accept = "echo 2 > /proc/sys/net/ipv6/conf/eth0/accept_ra"
        tenant.guests[name].run("sh", "-c", accept)
        tenant.guests[name].run("ip", "link", "set", "eth0", "down")
        tenant.guests[name].run("ip", "link", "set", "eth0", "up")
    return tenant


def slaac_address(mac: str) -> str:
    """The address a host gives itself on fd00:0:0:1::/64 (RFC 4291, modified EUI-64)."""
    first, *rest = (int(part, 16) for part in mac.split(":"))
    a, b, c, d, e = rest
    host = f"{first ^ 2:02x}{a:02x}:{b:02x}ff:fe{c:02x}:{d:02x}{e:02x}"
    return str(ipaddress.ip_address(f"fd00:0:0:1:{host}"))


def test_guests_make_their_ipv6_address_from_the_routers_announcement(cloud, six):
    a1 = six.guests["a1"]
    address = slaac_address(six.specs["a1"].mac)
    wait_for(lambda: address in a1.run("ip", "-6", "addr", "show", "dev", "eth0"))
    wait_for(lambda: a1.pings("fd00:0:0:1::1", "-6"))


@pytest.fixture
def pair(cloud):
    """Two unprotected guests of tenant b, beside b1."""
    for number in (5, 6):
        if f"b{number}" not in cloud.b.specs:
            cloud.b.add(number)
    specs = [cloud.b.specs[f"b{number}"] for number in (5, 6)]
    guests = [cloud.b.guests[f"b{number}"] for number in (5, 6)]
    wait_for(lambda: all(cloud.engine.ports_up()[spec.port_id] for spec in specs))
    for guest in guests:
        guest.ask_for_address()
    return specs, guests


def test_a_port_without_security_may_use_any_address_and_receives_everything(cloud, pair):
    specs, (first, second) = pair
    second.serve(8080)
    for spec in specs:
        free = dataclasses.replace(spec, revision=2, port_security=False, security_group_ids=())
        cloud.engine.ensure_port(free)
    first.run("ip", "addr", "replace", "10.0.0.77/24", "dev", "eth0")
    wait_for(lambda: first.call("10.0.0.16", 8080, timeout_s=0.3))
    wait_for(lambda: first.pings("10.0.0.16", "-I", "10.0.0.77"))
    for spec in specs:
        cloud.engine.ensure_port(dataclasses.replace(spec, revision=3))
    wait_for(lambda: not first.call("10.0.0.16", 8080, timeout_s=0.3))


def test_a_shared_address_answers_from_whoever_announced_it_last(cloud, pair):
    specs, guests = pair
    shared = dataclasses.replace(
        specs[0],
        port_id=new_id(),
        mac="fa:16:3e:0b:00:50",
        device_id="",
        device_owner="",
        fixed_ips=((cloud.b.subnet_id, "10.0.0.50", 24),),
    )
    cloud.engine.ensure_port(shared)
    for spec in specs:
        pairs = ((spec.mac, "10.0.0.50"),)
        cloud.engine.ensure_port(dataclasses.replace(spec, revision=4, allowed_pairs=pairs))
    b1 = cloud.guests["b1"]
    for holder, other in (guests, guests[::-1]):
        other.run("ip", "addr", "del", "10.0.0.50/32", "dev", "eth0", check=False)
        holder.run("ip", "addr", "replace", "10.0.0.50/32", "dev", "eth0")
        announce = ["busybox", "arping", "-U", "-c", "2", "-I", "eth0", "10.0.0.50"]
        holder.run(*announce, check=False)
        b1.run("ip", "neigh", "flush", "dev", "eth0")
        wait_for(lambda: b1.pings("10.0.0.50"))
        seen = b1.run("ip", "neigh", "show", "10.0.0.50")
        assert holder.mac in seen


def test_a_run_that_was_killed_leaves_nothing_after_cleaning():
    plane = dataplane.Plane("198.51.100.129/25")
    try:
        plane.start()
        guest = plane.guest(new_id(), "fa:16:3e:00:00:77")
        for name in list(plane._running):
            plane.kill(name)
        process.run(["ip", "netns", "add", f"{plane.tag}-md-0123456789a"], timeout_s=10)
        guest.remove()
        ovs.clean(plane.state_dir, plane.tag)
        names = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
        assert plane.tag not in names
        links = subprocess.run(["ip", "link"], capture_output=True, text=True, check=True).stdout
        assert plumbing.wire(plane.tag)[0] not in links
        plane.start()
    finally:
        plane.stop()
