"""The SDK: the verbs of its proxies for each resource, and its cloud layer."""

from typing import Any

import pytest

from devstack import clouds
from tests.support.tenants import Tenant

# proxy, singular, plural, the fields of a new one, and what to change
OWN: tuple[Any, ...] = (
    ("network", "network", "networks", {}, {"description": "changed"}),
    ("network", "router", "routers", {}, {"description": "changed"}),
    ("network", "security_group", "security_groups", {}, {"description": "changed"}),
    (
        "network",
        "address_scope",
        "address_scopes",
        {"ip_version": 4},
        {"name": "sdk-address_scope-2"},
    ),
    (
        "network",
        "subnet_pool",
        "subnet_pools",
        {"prefixes": ["10.96.0.0/16"], "default_prefix_length": 24},
        {"description": "changed"},
    ),
    (
        "image",
        "image",
        "images",
        {"disk_format": "raw", "container_format": "bare"},
        {"min_disk": 1},
    ),
    ("compute", "server_group", "server_groups", {"policy": "anti-affinity"}, None),
    ("compute", "keypair", "keypairs", {}, None),
)
ADMINS: tuple[Any, ...] = (
    ("identity", "domain", "domains", {"is_enabled": False}, {"description": "changed"}),
    ("identity", "project", "projects", {}, {"description": "changed"}),
    ("identity", "user", "users", {"password": "secret-1"}, {"description": "changed"}),
    ("identity", "group", "groups", {}, {"description": "changed"}),
    ("identity", "role", "roles", {}, {"description": "changed"}),
    ("identity", "service", "services", {"type": "sdk"}, {"description": "changed"}),
    ("compute", "flavor", "flavors", {"ram": 64, "vcpus": 1, "disk": 1}, {"description": "new"}),
    ("compute", "aggregate", "aggregates", {}, {"name": "sdk-aggregate-2"}),
    ("network", "qos_policy", "qos_policies", {}, {"description": "changed"}),
)


@pytest.fixture(scope="module")
def admin(cloud):
    """The administrator's connection."""
    found = clouds.connect(cloud)
    yield found
    found.close()


@pytest.fixture(scope="module")
def person(cloud, tmp_path_factory):
    """A project's member."""
    found = Tenant(cloud, tmp_path_factory.mktemp("keys"))
    yield found
    found.remove_servers()


def walk(connection, proxy, singular, plural, fields, change):
    """Create, get, find, list, change and delete one resource by its proxy."""
    service = getattr(connection, proxy)
    name = f"sdk-{singular}"
    made = getattr(service, f"create_{singular}")(name=name, **fields)
    try:
        assert made.name == name
        shown = getattr(service, f"get_{singular}")(made.id)
        assert shown.id == made.id
        assert getattr(service, f"find_{singular}")(name, ignore_missing=False).id == made.id
        assert made.id in {one.id for one in getattr(service, plural)()}
        for key, value in (change or {}).items():
            changed = getattr(service, f"update_{singular}")(made.id, **{key: value})
            assert getattr(changed, key) == value
            assert getattr(getattr(service, f"get_{singular}")(made.id), key) == value
    finally:
        getattr(service, f"delete_{singular}")(made.id)
    assert getattr(service, f"find_{singular}")(name) is None


@pytest.mark.parametrize("row", OWN, ids=lambda row: f"{row[0]}.{row[1]}")
def test_a_member_walks_every_resource_by_its_proxy(person, row):
    walk(person.api, *row)


@pytest.mark.parametrize("row", ADMINS, ids=lambda row: f"{row[0]}.{row[1]}")
def test_an_administrator_walks_every_resource_by_its_proxy(admin, row):
    walk(admin, *row)


def test_resources_of_others_are_made_by_their_proxies(person):
    api = person.api.network
    network = person.network("10.97.0.0/24")
    (subnet,) = api.subnets(network_id=network.id)
    port = api.create_port(network_id=network.id, name="sdk-port")
    assert api.find_port("sdk-port").fixed_ips[0]["subnet_id"] == subnet.id
    group = person.group()
    (rule,) = api.security_group_rules(security_group_id=group.id, direction="ingress")
    assert api.get_security_group_rule(rule.id).port_range_max == 22
    public = api.find_network("public", ignore_missing=False)
    address = api.create_ip(floating_network_id=public.id, port_id=port.id)
    assert api.find_ip(address.floating_ip_address).id == address.id
    assert api.update_ip(address, port_id=None).port_id is None
    api.delete_ip(address)
    api.delete_port(port)
    (quota,) = [api.get_quota(person.project.id)]
    assert quota.networks > 0


def test_the_administrator_sees_hosts_and_every_project(admin, person):
    (hypervisor,) = admin.compute.hypervisors(details=True)
    assert hypervisor.status == "enabled"
    assert {"nova-compute"} <= {service.binary for service in admin.compute.services()}
    assert list(admin.compute.availability_zones(details=True))
    assert person.project.id in {project.id for project in admin.identity.projects()}
    user = admin.identity.find_user(person.name, ignore_missing=False)
    assigned = list(admin.identity.role_assignments(user_id=user.id))
    assert [one.scope["project"]["id"] for one in assigned] == [person.project.id]
    assert list(admin.identity.endpoints()) and list(admin.identity.regions())


def test_a_stack_is_walked_by_its_proxy(person):
    api = person.api.orchestration
    template = {
        "heat_template_version": "2021-04-16",
        "resources": {"network": {"type": "OS::Neutron::Net"}},
        "outputs": {"id": {"value": {"get_resource": "network"}}},
    }
    made = api.create_stack(name="sdk-stack", template=template)
    made = api.wait_for_status(made, status="CREATE_COMPLETE", interval=0.2, wait=60)
    assert api.find_stack("sdk-stack", ignore_missing=False).id == made.id
    assert [one.name for one in api.resources(made)] == ["network"]
    assert list(api.stack_events(made))
    assert api.get_stack_template(made).resources == template["resources"]
    api.delete_stack(made)
    api.wait_for_delete(made, interval=0.2, wait=60)


def test_the_cloud_layer_makes_a_server_that_answers_outside(person):
    api = person.api
    network = person.network("10.98.0.0/24")
    group = person.group()
    server = api.create_server(
        "sdk-server",
        image="tiny-container",
        flavor="tiny",
        network=network.name,
        security_groups=[group.name],
        key_name="key",
        auto_ip=True,
        wait=True,
        timeout=120,
    )
    assert server.status == "ACTIVE"
    assert api.get_server("sdk-server").public_v4
    assert [one.id for one in api.search_servers("sdk-s*")] == [server.id]
    assert api.list_server_security_groups(server)[0]["name"] == group.name
    assert isinstance(api.get_server_console("sdk-server", length=5), str)
    image = api.create_image_snapshot("sdk-snapshot", server, wait=True, timeout=120)
    assert api.search_images("sdk-snapshot")[0].status == "active"
    assert api.delete_image(image.id, wait=True)
    assert api.set_server_metadata("sdk-server", {"colour": "blue"}) is None
    assert api.delete_server("sdk-server", wait=True, timeout=60, delete_ips=True)
    assert api.get_server("sdk-server") is None
    assert not list(api.network.ips())


def test_the_cloud_layer_searches_what_the_cloud_offers(person):
    api = person.api
    assert api.get_flavor_by_ram(100).ram >= 100
    assert [one.name for one in api.search_flavors("tiny")] == ["tiny"]
    assert {"tiny-kvm", "tiny-container"} <= {one.name for one in api.list_images()}
    assert [one.name for one in api.search_networks("public")] == ["public"]
    assert api.search_keypairs("key")[0].name == "key"
    assert api.get_compute_limits()["max_total_instances"] > 0
    assert api.get_external_ipv4_networks()[0].name == "public"
