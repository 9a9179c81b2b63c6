"""Volumes of another host, in guests of both kinds: used over the network, moved, and all there.

The other host is one more volume-worker, with pool, address, name and certificate of its own.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import uuid

import pytest

from common import certificates
from devstack import doctor, instance
from tests.acceptance.test_volume_survival import Guest, Life, Writer, reach
from tests.support.cloud import ROOT
from tests.support.waiting import wait_for
from volume.drivers import showing

NAME, BACKEND = "another-host", "far"
KIND = f"far-{uuid.uuid4().hex[:6]}"
WORKER = "import sys; from volume import cli; sys.exit(cli.worker())"


class Other:
    """The other host.  directory: all that it keeps."""

    def __init__(self, cloud, admin, directory):
        self.admin, self.directory = admin, directory
        shutil.copytree(cloud.state_dir / "secrets", directory / "secrets")
        certificates.issue(cloud.state_dir / "host-tls", directory / "host-tls", NAME)
        self.config = directory / "cumulet.conf"
        text = cloud.config_file.read_text()
        for name, value in (("state_dir", directory), ("host", NAME)):
            before = next(line for line in text.splitlines() if line.startswith(f"{name} = "))
            text = text.replace(before, f"{name} = {value}")
        before = next(line for line in text.splitlines() if line.startswith("export_port"))
        port = int(before.split()[-1]) + 400
        more = f"export_port = {port}\nexport_address = 127.0.0.2\nbackend = {BACKEND}"
        self.config.write_text(text.replace(before, more))
        self.environment = {**os.environ, instance.MARK: str(cloud.state_dir)}

    def start(self):
        with (self.directory / "log").open("a") as log:
            self.worker = subprocess.Popen(
                [sys.executable, "-c", WORKER, "--config-file", str(self.config)],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

        def up():
            found = self.service()
            return found is not None and found.state == "up"

        wait_for(up, timeout_s=30, every_s=0.3)

    def service(self):
        found = self.admin.block_storage.services(binary="cinder-volume")
        return next((one for one in found if one.host.startswith(NAME)), None)

    def kill(self):
        """End the worker and all that it serves, as when the power fails."""
        self.worker.kill()
        self.worker.wait()
        for pid in self.daemons():
            os.kill(pid, signal.SIGKILL)
        wait_for(self.daemons, [])

    def daemons(self):
        found = [showing.daemon(home) for home in self.directory.glob("volume-exports/*")]
        return [pid for pid in found if pid is not None]

    def stop(self):
        self.worker.terminate()
        self.worker.wait(20)
        for home in self.directory.glob("volume-exports/*"):
            showing.end(home)


@pytest.fixture(scope="module")
def other(cloud, tenant, tmp_path_factory):
    storage = tenant.admin.block_storage
    kind = storage.create_type(name=KIND)
    storage.update_type_extra_specs(kind, volume_backend_name=BACKEND)
    made = Other(cloud, tenant.admin, tmp_path_factory.mktemp("other"))
    made.start()
    storage.enable_service(made.service())  # which an earlier run has disabled
    yield made
    storage.disable_service(made.service())
    made.stop()
    storage.delete_type(kind)


class Far(Life):
    """The life of a volume that begins on the other host."""

    def make(self):
        self.volume = self.storage.create_volume(size=1, name=self.name, volume_type=KIND)
        reach(self.status, lambda: None, {"available"})


def move(tenant, life, host):
    """Have a volume moved, and return once it is there."""
    storage = tenant.admin.block_storage
    storage.migrate_volume(life.volume.id, host=host)

    def seen():
        found = storage.get_volume(life.volume.id)
        return found.host, found.migration_status, found.status

    wait_for(seen, (host, "success", "available"), timeout_s=60, every_s=0.3)


@pytest.mark.parametrize("kind", ["container", "kvm"])
def test_a_guest_uses_a_volume_of_another_host_whatever_happens_there(cloud, tenant, other, kind):
    network, group = tenant.network(), tenant.group()
    server = tenant.server(network, group, image=f"tiny-{kind}")
    guest = Guest(tenant, kind, tenant.logged_in(tenant.reachable(server)))
    life = Far(tenant, guest, f"far-{kind}")
    life.make()
    disk = life.attach(guest)
    writer = Writer(guest, disk, 0, life.kept)
    wait_for(lambda: len(life.kept) > 5, timeout_s=60)
    life.snapshot()
    life.extend(2)
    before = len(life.kept)
    other.kill()
    other.start()
    wait_for(lambda: len(life.kept) > before + 5, timeout_s=60)
    assert writer.alive()
    writer.stop()
    life.detach(guest)
    wait_for(other.daemons, [])
    life.check(guest, life.kept)
    (snapshot,) = tenant.api.block_storage.snapshots(name=f"{life.name}-then")
    tenant.api.block_storage.delete_snapshot(snapshot)
    tenant.api.block_storage.wait_for_delete(snapshot)
    move(tenant, life, f"{socket.gethostname()}@file#file")
    life.check(guest, life.kept)
    wait_for(lambda: doctor.complaints(cloud), [], timeout_s=30, every_s=1)
    life.end()


@pytest.mark.parametrize("kind", ["container", "kvm"])
def test_a_server_boots_from_a_volume_of_another_host(cloud, tenant, other, kind):
    network, group = tenant.network(), tenant.group()
    image = tenant.api.image.find_image(f"tiny-{kind}", ignore_missing=False)
    storage = tenant.api.block_storage
    volume = storage.create_volume(size=1, volume_type=KIND, image_id=image.id)
    storage.wait_for_status(volume, "available", ["error"], interval=0.2, wait=60)
    source = {"boot_index": 0, "uuid": volume.id, "source_type": "volume"}
    boots = {**source, "destination_type": "volume", "delete_on_termination": True}
    server = tenant.api.compute.create_server(
        name=f"far-{kind}",
        flavor_id=tenant.api.compute.find_flavor("tiny", ignore_missing=False).id,
        networks=[{"uuid": network.id}],
        security_groups=[{"name": group.name}],
        key_name="key",
        block_device_mapping_v2=[boots],
    )
    where = tenant.logged_in(tenant.reachable(server))
    assert tenant.run(where, "echo kept >here; sync")[0] == 0
    other.kill()
    other.start()
    tenant.api.compute.reboot_server(server, "HARD")
    tenant.api.compute.wait_for_server(server, interval=0.2, wait=60)
    assert tenant.run(tenant.logged_in(where), "cat here") == (0, "kept\n")
    tenant.api.compute.delete_server(server)
    tenant.api.compute.wait_for_delete(server, interval=0.2, wait=60)
    wait_for(other.daemons, [], timeout_s=30)
    wait_for(lambda: doctor.complaints(cloud), [], timeout_s=30, every_s=1)
