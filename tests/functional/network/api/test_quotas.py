"""Limits hold when many ask at once, and usage is what the rows say."""

import pytest

from tests.support.crowd import crowd
from tests.support.network_cloud import ANN

CALLERS, LIMIT = 20, 10
PLURALS = {"rbac_policy": "rbac_policies"}


def allow(cloud, **limits):
    answer = cloud.admin.ask("PUT", f"/quotas/{ANN}", {"quota": limits})
    assert answer.status_code == 200, answer.text


def subnet(cloud, network_id, number):
    return {"network_id": network_id, "ip_version": 4, "cidr": f"10.0.{number}.0/24"}


def bodies(cloud, noun):
    """Return what makes the body of a number's request."""
    network_id = cloud.ann.make("network", name="n")["id"]
    if noun == "subnet":
        return lambda number: subnet(cloud, network_id, number)
    if noun == "port":
        cloud.ann.make("subnet", **subnet(cloud, network_id, 0))
        return lambda number: {"network_id": network_id}
    if noun == "floatingip":
        outside = cloud.admin.make(
            "network",
            **{
                "router:external": True,
                "provider:network_type": "flat",
                "provider:physical_network": "physnet1",
            },
        )["id"]
        cloud.admin.make("subnet", network_id=outside, ip_version=4, cidr="203.0.113.0/24")
        return lambda number: {"floating_network_id": outside}
    if noun == "security_group_rule":
        group = cloud.ann.make("security_group", name="g")["id"]
        return lambda number: {
            "security_group_id": group,
            "direction": "ingress",
            "ethertype": "IPv4",
            "protocol": "tcp",
            "port_range_min": 1000 + number,
            "port_range_max": 1000 + number,
        }
    if noun == "subnetpool":
        return lambda number: {"name": f"p{number}", "prefixes": [f"10.{number}.0.0/16"]}
    if noun == "rbac_policy":
        return lambda number: {
            "object_type": "network",
            "object_id": network_id,
            "target_tenant": f"project-{number}",
            "action": "access_as_shared",
        }
    if noun == "trunk":
        ports = [cloud.ann.make("port", network_id=network_id)["id"] for _ in range(CALLERS)]
        return lambda number: {"port_id": ports[number % CALLERS]}
    return lambda number: {"name": f"n{number}"}


@pytest.mark.parametrize(
    "noun",
    [
        *("network", "subnet", "port", "router", "floatingip", "subnetpool", "trunk"),
        *("security_group", "security_group_rule", "rbac_policy", "address_group"),
    ],
)
def test_no_more_is_made_than_the_quota_has_room_for(cloud, noun):
    body = bodies(cloud, noun)
    if noun.startswith("security"):
        cloud.ann.get("/security-groups")
    details = f"/quotas/{ANN}/details"
    before = cloud.ann.get(details)["quota"][noun]["used"]
    allow(cloud, **{noun: before + LIMIT})
    plural = f"/{PLURALS.get(noun, noun + 's')}".replace("_", "-")
    seen = crowd(CALLERS, lambda number: cloud.ann.ask("POST", plural, {noun: body(number)}))
    assert seen == {201: LIMIT, 409: CALLERS - LIMIT}
    assert cloud.ann.get(details)["quota"][noun] == {
        "limit": before + LIMIT,
        "used": before + LIMIT,
        "reserved": 0,
    }
    assert cloud.ann.refused("POST", plural, {noun: body(99)}) == (409, "OverQuota")


def test_a_bulk_request_is_made_whole_or_not_at_all(cloud):
    allow(cloud, network=LIMIT)
    many = {"networks": [{"name": f"n{number}"} for number in range(LIMIT + 1)]}
    assert cloud.ann.refused("POST", "/networks", many) == (409, "OverQuota")
    assert cloud.ann.get("/networks")["networks"] == []


def test_a_limit_below_what_is_in_use_is_refused_when_the_caller_has_it_checked(cloud):
    for number in range(2):
        cloud.ann.make("network", name=f"n{number}")
    path = f"/quotas/{ANN}"
    low = {"quota": {"network": 1, "check_limit": True}}
    status, sentence = cloud.admin.refused("PUT", path, low)
    assert (status, sentence) == (400, "InvalidInput")
    allow(cloud, network=2, check_limit=True)
    allow(cloud, network=1, check_limit=True, force=True)
    assert cloud.admin.get(path)["quota"]["network"] == 1
