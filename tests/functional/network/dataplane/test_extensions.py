"""What limits, marks, trunks and address groups do to packets."""

import contextlib
import dataclasses
import re
import socket
import struct

from common.namespaces import inside
from network.drivers.base import AddressGroupSpec, LimitSpec, RuleSpec
from tests.support import dataplane
from tests.support.switched import new_id
from tests.support.waiting import wait_for

LOST = re.compile(r"(\d+(?:\.\d+)?)% packet loss")


def loss(guest: dataplane.Guest, address: str) -> float:
    """Send about 1.5 megabits in less than half a second; return what percentage was lost."""
    burst = ["ping", "-c", "150", "-i", "0.003", "-s", "1200", "-W", "1", "-q", address]
    found = LOST.search(guest.run(*burst, check=False))
    assert found is not None
    return float(found.group(1))


def test_a_limit_holds_what_a_guest_sends(cloud):
    a1, spec = cloud.guests["a1"], cloud.specs["a1"]
    assert loss(a1, "10.0.0.12") < 10
    slow = (LimitSpec("egress", 300, 200),)
    cloud.engine.ensure_port(dataclasses.replace(spec, revision=20, limits=slow))
    wait_for(lambda: loss(a1, "10.0.0.12") > 40)
    cloud.engine.ensure_port(dataclasses.replace(spec, revision=21))
    wait_for(lambda: loss(a1, "10.0.0.12") < 10)


def test_a_mark_is_on_the_packets_that_a_guest_sends(cloud):
    a1, a2, spec = cloud.guests["a1"], cloud.guests["a2"], cloud.specs["a1"]
    marked = (LimitSpec("egress", dscp=46),)
    cloud.engine.ensure_port(dataclasses.replace(spec, revision=22, limits=marked))

    def seen() -> int:
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
            raw.settimeout(3)
            a1.pings("10.0.0.12")
            while (packet := raw.recv(200))[12:16] != socket.inet_aton("10.0.0.11"):
                pass
            return packet[1] >> 2

    wait_for(lambda: inside(a2.namespace, seen) == 46)
    cloud.engine.ensure_port(dataclasses.replace(spec, revision=23))


def test_a_rule_lets_in_the_addresses_of_its_group_and_follows_it(cloud):
    a1, group, addresses = cloud.guests["a1"], cloud.a.group, new_id()
    rule = RuleSpec(
        new_id(), "ingress", "IPv4", "tcp", 8080, 8080, remote_address_group_id=addresses
    )
    cloud.engine.ensure_address_group(AddressGroupSpec(addresses, 1, ("10.0.0.8/29",)))
    wider = dataclasses.replace(group, revision=30, rules=(*group.rules, rule))
    cloud.engine.ensure_security_group(wider)
    wait_for(lambda: a1.call("10.0.0.12", 8080, timeout_s=0.3))
    cloud.engine.ensure_address_group(AddressGroupSpec(addresses, 2, ("10.9.0.0/24",)))
    wait_for(lambda: a1.call("10.0.0.12", 8080, timeout_s=0.3) == "")
    cloud.engine.ensure_security_group(dataclasses.replace(group, revision=31))


def octets(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def asked_in_vlan(vlan: int, mac: str, own: str, wanted: str) -> bytes:
    """Return who answers when an address is asked for in a VLAN of eth0; none when nobody does."""
    question = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
    question += octets(mac) + socket.inet_aton(own) + bytes(6) + socket.inet_aton(wanted)
    frame = b"\xff" * 6 + octets(mac) + struct.pack("!HHH", 0x8100, vlan, 0x0806) + question
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003)) as raw:
        raw.bind(("eth0", 0))
        raw.settimeout(0.5)
        raw.send(frame)
        with contextlib.suppress(TimeoutError):
            while (got := raw.recv(200)) is not None:
                answer = got[got.find(struct.pack("!HBBH", 0x0800, 6, 4, 2)) + 6 :]
                if got[:6] == octets(mac) and answer[6:10] == socket.inet_aton(wanted):
                    return answer[:6]
    return b""


def test_a_sub_port_is_a_vlan_of_its_parents_guest(cloud):
    a1, child = cloud.guests["a1"], cloud.b._port("10.0.0.30", "30")
    parent = (cloud.specs["a1"].port_id, 7)
    cloud.engine.ensure_port(dataclasses.replace(child, parent=parent))

    def answered(vlan: int) -> bytes:
        return inside(
            a1.namespace, lambda: asked_in_vlan(vlan, child.mac, "10.0.0.30", "10.0.0.11")
        )

    wait_for(lambda: answered(7) == octets(cloud.specs["b1"].mac))
    assert answered(8) == b""
    wait_for(lambda: cloud.engine.ports_up()[child.port_id])
    cloud.engine.ensure_port(dataclasses.replace(child, revision=2))
    wait_for(lambda: answered(7) == b"")
