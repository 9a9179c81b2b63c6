"""kill -9 of everything in turn: guests go on, and nothing is left without an owner."""

import os
import re
import signal

import pytest

from common import process
from devstack import control, ovs, processes
from devstack.scratch import UP, command
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
    return {guest: boot(tenant, guest) for guest in found}


def boot(tenant, guest):
    """What changes when a guest is started again: the kernel's boot, and its first process."""
    look = "cat /proc/sys/kernel/random/boot_id; cut -d ' ' -f 22 /proc/1/stat"
    status, text = tenant.run(guest, look)
    return text if status == 0 else None


def await_same_boot(tenant, guests):
    """Return once every guest answers, and has never been started again."""
    for guest, first in guests.items():
        seen = wait_for(lambda guest=guest: boot(tenant, guest), timeout_s=30)  # type: ignore[misc]
        assert seen == first


def names(cloud):
    return sorted(fares(cloud))


def test_every_process_comes_back_and_guests_never_stop(cloud, tenant, guests):
    for name in names(cloud):
        kill(cloud, name)
        await_same_boot(tenant, guests)
    for guest in guests:
        assert tenant.api.compute.get_server(guest.server).status == "ACTIVE"


def test_after_all_that_a_new_server_can_be_made(tenant, guests):
    server = tenant.server(tenant.network("10.44.0.0/24"), tenant.group())
    tenant.logged_in(tenant.reachable(server))


@pytest.mark.parametrize("victim", ["compute-worker", "compute-controller", "rabbitmq"])
def test_a_server_under_way_is_built_or_ends_with_a_reason(cloud, tenant, guests, victim):
    network = tenant.api.network.get_network(
        next(iter(tenant.api.network.ports(device_id=next(iter(guests)).server.id))).network_id
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
    await_same_boot(tenant, guests)


def test_nothing_is_left_without_an_owner(cloud, tenant, guests):
    servers = {server.id for server in tenant.admin.compute.servers(all_projects=True)}
    wait_for(lambda: directories(cloud) - servers, set(), timeout_s=30)
    wait_for(lambda: owners(tenant) - servers, set(), timeout_s=30)
    ports = {port.id for port in tenant.admin.network.ports()}
    wait_for(lambda: plugged(cloud) - ports, set(), timeout_s=30)


def directories(cloud):
    """The servers that the host keeps something of."""
    kinds = ("containers", "kvm/guests")
    places = [cloud.state_dir / "compute" / kind for kind in kinds]
    return {path.name for place in places for path in place.glob("*-*-*-*-*")}


def owners(tenant):
    """The servers that a port was made for."""
    ports = tenant.admin.network.ports()
    return {port.device_id for port in ports if port.device_owner.startswith("compute:")}


def plugged(cloud):
    """The ports that the switch has a device for."""
    programs = ovs.fetch()
    database = f"--db=unix:{ovs.run_dir(cloud.state_dir)}/db.sock"
    look = ["--bare", "--columns=external_ids", "list", "Interface"]
    text = process.run(
        [programs.program("ovs-vsctl"), database, *look],
        timeout_s=10,
        env=ovs.environment(cloud.state_dir, programs),
    )
    return set(re.findall(r"iface-id=\"?([0-9a-f]{8}-[0-9a-f-]{27})\"?(?:\s|$)", text))
