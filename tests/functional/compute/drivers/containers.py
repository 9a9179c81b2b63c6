"""A host for containers: real ones, in a network namespace of the test's own."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from common import process
from compute.drivers import base
from compute.drivers.container import ContainerDriver, loops
from compute.drivers.container.cgroups import Cgroups
from tests.support import switch

_BUILDER = pathlib.Path(__file__).parents[4] / "devstack/images/build_container.sh"
_CACHE = pathlib.Path("/var/cache/cumulet/images")
RUNTIME = pathlib.Path("/run/cumulet")


class Host:
    """state_dir: what a cloud would have.  image: a root file system archive that boots."""

    def __init__(
        self, state_dir: pathlib.Path, ports: switch.SwitchPorts, image: pathlib.Path
    ) -> None:
        self.state_dir = state_dir
        self.ports = ports
        self.image = image
        self.tag = ports.namespace
        self.cgroups = Cgroups(self.tag)
        self.driver: base.Driver = self.restarted()

    def restarted(self) -> base.Driver:
        return ContainerDriver(
            state_dir=self.state_dir, tag=self.tag, ports=self.ports, namespace=self.tag
        )

    @property
    def plugs(self) -> base.HotPlug:
        assert isinstance(self.driver, base.HotPlug)
        return self.driver

    def answers(self, spec: base.GuestSpec) -> bool:
        return self.greets(spec.nics[0].addresses[0].address)

    def greets(self, address: str) -> bool:
        """Whether ssh answers there."""
        try:
            with self.ports.connect(address, 22, timeout_s=0.1) as caller:
                caller.settimeout(3)
                return caller.recv(100).startswith(b"SSH-2.0")
        except OSError:
            return False

    def power_off(self, server_id: str) -> None:
        os.kill(self._init(server_id), signal.SIGUSR2)

    def restart(self, server_id: str) -> None:
        os.kill(self._init(server_id), signal.SIGTERM)

    def boots(self, server_id: str) -> object:
        return self.cgroups.init(server_id)

    def run(self, server_id: str, *command: str, check: bool = True) -> str:
        """Run a command inside the guest."""
        attach = ["lxc-attach", "-P", str(RUNTIME / self.tag), "-n", server_id, "--clear-env"]
        argv = [*attach, "--", *command]
        return process.run(argv, timeout_s=60, network_namespace=self.tag, check=check)

    def monitor(self, server_id: str) -> int:
        path = self.state_dir / "compute/containers" / server_id / "monitor.pid"
        return int(path.read_text())

    def id_range(self, server_id: str) -> int:
        """The id that the guest's root has on the host."""
        return os.stat(f"/proc/{self._init(server_id)}").st_uid

    def leftovers(self, spec: base.GuestSpec) -> list[str]:
        name = spec.server_id
        guest = self.state_dir / "compute/containers" / name
        slots = (RUNTIME / "idmap").glob("[0-9]*")
        groups = pathlib.Path("/sys/fs/cgroup").glob(f"**/{self.tag}/{name}")
        return [
            *self.held(spec),
            *(str(group) for group in groups),
            *(str(path) for path in (guest, RUNTIME / self.tag / name) if path.exists()),
            *(f"id range {slot.name}" for slot in slots if name in slot.read_text()),
            *self.ports.devices(),
        ]

    def held(self, spec: base.GuestSpec) -> list[str]:
        """The guest's mounts and block devices."""
        mounts = pathlib.Path("/proc/self/mounts").read_text().splitlines()
        disk = self.state_dir / "compute/containers" / spec.server_id / "root.ext4"
        return [*(line for line in mounts if spec.server_id in line), *loops.holding(disk)]

    def devices_of(self, server_id: str) -> list[str]:
        """The network devices that the guest sees."""
        return self.run(server_id, "/bin/ls", "/sys/class/net").split()

    def _init(self, server_id: str) -> int:
        pid = self.cgroups.init(server_id)
        assert pid is not None, f"guest {server_id} has no init"
        return pid


HostT = TypeVar("HostT", bound=Host)


@contextlib.contextmanager
def host(
    make: Callable[[pathlib.Path, switch.SwitchPorts, pathlib.Path], HostT],
) -> Iterator[HostT]:
    """Give a host that runs containers, and leave nothing of it; skip where none can run."""
    if os.geteuid() != 0:
        pytest.skip("containers need root")
    image = tiny_image()
    state_dir = pathlib.Path(tempfile.mkdtemp(prefix=f"cumulet-tests-{uuid.uuid4().hex[:6]}-"))
    try:
        with switch.running() as ports:
            made = make(state_dir, ports, image)
            try:
                made.driver.probe()
            except base.GuestFault as error:
                pytest.skip(str(error))
            try:
                yield made
            finally:
                _clear(made)
    finally:
        shutil.rmtree(state_dir, ignore_errors=True)


def _clear(made: Host) -> None:
    driver = made.restarted()
    directory = made.state_dir / "compute/containers"
    for entry in list(directory.iterdir()) if directory.exists() else []:
        driver.delete(entry.name)
    for top in pathlib.Path("/sys/fs/cgroup").glob(f"*/{made.tag}"):
        for group, _, _ in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(group)
    shutil.rmtree(RUNTIME / made.tag, ignore_errors=True)


def tiny_image() -> pathlib.Path:
    """The tiny image, built once on this machine."""
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = subprocess.run(
            ["sh", str(_BUILDER), str(_CACHE)], capture_output=True, text=True, check=False
        )
    if built.returncode:
        pytest.skip(f"the tiny container image was not built: {built.stderr.strip()[-300:]}")
    return _CACHE / "tiny-container.tar.gz"
