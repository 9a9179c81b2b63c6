"""kill -9 of each process in turn: guests go on, nothing is stuck, nothing lacks an owner."""

import os
import pathlib
import signal
import subprocess

import pytest

from devstack import control
from tests.support.waiting import wait_for

OURS = (
    "identity-api",
    "image-api",
    "network-api",
    "network-controller",
    "network-metadata",
    "compute-api",
    "compute-controller",
    "compute-worker",
    "orchestration-api",
    "orchestration-controller",
)
ENGINES = ("rabbitmq", "ovn-northd", "ovn-controller", "libvirtd", "virtlogd")


@pytest.fixture(scope="module")
def network(person):
    return person.network("10.40.0.0/24")


@pytest.fixture(scope="module")
def group(person):
    return person.group(("tcp", 22))


@pytest.fixture(scope="module")
def guest(person, network, group):
    """A container that runs all through the module, and when it was started."""
    _, address, _ = person.server("tiny-container", network, group)
    return address, boot_id(person, address)


def boot_id(person, address):
    """Return what changes when the guest is started again: its init's start time."""
    return person.ssh(address, "cut -d' ' -f22 /proc/1/stat").stdout.strip()


def pid_of(cloud, name):
    return int((cloud.state_dir / "pid" / f"{name}.pid").read_text())


def kill(cloud, name):
    """Kill a process as the kernel would, and wait until another stands in its place."""
    old = pid_of(cloud, name)
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: pid_of(cloud, name) != old, timeout_s=60)
    settled(cloud)


def settled(cloud):
    """Wait until every process is ready."""

    def ready():
        found = control.ask(cloud, "status") or {"supervisor": {"state": "gone"}}
        return {name: fares["state"] for name, fares in found.items() if fares["state"] != "ready"}

    wait_for(ready, {}, timeout_s=120)


def boot(person, network, name):
    """Ask for a server without waiting for it."""
    compute = person.sdk.compute
    return compute.create_server(
        name=name,
        image_id=person.sdk.image.find_image("tiny-container").id,
        flavor_id=compute.find_flavor("tiny").id,
        networks=[{"uuid": network.id}],
    )


def end_state(person, server_id):
    """Return the status of a server that has come to rest, None while it has not."""
    answer = person.sdk.compute.get(f"/servers/{server_id}", raise_exc=False)
    if answer.status_code == 404:
        return "gone"
    found = answer.json()["server"]
    busy = found["OS-EXT-STS:task_state"] is not None
    return None if busy or found["status"] == "BUILD" else found["status"]


@pytest.mark.parametrize("name", OURS + ENGINES)
def test_after_a_kill_guests_go_on_and_servers_can_be_made(cloud, person, network, guest, name):
    address, started = guest
    kill(cloud, name)
    assert boot_id(person, address) == started
    server = boot(person, network, f"after-{name}")
    wait_for(lambda: end_state(person, server.id), timeout_s=90)
    assert end_state(person, server.id) == "ACTIVE"
    person.sdk.compute.delete_server(server)
    wait_for(lambda: end_state(person, server.id), "gone", timeout_s=60)


@pytest.mark.parametrize("victim", ["compute-worker", "compute-controller", "rabbitmq"])
def test_a_kill_in_the_middle_of_builds_leaves_each_server_whole_or_explained(
    cloud, person, network, victim
):
    servers = [boot(person, network, f"mid-{number}") for number in range(4)]
    kill(cloud, victim)
    for server in servers:
        wait_for(lambda server=server: end_state(person, server.id), timeout_s=120)
        state = end_state(person, server.id)
        assert state in ("ACTIVE", "ERROR", "gone")
        if state == "ERROR":
            assert person.sdk.compute.get_server(server.id).fault["message"]
    for server in servers:
        person.sdk.compute.delete_server(server, ignore_missing=True)
    for server in servers:
        wait_for(lambda server=server: end_state(person, server.id), "gone", timeout_s=90)


def test_in_the_end_nothing_on_the_host_is_without_an_owner(cloud, person, admin):
    living = {server.id for server in admin.compute.servers(all_projects=True)}
    ports = {port.id[:11] for port in admin.network.ports()}

    def orphans():
        return {
            "guests": _guests(cloud) - living,
            "devices": {name for name in _devices(cloud) if name[3:] not in ports},
            "allocations": _consumers(admin) - living,
        }

    wait_for(orphans, {"guests": set(), "devices": set(), "allocations": set()}, timeout_s=60)


def _guests(cloud):
    place = pathlib.Path(cloud.state_dir, "compute", "guests")
    return {entry.name for entry in place.iterdir()} if place.exists() else set()


def _devices(cloud):
    links = subprocess.run(
        ["ip", "-n", cloud.tag, "-br", "link"], capture_output=True, text=True, check=True
    )
    names = [line.split()[0].partition("@")[0] for line in links.stdout.splitlines()]
    return {name for name in names if name.startswith("tap")}


def _consumers(admin):
    found = set()
    for provider in admin.placement.resource_providers():
        answer = admin.placement.get(f"/resource_providers/{provider.id}/allocations")
        found |= set(answer.json()["allocations"])
    return found
