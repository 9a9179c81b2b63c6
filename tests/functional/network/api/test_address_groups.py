"""Address groups: what rules refer to, and what happens when it changes."""

from network.drivers.base import Kind
from tests.support.network_cloud import BEN
from tests.support.waiting import wait_for


def test_a_rule_follows_its_address_group(cloud):
    ann = cloud.ann
    made = ann.make("address_group", name="offices", addresses=["10.1.0.9/24", "fd00::/64"])
    assert made["addresses"] == ["10.1.0.0/24", "fd00::/64"]
    told = cloud.held(Kind.ADDRESS_GROUP, made["id"])
    assert told.addresses == ("10.1.0.0/24", "fd00::/64")
    group = ann.make("security_group", name="g")["id"]
    rule = ann.make(
        "security_group_rule",
        security_group_id=group,
        direction="ingress",
        remote_address_group_id=made["id"],
    )
    spec = wait_for(lambda: _with_rule(cloud, group, rule["id"]))
    assert spec.remote_address_group_id == made["id"]
    path = f"/address-groups/{made['id']}"
    added = ann.ask("PUT", f"{path}/add_addresses", {"addresses": ["10.2.0.0/24"]})
    assert added.json["address_group"]["addresses"][-1] == "10.2.0.0/24"
    wait_for(lambda: len(cloud.held(Kind.ADDRESS_GROUP, made["id"]).addresses) == 3)
    gone = {"addresses": ["10.9.0.0/24"]}
    assert ann.refused("PUT", f"{path}/remove_addresses", gone) == (404, "AddressesNotFound")
    assert ann.refused("DELETE", path) == (409, "AddressGroupInUse")
    ann.remove("security_group_rule", rule["id"])
    ann.remove("address_group", made["id"])
    cloud.gone(Kind.ADDRESS_GROUP, made["id"])


def _with_rule(cloud, group, rule):
    held = cloud.engine.held.get((Kind.SECURITY_GROUP, group))
    return next((one for one in held.rules if one.rule_id == rule), None) if held else None


def test_a_rule_has_one_kind_of_remote_and_addresses_have_a_length(cloud):
    ann = cloud.ann
    addresses = ann.make("address_group", addresses=["10.1.0.0/24"])["id"]
    group = ann.make("security_group", name="g")["id"]
    rule = {"security_group_id": group, "direction": "ingress", "remote_ip_prefix": "10.0.0.0/8"}
    both = {"security_group_rule": {**rule, "remote_address_group_id": addresses}}
    refused = ann.refused("POST", "/security-group-rules", both)
    assert refused == (400, "SecurityGroupRemoteGroupAndRemoteIpPrefix")
    alone = {"address_group": {"addresses": ["10.1.0.1"]}}
    assert ann.refused("POST", "/address-groups", alone) == (400, "InvalidInput")


def test_a_granted_security_group_is_used_and_not_changed(cloud):
    ann, ben = cloud.ann, cloud.ben
    group = ann.make("security_group", name="g")["id"]
    assert ben.refused("GET", f"/security-groups/{group}") == (404, "SecurityGroupNotFound")
    policy = ann.make(
        "rbac_policy",
        object_type="security_group",
        object_id=group,
        action="access_as_shared",
        target_tenant=BEN,
    )["id"]
    assert ben.show("security_group", group)["shared"] is True
    change = {"security_group": {"name": "mine"}}
    assert ben.refused("PUT", f"/security-groups/{group}", change) == (403, "NotYours")
    rule = {"security_group_rule": {"security_group_id": group, "direction": "ingress"}}
    assert ben.refused("POST", "/security-group-rules", rule) == (403, "NotYours")
    assert ben.refused("DELETE", f"/security-groups/{group}") == (403, "NotYours")
    network = ben.make("network")["id"]
    port = ben.make("port", network_id=network, security_groups=[group])["id"]
    assert ann.refused("DELETE", f"/rbac-policies/{policy}") == (409, "RbacPolicyInUse")
    ben.remove("port", port)
    ann.remove("rbac_policy", policy)
