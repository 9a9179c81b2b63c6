"""Security groups and their rules."""

from network.drivers.base import Kind
from tests.support.waiting import wait_for


def rule(group_id: str, **more: object) -> dict[str, object]:
    return {"security_group_id": group_id, "direction": "ingress", "ethertype": "IPv4", **more}


def ports(protocol: str | None, low: int | None, high: int | None) -> dict[str, object]:
    return {"protocol": protocol, "port_range_min": low, "port_range_max": high}


def test_each_project_has_a_default_group_from_the_first_look_on(light_cloud):
    groups = light_cloud.ann.get("/security-groups")["security_groups"]
    assert [group["name"] for group in groups] == ["default"]
    shown = {
        (r["direction"], r["ethertype"], r["remote_group_id"] is None)
        for r in groups[0]["security_group_rules"]
    }
    assert shown == {
        ("egress", "IPv4", True),
        ("egress", "IPv6", True),
        ("ingress", "IPv4", False),
        ("ingress", "IPv6", False),
    }
    path = f"/security-groups/{groups[0]['id']}"
    ann = light_cloud.ann
    default = {"security_group": {"name": "default"}}
    assert ann.refused("POST", "/security-groups", default) == (
        409,
        "SecurityGroupDefaultAlreadyExists",
    )
    assert ann.refused("PUT", path, {"security_group": {"name": "x"}}) == (
        409,
        "SecurityGroupCannotUpdateDefault",
    )
    assert ann.refused("DELETE", path) == (409, "SecurityGroupCannotRemoveDefault")
    light_cloud.admin.remove("security_group", groups[0]["id"])


def test_rules_reach_the_engine_with_their_group(cloud):
    group = cloud.ann.make("security_group", name="web")
    made = cloud.ann.make(
        "security_group_rule",
        **rule(group["id"], protocol="tcp", port_range_min=22, port_range_max=22),
    )
    wait_for(lambda: len(cloud.held(Kind.SECURITY_GROUP, group["id"]).rules), 3)
    cloud.ann.remove("security_group_rule", made["id"])
    wait_for(lambda: len(cloud.held(Kind.SECURITY_GROUP, group["id"]).rules), 2)
    cloud.ann.remove("security_group", group["id"])
    cloud.gone(Kind.SECURITY_GROUP, group["id"])


def test_many_rules_come_in_one_request_or_not_at_all(cloud):
    group = cloud.ann.make("security_group", name="web")
    opened = [
        rule(group["id"], protocol="tcp", port_range_min=n, port_range_max=n) for n in range(1, 51)
    ]
    answer = cloud.ann.ask("POST", "/security-group-rules", {"security_group_rules": opened})
    assert answer.status_code == 201
    assert len(answer.json["security_group_rules"]) == 50
    again = [
        rule(group["id"], protocol="udp", port_range_min=9, port_range_max=9),
        rule(group["id"], protocol="6", port_range_min=7, port_range_max=7),
    ]
    refused = cloud.ann.refused("POST", "/security-group-rules", {"security_group_rules": again})
    assert refused == (409, "SecurityGroupRuleExists")
    assert len(cloud.ann.show("security_group", group["id"])["security_group_rules"]) == 52


def test_a_group_in_use_stays(light_cloud):
    ann = light_cloud.ann
    group = ann.make("security_group", name="web")
    network = ann.make("network")
    port = ann.make("port", network_id=network["id"], security_groups=[group["id"]])
    assert ann.refused("DELETE", f"/security-groups/{group['id']}") == (409, "SecurityGroupInUse")
    ann.change("port", port["id"], security_groups=[])
    wait_for(lambda: light_cloud.held(Kind.PORT, port["id"]).security_group_ids, ())
    ann.remove("security_group", group["id"])


def test_what_a_rule_cannot_say_is_told(light_cloud):
    ann = light_cloud.ann
    group = ann.make("security_group", name="web")["id"]
    both = {"remote_ip_prefix": "0.0.0.0/0", "remote_group_id": group}
    wrong: list[tuple[int, str, dict[str, object]]] = [
        (400, "InvalidInput", {"ethertype": "bad"}),
        (400, "SecurityGroupInvalidProtocol", {"protocol": "bad"}),
        (400, "InvalidInput", {"remote_ip_prefix": "192.168.1./24"}),
        (400, "SecurityGroupRuleParameterConflict", {"remote_ip_prefix": "fd00::/64"}),
        (400, "SecurityGroupInvalidPortRange", ports("tcp", 80, 22)),
        (400, "SecurityGroupInvalidPortValue", ports("tcp", 1, 65536)),
        (400, "SecurityGroupInvalidPortRange", ports("tcp", 22, None)),
        (400, "SecurityGroupProtocolRequiredWithPorts", ports(None, 1, 2)),
        (400, "SecurityGroupMissingIcmpType", ports("icmp", None, 2)),
        (400, "SecurityGroupInvalidIcmpValue", ports("icmp", 256, None)),
        (400, "SecurityGroupRemoteGroupAndRemoteIpPrefix", both),
        (404, "SecurityGroupNotFound", {"remote_group_id": "no-such"}),
        (404, "SecurityGroupNotFound", {"security_group_id": "no-such"}),
        (400, "HTTPBadRequest", {"direction": "sideways"}),
    ]
    for status, kind, more in wrong:
        body = {"security_group_rule": rule(group_id=group) | more}
        assert ann.refused("POST", "/security-group-rules", body) == (status, kind), more
    assert len(ann.show("security_group", group)["security_group_rules"]) == 2
