"""RBAC policies: what one project lets another use, and who can take it back."""

from tests.support.network_cloud import ANN, BEN


def grant(person, object_type, object_id, target, action="access_as_shared"):
    return person.make(
        "rbac_policy",
        object_type=object_type,
        object_id=object_id,
        action=action,
        target_tenant=target,
    )


def test_a_network_is_seen_and_used_by_the_project_it_is_granted_to(cloud):
    ann, ben = cloud.ann, cloud.ben
    network = ann.make("network")["id"]
    subnet = ann.make("subnet", network_id=network, cidr="10.0.0.0/24")["id"]
    assert ben.refused("GET", f"/networks/{network}") == (404, "NetworkNotFound")
    policy = grant(ann, "network", network, BEN)
    assert ben.show("network", network)["shared"] is True
    assert ann.show("network", network)["shared"] is False
    ben.show("subnet", subnet)
    port = ben.make("port", network_id=network)["id"]
    path = f"/rbac-policies/{policy['id']}"
    assert ben.refused("GET", path) == (404, "RbacPolicyNotFound")
    assert ann.refused("DELETE", path) == (409, "RbacPolicyInUse")
    ann.remove("port", port)
    ann.remove("rbac_policy", policy["id"])
    assert ben.refused("GET", f"/networks/{network}") == (404, "NetworkNotFound")


def test_a_shared_network_is_granted_to_everybody_and_no_longer(cloud):
    admin, ben = cloud.admin, cloud.ben
    network = admin.make("network", shared=True)["id"]
    found = admin.get("/rbac-policies", object_id=network)["rbac_policies"]
    assert [one["target_tenant"] for one in found] == ["*"]
    ben.show("network", network)
    assert admin.change("network", network, shared=False)["shared"] is False
    assert admin.get("/rbac-policies", object_id=network)["rbac_policies"] == []
    assert ben.refused("GET", f"/networks/{network}")[0] == 404


def test_a_way_out_is_granted_to_one_project(cloud):
    admin, ann, ben = cloud.admin, cloud.ann, cloud.ben
    network = admin.make("network")["id"]
    admin.make("subnet", network_id=network, cidr="10.5.0.0/24", enable_dhcp=False)
    policy = grant(admin, "network", network, BEN, "access_as_external")["id"]
    assert admin.show("network", network)["router:external"] is True
    ben.make("floatingip", floating_network_id=network)
    body = {"floatingip": {"floating_network_id": network}}
    assert ann.refused("POST", "/floatingips", body) == (404, "NetworkNotFound")
    assert admin.refused("DELETE", f"/rbac-policies/{policy}") == (409, "RbacPolicyInUse")
    wide = grant(admin, "network", network, "*", "access_as_external")["id"]
    admin.remove("rbac_policy", policy)
    narrowed = admin.change("rbac_policy", wide, target_tenant=BEN)
    assert narrowed["target_tenant"] == BEN


def test_only_owners_grant_and_only_administrators_to_everybody(cloud):
    ann, ben = cloud.ann, cloud.ben
    network = ann.make("network")["id"]
    body = {"object_type": "network", "object_id": network, "action": "access_as_shared"}
    wide = {"rbac_policy": {**body, "target_tenant": "*"}}
    assert ann.refused("POST", "/rbac-policies", wide) == (403, "AdminOnly")
    assert ann.refused("POST", "/rbac-policies", {"rbac_policy": body})[0] == 400
    grant(ann, "network", network, BEN)
    again = {"rbac_policy": {**body, "target_tenant": BEN}}
    assert ann.refused("POST", "/rbac-policies", again) == (409, "DuplicateRbacPolicy")
    theirs = {"rbac_policy": {**body, "target_tenant": ANN}}
    assert ben.refused("POST", "/rbac-policies", theirs) == (400, "RbacOwnerOnly")


def test_a_pool_is_granted_no_further_than_its_scope(cloud):
    ann, ben = cloud.ann, cloud.ben
    scope = ann.make("address_scope", ip_version=4)["id"]
    pool = ann.make("subnetpool", prefixes=["10.1.0.0/16"], address_scope_id=scope)["id"]
    body = {"object_type": "subnetpool", "object_id": pool, "action": "access_as_shared"}
    body["target_tenant"] = BEN
    assert ann.ask("POST", "/rbac-policies", {"rbac_policy": body}).status_code == 400
    grant(ann, "address_scope", scope, BEN)
    policy = grant(ann, "subnetpool", pool, BEN)["id"]
    network = ben.make("network")["id"]
    cut = {"network_id": network, "subnetpool_id": pool, "prefixlen": 24, "ip_version": 4}
    ben.make("subnet", **cut)
    assert ann.refused("DELETE", f"/rbac-policies/{policy}") == (409, "RbacPolicyInUse")
