"""What one project may not do to another, nor to the host, by way of its own resources."""

import pytest

from tests.support.network_cloud import NetworkCloud

LINE = "fe80::1%\nnetns exec x sh"


@pytest.fixture
def shared(light_cloud: NetworkCloud) -> dict[str, str]:
    """The operator's network that everybody may use."""
    operator = light_cloud.admin
    network = operator.make("network", name="shared", shared=True)["id"]
    subnet = operator.make("subnet", network_id=network, cidr="10.0.0.0/24")["id"]
    return {"id": network, "subnet": subnet}


@pytest.mark.parametrize(
    "attributes",
    [
        {"gateway_ip": LINE},
        {"dns_nameservers": [LINE]},
        {"host_routes": [{"destination": "fd00:1::/64", "nexthop": LINE}]},
        {"host_routes": [{"destination": "fd00:1::1%;", "nexthop": "fd00::9"}]},
        {"cidr": "fd00::1%a b"},
    ],
)
def test_an_address_with_a_zone_which_can_hold_any_text_is_refused(light_cloud, attributes):
    ann = light_cloud.ann
    network = ann.make("network")["id"]
    body = {"network_id": network, "cidr": "fd00::/64", "ip_version": 6, **attributes}
    assert ann.ask("POST", "/subnets", {"subnet": body}).status_code == 400


def test_a_ports_addresses_have_no_zone_either(light_cloud):
    ann = light_cloud.ann
    network = ann.make("network")["id"]
    ann.make("subnet", network_id=network, cidr="fd00::/64", ip_version=6)
    for attributes in (
        {"fixed_ips": [{"ip_address": "fd00::9%\nlink"}]},
        {"allowed_address_pairs": [{"ip_address": "fd00::9%x"}]},
        {"allowed_address_pairs": [{"ip_address": "10.0.0.0/0.0.0.255"}]},
    ):
        body = {"port": {"network_id": network, **attributes}}
        assert ann.ask("POST", "/ports", body).status_code == 400
    group = ann.make("security_group", name="g")["id"]
    rule = {"security_group_id": group, "direction": "ingress", "ethertype": "IPv6"}
    for more in ({"remote_ip_prefix": "fd00::1%||ip"}, {"protocol": "²"}):
        answer = ann.ask("POST", "/security-group-rules", {"security_group_rule": {**rule, **more}})
        assert answer.status_code == 400


def test_a_port_that_a_router_had_unprotected_cannot_become_a_servers(light_cloud, shared):
    ann = light_cloud.ann
    port = ann.make("port", network_id=shared["id"])["id"]
    router = ann.make("router")["id"]
    added = ann.ask("PUT", f"/routers/{router}/add_router_interface", {"port_id": port})
    assert added.status_code == 200
    for change in ({"device_id": ""}, {"device_owner": "compute:nova"}, {"device_owner": None}):
        assert ann.ask("PUT", f"/ports/{port}", {"port": change}).status_code == 403
    assert ann.show("port", port)["device_id"] == router


def test_only_the_owner_of_a_subnet_puts_a_router_on_its_gateways_address(light_cloud, shared):
    ann = light_cloud.ann
    router = ann.make("router")["id"]
    path = f"/routers/{router}/add_router_interface"
    assert ann.ask("PUT", path, {"subnet_id": shared["subnet"]}).status_code == 403
    operators = light_cloud.admin.make("router")["id"]
    path = f"/routers/{operators}/add_router_interface"
    done = light_cloud.admin.ask("PUT", path, {"subnet_id": shared["subnet"]})
    assert done.status_code == 200


def test_a_guest_of_a_network_has_an_address_that_its_packets_are_held_to(light_cloud, shared):
    ann = light_cloud.ann
    bare = {"network_id": shared["id"], "fixed_ips": []}
    assert ann.ask("POST", "/ports", {"port": bare}).status_code == 403
    port = ann.make("port", network_id=shared["id"])["id"]
    assert ann.ask("PUT", f"/ports/{port}", {"port": {"fixed_ips": []}}).status_code == 403


def test_a_token_without_a_project_sees_no_ports(light_cloud):
    """The cloud's own ports are no project's: gateways of everybody's routers among them."""
    operator = light_cloud.admin
    outside = operator.make(
        "network",
        **{
            "router:external": True,
            "provider:network_type": "flat",
            "provider:physical_network": "physnet1",
        },
    )["id"]
    operator.make("subnet", network_id=outside, cidr="203.0.113.0/24", enable_dhcp=False)
    operator.make("router", external_gateway_info={"network_id": outside})
    headers = light_cloud.authority.headers(roles=("reader",))
    answer = light_cloud.client.simulate_get("/v2.0/ports", headers=headers)
    assert answer.json == {"ports": []}


def test_a_token_of_a_domain_opens_nothing_here(light_cloud):
    headers = light_cloud.authority.headers(roles=("admin",), domain_id="default")
    answer = light_cloud.client.simulate_get("/v2.0/ports", headers=headers)
    assert answer.status_code == 403
    assert answer.json["NeutronError"]["type"] == "PolicyNotAuthorized"
    assert "project scope would work" in answer.json["NeutronError"]["message"]
