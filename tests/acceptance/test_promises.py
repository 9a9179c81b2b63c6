"""What a user and an operator are promised, seen on the whole cloud."""

import pathlib
import re
import urllib.request

import pytest
from openstack import exceptions

from tests.support.waiting import wait_for

NOBODY = "00000000-0000-0000-0000-000000000000"


def calls_to_identity(cloud):
    """How many requests identity's workers have answered, health checks left out.

    Each of its processes counts for itself, so ask until each has surely been met.
    """
    most: dict[str, float] = {}
    for _ in range(20):
        with urllib.request.urlopen(cloud.url("identity") + "/metrics") as answer:
            text = answer.read().decode()
        counted = re.findall(r'cumulet_http_requests_total\{(.*route="/v3.*)\} ([\d.]+)', text)
        for labels, value in counted:
            most[labels] = max(most.get(labels, 0), float(value))
    return most


def test_a_request_costs_no_call_to_identity(cloud, tenant):
    for _ in range(3):
        list(tenant.api.compute.servers())
        list(tenant.api.network.networks())
        list(tenant.api.image.images())
    before = calls_to_identity(cloud)
    for _ in range(10):
        list(tenant.api.compute.servers())
        list(tenant.api.network.networks())
        list(tenant.api.image.images())
    assert calls_to_identity(cloud) == before


@pytest.mark.parametrize(
    ("service", "path"),
    [("compute", "/v2.1/servers"), ("network", "/v2.0/networks"), ("image", "/v2/images")],
)
def test_a_revoked_token_is_refused_by_every_service_within_a_second(cloud, tenant, service, path):
    token = tenant.connect().auth_token
    session = tenant.admin.session

    def status():
        headers = {"X-Auth-Token": token}
        url = cloud.url(service) + path
        return session.get(url, headers=headers, authenticated=False, raise_exc=False).status_code

    assert status() == 200
    tenant.admin.identity.delete("/auth/tokens", headers={"X-Subject-Token": token})
    wait_for(status, 401, timeout_s=1)


def test_another_projects_server_is_not_found(tenant, stranger):
    server = tenant.server(tenant.network("10.50.0.0/24", routed=False), tenant.group())
    tenant.active(server)
    with pytest.raises(exceptions.NotFoundException):
        stranger.api.compute.get_server(server.id)
    with pytest.raises(exceptions.NotFoundException):
        stranger.api.compute.delete_server(server.id, ignore_missing=False)


@pytest.mark.parametrize(
    ("field", "value"), [("image_id", NOBODY), ("flavor_id", "nosuch"), ("networks", NOBODY)]
)
def test_a_server_of_something_unknown_is_refused_by_name(tenant, field, value):
    compute = tenant.api.compute
    wanted = {
        "name": "refused",
        "image_id": tenant.api.image.find_image("tiny-container").id,
        "flavor_id": compute.find_flavor("tiny").id,
        "networks": "none",
    }
    wanted[field] = [{"uuid": value}] if field == "networks" else value
    with pytest.raises(exceptions.BadRequestException, match=value):
        compute.create_server(**wanted)
    assert not [server for server in compute.servers() if server.name == "refused"]


def test_bytes_that_are_no_disk_image_are_refused(tenant):
    image = tenant.api.image.create_image(
        "no-image", disk_format="qcow2", container_format="bare", allow_duplicates=True
    )
    answer = tenant.api.image.put(
        f"/images/{image.id}/file",
        data=b"no disk at all" * 100,
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.status_code >= 400 and "qcow2" in answer.text
    assert tenant.api.image.get_image(image.id).status == "queued"
    tenant.api.image.delete_image(image)


def test_a_deleted_server_leaves_nothing_on_the_host(cloud, tenant):
    network, group = tenant.network("10.51.0.0/24", routed=False), tenant.group()
    before = traces(cloud)
    for image in ("tiny-container", "tiny-kvm"):
        tenant.active(tenant.server(network, group, image=image))
    tenant.remove_servers()
    wait_for(lambda: traces(cloud) - before, set(), timeout_s=20)


def traces(cloud):
    """What servers leave on the host: directories, mounts, groups."""
    guests = {
        str(path)
        for kind in ("containers", "kvm/guests")
        for path in (cloud.state_dir / "compute" / kind).glob("*")
    }
    mounts = {
        line.split()[1]
        for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()
        if str(cloud.state_dir) in line or f"/{cloud.tag}/" in line
    }
    groups = {str(path) for path in pathlib.Path("/sys/fs/cgroup").glob(f"*/{cloud.tag}/*-*-*")}
    return guests | mounts | groups
