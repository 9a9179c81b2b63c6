"""Subnet pools and address scopes: ranges that are cut, and who may have them."""

import pytest

from network.drivers.base import Kind
from tests.support.waiting import wait_for


@pytest.fixture
def ann(cloud):
    return cloud.ann


def cut(person, network, pool, **more):
    return person.make("subnet", network_id=network, subnetpool_id=pool, ip_version=4, **more)


def _with_legs(engine, router, count):
    spec = engine.held.get((Kind.ROUTER, router))
    return spec if spec is not None and len(spec.ports) == count else None


def test_subnets_are_cut_from_a_pool_without_gaps_or_overlap(ann):
    pool = ann.make("subnetpool", name="p", prefixes=["10.1.0.0/24"], min_prefixlen="26")
    assert (pool["min_prefixlen"], pool["default_prefixlen"]) == ("26", "26")
    network = ann.make("network")["id"]
    first = cut(ann, network, pool["id"], prefixlen=28)
    assert (first["cidr"], first["subnetpool_id"]) == ("10.1.0.0/28", pool["id"])
    assert cut(ann, network, pool["id"])["cidr"] == "10.1.0.64/26"
    assert cut(ann, network, pool["id"], cidr="10.1.0.192/26")["cidr"] == "10.1.0.192/26"
    body = {"network_id": network, "subnetpool_id": pool["id"], "ip_version": 4}
    wrong = {"cidr": "10.1.0.0/26"}, {"cidr": "10.9.0.0/26"}
    for more in wrong:
        answer = ann.refused("POST", "/subnets", {"subnet": {**body, **more}})
        assert answer == (409, "SubnetAllocationError")
    short = {"subnet": {**body, "prefixlen": 25}}
    assert ann.refused("POST", "/subnets", short) == (400, "MinPrefixSubnetAllocationError")
    cut(ann, network, pool["id"])
    full = {"subnet": body}
    assert ann.refused("POST", "/subnets", full) == (409, "SubnetAllocationError")
    gone = ann.refused("DELETE", f"/subnetpools/{pool['id']}")
    assert gone == (409, "SubnetPoolDeleteError")


def test_a_pools_own_quota_counts_what_a_project_holds_of_it(ann):
    pool = ann.make("subnetpool", prefixes=["10.1.0.0/16"], min_prefixlen=24, default_quota=512)
    network = ann.make("network")["id"]
    for _ in range(2):
        cut(ann, network, pool["id"])
    body = {"network_id": network, "subnetpool_id": pool["id"], "ip_version": 4}
    refused = ann.refused("POST", "/subnets", {"subnet": body})
    assert refused == (409, "SubnetPoolQuotaExceeded")


def test_a_network_holds_subnets_of_one_pool_or_of_none(ann):
    pool = ann.make("subnetpool", prefixes=["10.1.0.0/16"], min_prefixlen=24)["id"]
    network = ann.make("network")["id"]
    ann.make("subnet", network_id=network, cidr="10.9.0.0/24", ip_version=4)
    body = {"network_id": network, "subnetpool_id": pool, "ip_version": 4}
    refused = ann.refused("POST", "/subnets", {"subnet": body})
    assert refused == (400, "NetworkSubnetPoolAffinityError")


def test_the_default_pool_is_cut_from_by_whoever_names_none(cloud):
    network = cloud.ann.make("network")["id"]
    body = {"network_id": network, "ip_version": 4, "use_default_subnetpool": True}
    none = cloud.ann.refused("POST", "/subnets", {"subnet": body})
    assert none == (404, "NoDefaultSubnetPoolDefined")
    given = {"prefixes": ["10.2.0.0/16"], "min_prefixlen": 24, "shared": True, "is_default": True}
    refused = cloud.ann.refused("POST", "/subnetpools", {"subnetpool": given})
    assert refused == (403, "PolicyNotAuthorized")
    cloud.admin.make("subnetpool", **given)
    assert cloud.ann.make("subnet", **body)["cidr"] == "10.2.0.0/24"


def test_prefixes_grow_and_go_when_nothing_was_cut_from_them(ann):
    pool = ann.make("subnetpool", prefixes=["10.1.0.0/24"], min_prefixlen=26)["id"]
    added = ann.ask("PUT", f"/subnetpools/{pool}/add_prefixes", {"prefixes": ["10.1.1.0/24"]})
    assert added.json == {"prefixes": ["10.1.0.0/23"]}
    cut(ann, ann.make("network")["id"], pool)
    path = f"/subnetpools/{pool}/remove_prefixes"
    used = ann.refused("PUT", path, {"prefixes": ["10.1.0.0/24"]})
    assert used == (400, "IllegalSubnetPoolPrefixUpdate")
    left = ann.ask("PUT", path, {"prefixes": ["10.1.1.0/24"]})
    assert left.json == {"prefixes": ["10.1.0.0/24"]}


def test_an_address_in_a_scope_is_in_one_pool_only(ann):
    scope = ann.make("address_scope", name="s", ip_version=4)["id"]
    ann.make("subnetpool", prefixes=["10.1.0.0/24"], min_prefixlen=26, address_scope_id=scope)
    other = ann.make("subnetpool", prefixes=["10.1.0.0/16"], min_prefixlen=24)["id"]
    joining = {"subnetpool": {"address_scope_id": scope}}
    refused = ann.refused("PUT", f"/subnetpools/{other}", joining)
    assert refused == (409, "AddressScopePrefixConflict")
    assert ann.refused("DELETE", f"/address-scopes/{scope}") == (409, "AddressScopeInUse")


def test_within_a_scope_addresses_are_not_translated(cloud):
    admin = cloud.admin
    scope = admin.make("address_scope", ip_version=4)["id"]
    made = {"min_prefixlen": 24, "address_scope_id": scope}
    pool = admin.make("subnetpool", prefixes=["10.1.0.0/16"], **made)["id"]
    outside = admin.make("network", **{"router:external": True})["id"]
    cut(admin, outside, pool)
    inside = admin.make("network")["id"]
    within = cut(admin, inside, pool)["id"]
    assert admin.show("network", inside)["ipv4_address_scope"] == scope
    without = admin.make("subnet", network_id=admin.make("network")["id"], cidr="10.9.0.0/24")
    router = admin.make("router", external_gateway_info={"network_id": outside})["id"]
    for subnet in (within, without["id"]):
        path = f"/routers/{router}/add_router_interface"
        assert admin.ask("PUT", path, {"subnet_id": subnet}).status_code == 200
    spec = wait_for(lambda: _with_legs(cloud.engine, router, 2))
    assert [cidr for cidr, _ in spec.snat] == ["10.9.0.0/24"]


def test_ports_of_an_owner_get_addresses_of_the_subnet_kept_for_them(ann):
    network = ann.make("network")["id"]
    ann.make("subnet", network_id=network, cidr="10.1.0.0/24")
    kept = ann.make(
        "subnet", network_id=network, cidr="10.2.0.0/24", service_types=["compute:nova"]
    )
    port = ann.make("port", network_id=network, device_owner="compute:nova")
    assert [one["subnet_id"] for one in port["fixed_ips"]] == [kept["id"]]
    other = ann.make("port", network_id=network)
    assert [one["subnet_id"] for one in other["fixed_ips"]] != [kept["id"]]
    body = {"subnet": {"network_id": network, "cidr": "10.3.0.0/24", "service_types": ["x"]}}
    assert ann.refused("POST", "/subnets", body) == (400, "InvalidSubnetServiceType")
