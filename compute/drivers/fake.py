"""A driver whose guests live in memory and behave: for tests, and for a cloud without a host."""

import collections
import dataclasses
import pathlib
import threading
import time
from collections.abc import Callable
from typing import ClassVar

from common import errors
from compute.drivers import figures
from compute.drivers.base import (
    Disk,
    Driver,
    GuestFault,
    GuestMissing,
    GuestSpec,
    GuestState,
    HotPlug,
    ImageRejected,
    Interruptible,
    Nic,
    Ports,
    Size,
    Volumes,
    Watcher,
)
from compute.drivers.figures import Figures
from compute.drivers.ports import FakePorts

_FORMATS = frozenset({"raw", "qcow2"})
_ALIVE = frozenset({GuestState.RUNNING, GuestState.PAUSED, GuestState.SUSPENDED})


@dataclasses.dataclass
class FakeGuest:
    spec: GuestSpec
    state: GuestState = GuestState.OFF
    console: list[str] = dataclasses.field(default_factory=list)
    boots: int = 0
    rescued: GuestSpec | None = None
    password: str = ""
    disks: dict[str, Disk] = dataclasses.field(default_factory=dict)
    sizes: dict[str, int] = dataclasses.field(default_factory=dict)


class FakeDriver(Driver, HotPlug, Volumes, Interruptible):
    """Guests in memory.

    delay_s: how long each order takes.  formats: disk formats of images that are accepted.
    `fail` makes a verb's next calls raise; `power_off`, `crash` and `restart` are what a guest
    does by itself.
    """

    kind: ClassVar[str] = "fake"

    def __init__(
        self,
        *,
        ports: Ports | None = None,
        delay_s: float = 0,
        formats: frozenset[str] = _FORMATS,
    ) -> None:
        self.ports = ports or FakePorts()
        self.delay_s = delay_s
        self.calls: list[tuple[str, str]] = []
        self._formats = formats
        self._guests: dict[str, FakeGuest] = {}
        self._faults: dict[str, collections.deque[errors.CloudError]] = {}
        self._watchers: list[Watcher] = []
        self._lock = threading.RLock()

    def probe(self) -> None:
        self._order("probe", "")

    def traits(self) -> frozenset[str]:
        return frozenset({"CUSTOM_GUEST_FAKE"})

    def hypervisor(self) -> dict[str, object]:
        return {"type": "fake", "version": 1, "virt_type": "fake"}

    def create(self, spec: GuestSpec) -> None:
        self._order("create", spec.server_id)
        if spec.image.image_id and spec.image.disk_format not in self._formats:
            raise ImageRejected(
                image_id=spec.image.image_id,
                reason=f"disk format {spec.image.disk_format} is unknown here.",
            )
        with self._lock:
            for nic in spec.nics:
                self.ports.plug_tap(nic)
            disks = {disk.volume_id: disk for disk in spec.disks}
            self._guests.setdefault(spec.server_id, FakeGuest(spec, disks=disks))

    def start(self, server_id: str) -> None:
        self._order("start", server_id)
        with self._lock:
            guest = self._get(server_id)
            if guest.state not in _ALIVE:
                self._boot(guest)

    def stop(self, server_id: str, *, grace_s: int) -> None:
        self._order("stop", server_id)
        with self._lock:
            self._get(server_id).state = GuestState.OFF

    def reboot(self, server_id: str, *, hard: bool, grace_s: int) -> None:
        self._order("reboot", server_id)
        with self._lock:
            self._boot(self._get(server_id))

    def pause(self, server_id: str) -> None:
        self._order("pause", server_id)
        self._freeze(server_id, GuestState.PAUSED)

    def unpause(self, server_id: str) -> None:
        self._order("unpause", server_id)
        self._freeze(server_id, GuestState.RUNNING)

    def suspend(self, server_id: str) -> None:
        self._order("suspend", server_id)
        self._freeze(server_id, GuestState.SUSPENDED)

    def resume(self, server_id: str) -> None:
        self._order("resume", server_id)
        self._freeze(server_id, GuestState.RUNNING)

    def delete(self, server_id: str) -> None:
        self._order("delete", server_id)
        with self._lock:
            guest = self._guests.pop(server_id, None)
            for nic in guest.spec.nics if guest else ():
                self.ports.unplug(nic.port_id)

    def resize(self, server_id: str, size: Size, *, mark: str) -> None:
        self._order("resize", server_id)
        self._sized(server_id, size)

    def revert_size(self, server_id: str, size: Size, *, mark: str) -> None:
        self._order("revert_size", server_id)
        self._sized(server_id, size)

    def confirm_size(self, server_id: str) -> None:
        self._order("confirm_size", server_id)
        with self._lock:
            self._get(server_id)

    def rescue(self, spec: GuestSpec) -> None:
        self._order("rescue", spec.server_id)
        with self._lock:
            self._get(spec.server_id).rescued = spec

    def unrescue(self, server_id: str) -> None:
        self._order("unrescue", server_id)
        with self._lock:
            self._get(server_id).rescued = None

    def set_password(self, server_id: str, password: str) -> None:
        self._order("set_password", server_id)
        with self._lock:
            guest = self._get(server_id)
            if guest.state is not GuestState.RUNNING:
                raise GuestFault(reason="The guest does not run.")
            guest.password = password

    def interrupt(self, server_id: str) -> None:
        self._order("interrupt", server_id)
        with self._lock:
            self._get(server_id).console.append("NMI received")

    def snapshot(self, server_id: str, target: pathlib.Path, *, go_on: Callable[[], None]) -> None:
        self._order("snapshot", server_id)
        with self._lock:
            guest = self._get(server_id)
        go_on()
        target.write_bytes(f"the disk of {guest.spec.name}".encode())

    def state(self, server_id: str) -> GuestState:
        with self._lock:
            return self._get(server_id).state

    def guests(self) -> dict[str, GuestState]:
        with self._lock:
            return {server_id: guest.state for server_id, guest in self._guests.items()}

    def images(self) -> set[str]:
        with self._lock:
            specs = [guest.spec for guest in self._guests.values()]
            specs += [guest.rescued for guest in self._guests.values() if guest.rescued]
            return {spec.image.image_id for spec in specs}

    def forget_image(self, image_id: str) -> None:
        self._order("forget_image", image_id)

    def console_log(self, server_id: str, *, lines: int | None = None) -> str:
        with self._lock:
            written = self._get(server_id).console
            kept = written if lines is None else written[len(written) - min(lines, len(written)) :]
            return "".join(line + "\n" for line in kept)

    def figures(self, server_id: str) -> Figures:
        with self._lock:
            guest = self._get(server_id)
        disks = (figures.Disk("vda", 4096, 1, 0, 0, 0),)
        memory = guest.spec.memory_mib
        return Figures((1_000_000,) * guest.spec.vcpus, memory, memory // 2, 60, disks)

    def watch(self, watcher: Watcher) -> None:
        self._watchers.append(watcher)

    def recover(self) -> None:
        self._order("recover", "")

    def attach_nic(self, server_id: str, nic: Nic) -> None:
        self._order("attach_nic", server_id)
        with self._lock:
            guest = self._get(server_id)
            self.ports.plug_tap(nic)
            if all(nic.port_id != other.port_id for other in guest.spec.nics):
                guest.spec = dataclasses.replace(guest.spec, nics=(*guest.spec.nics, nic))

    def detach_nic(self, server_id: str, port_id: str) -> None:
        self._order("detach_nic", server_id)
        with self._lock:
            guest = self._get(server_id)
            left = tuple(nic for nic in guest.spec.nics if nic.port_id != port_id)
            guest.spec = dataclasses.replace(guest.spec, nics=left)
            self.ports.unplug(port_id)

    def attach_volume(self, server_id: str, disk: Disk) -> None:
        self._order("attach_volume", server_id)
        with self._lock:
            self._get(server_id).disks[disk.volume_id] = disk

    def detach_volume(self, server_id: str, volume_id: str) -> None:
        self._order("detach_volume", server_id)
        with self._lock:
            self._get(server_id).disks.pop(volume_id, None)

    def extend_volume(self, server_id: str, volume_id: str, size: int) -> None:
        self._order("extend_volume", server_id)
        with self._lock:
            self._get(server_id).sizes[volume_id] = size

    def snapshot_volume(self, server_id: str, volume_id: str, new_file: pathlib.Path) -> None:
        self._order("snapshot_volume", server_id)
        with self._lock:
            disks = self._get(server_id).disks
            disks[volume_id] = dataclasses.replace(disks[volume_id], path=new_file)

    def swap_volume(
        self, server_id: str, old_volume_id: str, disk: Disk, *, go_on: Callable[[], None]
    ) -> None:
        self._order("swap_volume", server_id)
        go_on()
        with self._lock:
            guest = self._get(server_id)
            if disk.volume_id in guest.disks and disk.volume_id != old_volume_id:
                return
            if guest.state not in _ALIVE:
                raise GuestFault(reason="The guest is off.")
            if guest.disks.pop(old_volume_id, None) is None:
                raise GuestFault(reason=f"The guest has no volume {old_volume_id}.")
            guest.disks[disk.volume_id] = disk

    def disks(self, server_id: str) -> dict[str, Disk]:
        """Return the volumes that a guest has, by their ids."""
        with self._lock:
            return dict(self._get(server_id).disks)

    def fail(self, verb: str, *faults: errors.CloudError) -> None:
        """Make the verb's next calls raise these, one each; without any, a GuestFault."""
        queue = self._faults.setdefault(verb, collections.deque())
        queue.extend(faults or [GuestFault(reason=f"{verb} was told to fail")])

    def spec(self, server_id: str) -> GuestSpec:
        """Return what the guest was made from.  Raises GuestMissing."""
        with self._lock:
            return self._get(server_id).spec

    def guest(self, server_id: str) -> FakeGuest:
        """Return all there is of a guest.  Raises GuestMissing."""
        with self._lock:
            return self._get(server_id)

    def boots(self, server_id: str) -> int:
        """Return how often the guest was started.  Raises GuestMissing."""
        with self._lock:
            return self._get(server_id).boots

    def power_off(self, server_id: str) -> None:
        """The guest shuts itself down."""
        self._by_itself(server_id, GuestState.OFF)

    def crash(self, server_id: str) -> None:
        """The guest breaks down."""
        self._by_itself(server_id, GuestState.CRASHED)

    def restart(self, server_id: str) -> None:
        """The guest reboots itself, and is back."""
        with self._lock:
            self._boot(self._get(server_id))

    def _sized(self, server_id: str, size: Size) -> None:
        with self._lock:
            guest = self._get(server_id)
            if guest.state in _ALIVE:
                raise GuestFault(reason="The guest runs.")
            guest.spec = dataclasses.replace(guest.spec, **dataclasses.asdict(size))

    def _order(self, verb: str, server_id: str) -> None:
        with self._lock:
            self.calls.append((verb, server_id))
            queue = self._faults.get(verb)
            fault = queue.popleft() if queue else None
        if self.delay_s:
            time.sleep(self.delay_s)
        if fault is not None:
            raise fault

    def _get(self, server_id: str) -> FakeGuest:
        try:
            return self._guests[server_id]
        except KeyError:
            raise GuestMissing(server_id=server_id) from None

    def _boot(self, guest: FakeGuest) -> None:
        guest.state = GuestState.RUNNING
        guest.boots += 1
        guest.console += [f"booting {guest.spec.hostname}", "ready"]

    def _freeze(self, server_id: str, state: GuestState) -> None:
        with self._lock:
            guest = self._get(server_id)
            if guest.state not in _ALIVE:
                raise GuestFault(reason="The guest is off.")
            guest.state = state

    def _by_itself(self, server_id: str, state: GuestState) -> None:
        with self._lock:
            self._get(server_id).state = state
        for watcher in self._watchers:
            threading.Thread(target=watcher, args=(server_id, state), daemon=True).start()
