"""QoS policies: who makes them, what they hold, and that a changed rule reaches the ports."""

import pytest

from network.drivers.base import Kind, LimitSpec
from tests.support.network_cloud import ANN
from tests.support.waiting import wait_for


@pytest.fixture
def policy(cloud):
    """A policy of the operator's that everybody may use."""
    answer = cloud.admin.ask("POST", "/qos/policies", {"policy": {"name": "slow", "shared": True}})
    assert answer.status_code == 201, answer.text
    return answer.json["policy"]["id"]


def add(person, policy, kind="bandwidth_limit", **values):
    path = f"/qos/policies/{policy}/{kind}_rules"
    answer = person.ask("POST", path, {f"{kind}_rule": values})
    assert answer.status_code == 201, answer.text
    return answer.json[f"{kind}_rule"]


def limits_of(cloud, port):
    return cloud.held(Kind.PORT, port).limits


def test_a_rule_reaches_the_ports_that_its_policy_holds(cloud, policy):
    rule = add(cloud.admin, policy, max_kbps=1000, max_burst_kbps=800)
    network = cloud.ann.make("network", qos_policy_id=policy)["id"]
    port = cloud.ann.make("port", network_id=network)
    assert (port["qos_policy_id"], port["qos_network_policy_id"]) == (None, policy)
    assert limits_of(cloud, port["id"]) == (LimitSpec("egress", 1000, 800),)
    path = f"/qos/policies/{policy}/bandwidth_limit_rules/{rule['id']}"
    changed = cloud.admin.ask("PUT", path, {"bandwidth_limit_rule": {"max_kbps": 2000}})
    assert changed.status_code == 200
    wait_for(lambda: limits_of(cloud, port["id"]) == (LimitSpec("egress", 2000, 800),))
    add(cloud.admin, policy, "dscp_marking", dscp_mark=46)
    wait_for(lambda: limits_of(cloud, port["id"]) == (LimitSpec("egress", 2000, 800, 46),))
    assert cloud.admin.ask("DELETE", path).status_code == 204
    wait_for(lambda: limits_of(cloud, port["id"]) == (LimitSpec("egress", None, None, 46),))
    cloud.ann.change("network", network, qos_policy_id=None)
    wait_for(lambda: limits_of(cloud, port["id"]) == ())


def test_a_policy_in_use_stays_and_one_rule_of_a_kind_is_enough(cloud, policy):
    cloud.ann.make("network", qos_policy_id=policy)
    used = cloud.admin.refused("DELETE", f"/qos/policies/{policy}")
    assert used == (409, "QosPolicyInUse")
    add(cloud.admin, policy, max_kbps=1000)
    add(cloud.admin, policy, max_kbps=1000, direction="ingress")
    path = f"/qos/policies/{policy}/bandwidth_limit_rules"
    again = cloud.admin.refused("POST", path, {"bandwidth_limit_rule": {"max_kbps": 5}})
    assert again == (409, "QoSRulesConflict")


def test_projects_see_what_is_theirs_and_change_nothing(cloud):
    made = {"policy": {"name": "own", "project_id": ANN}}
    own = cloud.admin.ask("POST", "/qos/policies", made).json["policy"]["id"]
    change = {"policy": {"name": "mine"}}
    path = f"/qos/policies/{own}"
    assert cloud.ann.refused("PUT", path, change) == (403, "PolicyNotAuthorized")
    assert cloud.ben.refused("PUT", path, change) == (404, "QosPolicyNotFound")
    assert cloud.ben.refused("POST", "/networks", {"network": {"qos_policy_id": own}})[0] == 404


def test_what_an_administrator_holds_a_network_to_its_owner_cannot_lift(cloud):
    made = {"policy": {"name": "hidden"}}
    hidden = cloud.admin.ask("POST", "/qos/policies", made).json["policy"]["id"]
    network = cloud.ann.make("network")["id"]
    cloud.admin.change("network", network, qos_policy_id=hidden)
    lifting = {"network": {"qos_policy_id": None}}
    refused = cloud.ann.refused("PUT", f"/networks/{network}", lifting)
    assert refused == (403, "PolicyRemoveAuthorizationError")


def test_a_default_policy_holds_the_new_networks_of_its_project(cloud):
    made = {"policy": {"name": "d", "project_id": ANN, "is_default": True}}
    default = cloud.admin.ask("POST", "/qos/policies", made).json["policy"]["id"]
    assert cloud.ann.make("network")["qos_policy_id"] == default
    assert cloud.ben.make("network")["qos_policy_id"] is None
    again = cloud.admin.refused("POST", "/qos/policies", made)
    assert again == (409, "QoSPolicyDefaultAlreadyExists")


def test_floating_addresses_and_gateways_are_held_too(cloud, policy):
    admin = cloud.admin
    add(admin, policy, max_kbps=1000, max_burst_kbps=100)
    outside = admin.make("network", **{"router:external": True})["id"]
    admin.make("subnet", network_id=outside, cidr="10.7.0.0/24", enable_dhcp=False)
    inside = admin.make("network")["id"]
    subnet = admin.make("subnet", network_id=inside, cidr="10.8.0.0/24")["id"]
    gateway = {"network_id": outside, "qos_policy_id": policy}
    router = admin.make("router", external_gateway_info=gateway)
    assert router["external_gateway_info"]["qos_policy_id"] == policy
    path = f"/routers/{router['id']}/add_router_interface"
    assert admin.ask("PUT", path, {"subnet_id": subnet}).status_code == 200
    port = admin.make("port", network_id=inside)["id"]
    admin.make("floatingip", floating_network_id=outside, port_id=port, qos_policy_id=policy)
    held = (LimitSpec("egress", 1000, 100),)

    def limited():
        spec = cloud.engine.held.get((Kind.ROUTER, router["id"]))
        return spec.limits == held and [one.limits for one in spec.floating_ips] == [held]

    wait_for(limited)
