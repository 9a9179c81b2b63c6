"""What bad input gets: a clear word, and nothing left behind."""

import uuid

import pytest

from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def network(tenant):
    return tenant.network("10.62.0.0/24", routed=False)


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("compute", "/servers"),
        ("network", "/networks"),
        ("image", "/images"),
        ("orchestration", "/stacks"),
        ("identity", "/auth/tokens"),
    ],
)
def test_malformed_json_is_a_bad_request_everywhere(tenant, service, path):
    proxy = getattr(tenant.api, service)
    headers = {"Content-Type": "application/json"}
    answer = proxy.post(path, data="{broken", headers=headers, raise_exc=False)
    assert answer.status_code == 400, answer.text
    answer = proxy.post(path, data="x" * (1024 * 1024 + 1), headers=headers, raise_exc=False)
    assert answer.status_code == 413, answer.text


def test_no_room_on_any_host_is_explained_and_leaves_nothing(tenant, network):
    compute = tenant.admin.compute
    name = f"huge-{uuid.uuid4().hex[:6]}"
    flavor = compute.create_flavor(name=name, ram=4_000_000, vcpus=1, disk=1)
    path = f"/os-quota-sets/{tenant.project.id}"
    compute.put(path, json={"quota_set": {"ram": -1}})
    try:
        server = tenant.server(network, tenant.group(), flavor=name)
        wait_for(lambda: tenant.api.compute.get_server(server).status, "ERROR", timeout_s=30)
        fault = tenant.api.compute.get_server(server).fault["message"]
        assert "No valid host was found" in fault
        assert "MiB" in fault
        tenant.remove_servers()
        assert list(tenant.api.network.ports(device_id=server.id)) == []
    finally:
        compute.delete(path)
        compute.delete_flavor(flavor)


def test_over_quota_is_refused_with_the_figures(tenant, network):
    compute = tenant.admin.compute
    path = f"/os-quota-sets/{tenant.project.id}"
    compute.put(path, json={"quota_set": {"instances": 0}})
    try:
        told = tenant.cli(
            f"server create --image tiny-container --flavor tiny --network {network.id} x", ok=False
        )
        assert "Quota exceeded" in told
    finally:
        compute.delete(path)
    assert list(tenant.api.compute.servers()) == []


def test_too_small_a_flavor_for_the_image_is_refused(tenant, network):
    image = tenant.api.image.create_image(
        "large",
        disk_format="raw",
        container_format="bare",
        min_disk=10,
        data=b"\0" * 512,
        allow_duplicates=True,
    )
    told = tenant.cli(
        f"server create --image {image.id} --flavor tiny --network {network.id} x", ok=False
    )
    assert "400" in told and "disk" in told.lower()
    tenant.api.image.delete_image(image)


def test_an_invented_token_opens_nothing(tenant):
    for service, path in (
        (tenant.api.compute, "/servers"),
        (tenant.api.network, "/networks"),
        (tenant.api.image, "/images"),
        (tenant.api.orchestration, "/stacks"),
    ):
        answer = service.get(
            path, headers={"X-Auth-Token": "nonsense"}, raise_exc=False, authenticated=False
        )
        assert answer.status_code == 401, answer.text


def test_a_network_without_a_free_address_says_so(tenant):
    network = tenant.network("10.63.0.0/29", routed=False)
    net = tenant.api.network
    made = []
    answer = None
    for _ in range(8):
        answer = net.post("/ports", json={"port": {"network_id": network.id}}, raise_exc=False)
        if answer.status_code != 201:
            break
        made.append(answer.json()["port"]["id"])
    assert answer is not None
    assert answer.status_code == 409
    assert answer.json()["NeutronError"]["type"] == "IpAddressGenerationFailure"
    for port in made:
        net.delete_port(port)
