"""kill -9 of everything in turn: guests go on, and nothing is left without an owner."""

import os
import signal

import pytest

from devstack import control, processes
from tests.support.cloud import UP, command
from tests.support.waiting import wait_for

ONCE = ("-migrate", "-bootstrap", "data-plane")


def fares(cloud):
    found = control.ask(cloud, "status")
    assert found is not None
    return {name: fare for name, fare in found.items() if not name.endswith(ONCE)}


def kill(cloud, name):
    """Kill one process, and return once its successor is ready."""
    before = fares(cloud)[name]
    os.kill(before["pid"], signal.SIGKILL)
    wait_for(lambda: fares(cloud)[name]["restarts"] > before["restarts"], timeout_s=20)
    wait_for(lambda: fares(cloud)[name]["state"], "ready", timeout_s=60)


@pytest.fixture(scope="module")
def guests(tenant):
    """A guest of each kind, and what says that it was never restarted."""
    network, group = tenant.network(), tenant.group()
    asked = [tenant.server(network, group, image=image) for image in ("tiny-container", "tiny-kvm")]
    found = [tenant.logged_in(tenant.reachable(server)) for server in asked]
    for guest in found:
        assert tenant.run(guest, "sudo sh -c 'echo alive > /run/mark || echo alive > /tmp/mark'")
    return found


def await_mark(tenant, guest):
    """Return once the guest, reached again, still has what was written when it was new."""
    look = "cat /run/mark /tmp/mark 2>/dev/null"
    wait_for(lambda: tenant.run(guest, look)[1].strip(), "alive", timeout_s=30)


def names(cloud):
    return sorted(fares(cloud))


def test_every_process_comes_back_and_guests_never_stop(cloud, tenant, guests):
    for name in names(cloud):
        kill(cloud, name)
        for guest in guests:
            await_mark(tenant, guest)
    for guest in guests:
        assert tenant.api.compute.get_server(guest.server).status == "ACTIVE"


def test_after_all_that_a_new_server_can_be_made(tenant, guests):
    server = tenant.server(tenant.network("10.44.0.0/24"), tenant.group())
    tenant.logged_in(tenant.reachable(server))


@pytest.mark.parametrize("victim", ["compute-worker", "compute-controller", "rabbitmq"])
def test_a_server_under_way_is_built_or_ends_with_a_reason(cloud, tenant, guests, victim):
    network = tenant.api.network.get_network(
        next(iter(tenant.api.network.ports(device_id=guests[0].server.id))).network_id
    )
    group = tenant.group()
    asked = [tenant.server(network, group) for _ in range(3)]
    kill(cloud, victim)

    def settled():
        found = [tenant.api.compute.get_server(server) for server in asked]
        return all(server.status in ("ACTIVE", "ERROR") for server in found)

    wait_for(settled, timeout_s=90, every_s=0.3)
    for server in asked:
        found = tenant.api.compute.get_server(server)
        if found.status == "ERROR":
            assert found.fault["message"]
        else:
            tenant.logged_in(tenant.reachable(found))
        tenant.api.compute.delete_server(found)
    wait_for(lambda: len(list(tenant.api.compute.servers())) <= len(guests) + 1, timeout_s=60)


def test_apis_are_healthy_after_a_kill_of_the_supervisor(cloud, tenant, guests):
    pid = int((cloud.state_dir / "pid/supervisor.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    command(UP, "--no-demo", "--state-dir", str(cloud.state_dir))
    assert processes.healthy(cloud, "identity", "image", "network", "compute", "orchestration")()
    for guest in guests:
        await_mark(tenant, guest)
