"""What LXC is told."""

import dataclasses
import pathlib

from compute.drivers.container import definition

GUEST = definition.Definition(
    tag="cloud",
    server_id="1234",
    hostname="web",
    directory=pathlib.Path("/guests/1234"),
    root=pathlib.Path("/run/cloud/1234/root"),
    first_id=1879113728,
    vcpus=2,
    memory_mib=512,
    links=("ctr1", "ctr2"),
)


def lines(guest: definition.Definition) -> list[str]:
    return definition.text(guest).splitlines()


def test_a_guest_is_nobody_on_the_host():
    assert "lxc.idmap = u 0 1879113728 65536" in lines(GUEST)
    assert "lxc.idmap = g 0 1879113728 65536" in lines(GUEST)


def test_all_groups_lie_under_the_clouds_tag():
    groups = [line for line in lines(GUEST) if line.startswith("lxc.cgroup.dir")]
    assert groups
    assert all(line.split(" = ")[1].startswith("cloud/") for line in groups)


def test_every_link_becomes_an_interface_in_order():
    text = definition.text(GUEST)
    assert "lxc.net.0.link = ctr1\nlxc.net.0.name = eth0" in text
    assert "lxc.net.1.link = ctr2\nlxc.net.1.name = eth1" in text


def test_a_guest_without_ports_has_only_loopback():
    alone = dataclasses.replace(GUEST, links=())
    assert "lxc.net.0.type = empty" in lines(alone)


def test_limits_are_written_for_the_hosts_kind_of_groups():
    old, new = lines(GUEST), lines(dataclasses.replace(GUEST, unified=True))
    assert "lxc.cgroup.memory.limit_in_bytes = 536870912" in old
    assert "lxc.cgroup.cpu.cfs_quota_us = 200000" in old
    assert "lxc.cgroup2.memory.max = 536870912" in new
    assert "lxc.cgroup2.cpu.max = 200000 100000" in new
    assert not [line for line in new if line.startswith("lxc.cgroup.memory")]


def test_devices_are_denied_before_some_are_allowed():
    text = definition.text(GUEST)
    assert text.index("devices.deny = a") < text.index("devices.allow")
