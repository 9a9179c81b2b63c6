"""A server's life with the openstack command, both kinds."""

import pytest

KINDS = ("tiny-container", "tiny-kvm")


@pytest.fixture(scope="module")
def network(person):
    return person.network("10.31.0.0/24")


@pytest.fixture(scope="module")
def group(person):
    return person.group(("tcp", 22))


def status(person, server):
    return person.sdk.compute.get_server(server.id).status


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_goes_through_its_states_and_answers_again(person, network, group, kind):
    server, address, _ = person.server(kind, network, group)
    person.ssh(address, "true")
    compute = person.sdk.compute
    for command, expected in (
        (("server", "pause"), "PAUSED"),
        (("server", "unpause"), "ACTIVE"),
        (("server", "suspend"), "SUSPENDED"),
        (("server", "resume"), "ACTIVE"),
        (("server", "stop"), "SHUTOFF"),
        (("server", "start"), "ACTIVE"),
    ):
        person.cli(*command, server.id)
        compute.wait_for_server(server, status=expected, wait=150, interval=0.2)
    person.ssh(address, "true")
    person.cli("server", "reboot", "--hard", "--wait", server.id)
    person.ssh(address, "true")
    person.cli("server", "delete", "--wait", server.id)
    assert list(person.sdk.network.ports(device_id=server.id)) == []


def test_files_written_in_a_server_are_there_after_a_stop(person, network, group):
    server, address, _ = person.server("tiny-container", network, group)
    person.ssh(address, "echo kept > /home/cloud/file; sync")
    person.cli("server", "stop", server.id)
    person.sdk.compute.wait_for_server(server, status="SHUTOFF", wait=60, interval=0.2)
    person.cli("server", "start", server.id)
    person.sdk.compute.wait_for_server(server, status="ACTIVE", wait=60, interval=0.2)
    assert person.ssh(address, "cat /home/cloud/file").stdout.strip() == "kept"


def test_a_debian_container_runs_systemd_and_answers_ssh(person, network, group):
    server, address, _ = person.server("debian-container", network, group, flavor="small")
    done = person.ssh(address, "systemctl is-system-running --wait", user="debian", ok=False)
    assert done.stdout.strip() == "running"
    person.cli("server", "delete", "--wait", server.id)
