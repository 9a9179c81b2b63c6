"""A server's life with the openstack command, both kinds."""

import pytest

KINDS = ("tiny-container", "tiny-kvm")
STEPS = (
    ("pause", "PAUSED"),
    ("unpause", "ACTIVE"),
    ("suspend", "SUSPENDED"),
    ("resume", "ACTIVE"),
    ("stop", "SHUTOFF"),
    ("start", "ACTIVE"),
    ("reboot --hard", "ACTIVE"),
)


@pytest.fixture(scope="module")
def network(tenant):
    return tenant.network("10.61.0.0/24")


@pytest.fixture(scope="module")
def group(tenant):
    return tenant.group()


def pass_through(tenant, server, verb, status):
    """Order one thing, and return once the server has come to rest in the status."""
    tenant.cli(f"server {verb} {server.id}")
    tenant.api.compute.wait_for_server(server, status=status, wait=150, interval=0.2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_goes_through_its_states_and_answers_again(tenant, network, group, kind):
    server = tenant.server(network, group, image=kind)
    where = tenant.logged_in(tenant.reachable(server))
    assert tenant.run(where, "echo kept > /home/cloud/file; sync")[0] == 0
    for verb, status in STEPS:
        pass_through(tenant, server, verb, status)
    tenant.logged_in(where)
    assert tenant.run(where, "cat /home/cloud/file")[1].strip() == "kept"
    tenant.cli(f"server delete --wait {server.id}")
    assert list(tenant.api.network.ports(device_id=server.id)) == []


def test_a_debian_container_runs_systemd(tenant, network, group):
    server = tenant.server(network, group, image="debian-container", flavor="small")
    where = tenant.reachable(server)
    tenant.logged_in(where, user="debian")
    assert tenant.run(where, "systemctl is-system-running --wait", user="debian")[1] == "running\n"
