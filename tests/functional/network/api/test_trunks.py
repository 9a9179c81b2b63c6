"""Trunks: ports inside another one, and what keeps them there."""

import pytest

from network.drivers.base import Kind
from tests.support.waiting import wait_for


@pytest.fixture
def ports(cloud):
    """Three ports, each on a network of its own."""
    return [
        cloud.ann.make("port", network_id=cloud.ann.make("network")["id"])["id"] for _ in range(3)
    ]


def inner(port, vlan):
    return {"port_id": port, "segmentation_type": "vlan", "segmentation_id": vlan}


def test_a_port_inside_a_trunk_is_told_to_the_engine_and_back(cloud, ports):
    ann, (parent, first, second) = cloud.ann, ports
    trunk = ann.make("trunk", port_id=parent, sub_ports=[inner(first, 7)])["id"]
    wait_for(lambda: cloud.held(Kind.PORT, first).parent == (parent, 7))
    path = f"/trunks/{trunk}"
    added = ann.ask("PUT", f"{path}/add_subports", {"sub_ports": [inner(second, 8)]})
    assert added.json["sub_ports"] == [inner(first, 7), inner(second, 8)]
    shown = ann.show("port", parent)["trunk_details"]
    assert [one["segmentation_id"] for one in shown["sub_ports"]] == [7, 8]
    assert ann.show("port", second)["device_owner"] == "trunk:subport"
    parted = {"sub_ports": [{"port_id": first}]}
    assert ann.ask("PUT", f"{path}/remove_subports", parted).status_code == 200
    assert ann.get(f"{path}/get_subports") == {"sub_ports": [inner(second, 8)]}
    wait_for(lambda: cloud.held(Kind.PORT, first).parent is None)
    ann.remove("trunk", trunk)
    wait_for(lambda: cloud.held(Kind.PORT, second).parent is None)
    ann.remove("port", second)


def test_a_trunk_is_up_when_its_parent_is(cloud, ports):
    trunk = cloud.ann.make("trunk", port_id=ports[0])["id"]
    assert cloud.ann.show("trunk", trunk)["status"] == "DOWN"
    cloud.engine.bind(ports[0])
    wait_for(lambda: cloud.ann.show("trunk", trunk)["status"] == "ACTIVE")


def test_what_is_part_of_a_trunk_is_kept_and_used_once(cloud, ports):
    ann, (parent, first, second) = cloud.ann, ports
    trunk = ann.make("trunk", port_id=parent, sub_ports=[inner(first, 7)])["id"]
    for port in (parent, first):
        assert ann.refused("DELETE", f"/ports/{port}") == (409, "PortInUseByTrunk")
    path = f"/trunks/{trunk}/add_subports"
    same = {"sub_ports": [inner(second, 7)]}
    assert ann.refused("PUT", path, same) == (409, "DuplicateSubPort")
    for port in (parent, first):
        again = {"sub_ports": [inner(port, 9)]}
        assert ann.refused("PUT", path, again) == (409, "TrunkPortInUse")
    other = {"trunk": {"port_id": first}}
    assert ann.refused("POST", "/trunks", other) == (409, "ParentPortInUse")
    ann.change("trunk", trunk, admin_state_up=False)
    assert ann.refused("DELETE", f"/trunks/{trunk}") == (409, "TrunkDisabled")


def test_a_sub_port_says_its_vlan_and_no_larger_packets(cloud, ports):
    ann, (parent, first, _) = cloud.ann, ports
    for wrong in ({"port_id": first}, {"port_id": first, "segmentation_type": "inherit"}):
        body = {"trunk": {"port_id": parent, "sub_ports": [wrong]}}
        assert ann.ask("POST", "/trunks", body).status_code == 400
    small = ann.make("port", network_id=ann.make("network", mtu=1300)["id"])["id"]
    body = {"trunk": {"port_id": small, "sub_ports": [inner(first, 3)]}}
    assert ann.refused("POST", "/trunks", body) == (409, "SubPortMtuGreaterThanTrunkPortMtu")
