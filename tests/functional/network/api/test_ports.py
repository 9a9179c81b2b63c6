"""Networks, subnets and ports, from the request to the engine and back."""

from network.drivers.base import Kind
from tests.support.waiting import wait_for


def test_a_port_reaches_the_engine_with_its_network_subnet_and_group(cloud):
    network = cloud.ann.make("network", name="blue")
    subnet = cloud.ann.make("subnet", network_id=network["id"], cidr="10.0.0.0/24", ip_version=4)
    port = cloud.ann.make("port", network_id=network["id"], name="p1")

    spec = cloud.held(Kind.PORT, port["id"])
    assert spec.fixed_ips == ((subnet["id"], port["fixed_ips"][0]["ip_address"], 24),)
    assert spec.security_group_ids == tuple(port["security_groups"])
    assert cloud.held(Kind.NETWORK, network["id"]).mtu == 1442
    assert cloud.held(Kind.SUBNET, subnet["id"]).gateway == "10.0.0.1"
    assert len(cloud.held(Kind.SECURITY_GROUP, port["security_groups"][0]).rules) == 4


def test_a_bound_port_becomes_active_and_everybody_hears_of_it(cloud):
    network = cloud.ann.make("network")
    cloud.ann.make("subnet", network_id=network["id"], cidr="10.0.0.0/24", ip_version=4)
    port = cloud.ann.make("port", network_id=network["id"], device_id="server-1")
    assert port["status"] == "DOWN"

    cloud.engine.bind(port["id"])
    wait_for(lambda: cloud.ann.show("port", port["id"])["status"], "ACTIVE")
    heard = wait_for(lambda: [e for e in cloud.heard.ports if e.port_id == port["id"]])
    assert (heard[0].device_id, heard[0].status) == ("server-1", "ACTIVE")


def test_the_metadata_port_comes_with_the_first_dhcp_subnet_and_goes_with_the_last(cloud):
    network = cloud.ann.make("network")
    subnet = cloud.ann.make("subnet", network_id=network["id"], cidr="10.0.0.0/24", ip_version=4)
    own = cloud.ann.get("/ports", device_owner="network:distributed")["ports"]
    address = own[0]["fixed_ips"][0]["ip_address"]
    assert cloud.held(Kind.PORT, own[0]["id"]).distributed
    wait_for(lambda: cloud.held(Kind.SUBNET, subnet["id"]).metadata_address, address)

    cloud.ann.remove("subnet", subnet["id"])
    assert cloud.ann.get("/ports")["ports"] == []
    cloud.gone(Kind.PORT, own[0]["id"])


def test_a_deleted_port_leaves_the_engine(cloud):
    network = cloud.ann.make("network")
    port = cloud.ann.make("port", network_id=network["id"])
    cloud.held(Kind.PORT, port["id"])
    cloud.ann.remove("port", port["id"])
    cloud.gone(Kind.PORT, port["id"])
    assert cloud.ann.refused("GET", f"/ports/{port['id']}") == (404, "PortNotFound")


def test_a_port_keeps_its_address_beside_one_more_of_the_same_subnet(cloud):
    network = cloud.ann.make("network")
    subnet = cloud.ann.make("subnet", network_id=network["id"], cidr="10.0.0.0/24", ip_version=4)
    port = cloud.ann.make("port", network_id=network["id"])
    (own,) = port["fixed_ips"]
    wanted = {"port": {"fixed_ips": [own, {"subnet_id": subnet["id"]}]}}
    answer = cloud.ann.ask("PUT", f"/ports/{port['id']}", wanted)
    assert answer.status_code == 200, answer.text
    found = [one["ip_address"] for one in answer.json["port"]["fixed_ips"]]
    assert found[0] == own["ip_address"]
    assert len(set(found)) == 2
