"""The driver contract, answered with system containers."""

import collections
import contextlib
import dataclasses
import logging
import pathlib
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from typing import ClassVar

from common import errors
from compute.drivers.base import (
    Disk,
    Driver,
    GuestFault,
    GuestSpec,
    GuestState,
    HotPlug,
    Nic,
    Ports,
    Size,
    Volumes,
    Watcher,
    refuse_root_fs,
)
from compute.drivers.container import (
    definition,
    figures,
    host,
    inject,
    packing,
    passwords,
    view,
    volumes,
)
from compute.drivers.container.cgroups import Cgroups
from compute.drivers.container.disks import OWN, RESCUE, Disks, Layer
from compute.drivers.container.images import Images
from compute.drivers.container.lxc import Runtime
from compute.drivers.container.nics import Nics
from compute.drivers.container.records import Guest, Records
from compute.drivers.container.slots import Slots
from compute.drivers.container.watch import Watch
from compute.drivers.figures import Figures

LOG = logging.getLogger(__name__)
_TIME_NAMESPACES = pathlib.Path("/proc/self/ns/time")
_APPARMOR = pathlib.Path("/sys/module/apparmor/parameters/enabled")
_SUSPENDED, _READ = "suspended", "read"
_GIB = 1 << 30
# What a flavor with a disk of 0 gets: such a flavor means "as large as the image", and an
# archive has no size.
_ZERO_DISK_GIB = 2
_LOG_BYTES = 1 << 20


class ContainerDriver(Driver, HotPlug, Volumes):
    """Unprivileged LXC containers, one id range each.

    state_dir: the cloud's own directory; guests lie in `compute/containers` below it.
    tag: the cloud's name on this host.  namespace: the network namespace of its data plane.
    certificates: this host's; see common.certificates.
    runtime_dir: of the host, for all clouds: mounts lie in `<tag>/`, taken id ranges in `idmap/`.
    """

    kind: ClassVar[str] = "container"

    def __init__(
        self,
        *,
        state_dir: pathlib.Path,
        tag: str,
        ports: Ports,
        namespace: str | None = None,
        runtime_dir: pathlib.Path = pathlib.Path("/run/cumulet"),
        certificates: pathlib.Path | None = None,
    ) -> None:
        top = state_dir.resolve() / "compute"
        self._guests = top / "containers"
        self._tag = tag
        self._nics = Nics(ports, namespace)
        self._cgroups = Cgroups(tag)
        self._records = Records(self._guests)
        self._images = Images(top / "images" / "trees")
        self._disks = Disks(self._guests, runtime_dir / tag)
        self._slots = Slots(runtime_dir / "idmap")
        self._runtime = Runtime(self._guests, runtime_dir / tag, self._cgroups, namespace)
        self._volumes = volumes.Volumes(
            runtime_dir / "devices" / tag, certificates or pathlib.Path(state_dir) / "host-tls"
        )
        self._watch = Watch(self._ended)
        self._watchers: list[Watcher] = []
        self._tracked: dict[str, int] = {}
        self._locks: dict[str, threading.RLock] = collections.defaultdict(threading.RLock)

    def probe(self) -> None:
        host.check(self._guests, self._disks, self._cgroups)
        host.raise_limits()

    def traits(self) -> frozenset[str]:
        return frozenset({"CUSTOM_GUEST_CONTAINER", "COMPUTE_NET_ATTACH_INTERFACE"})

    def hypervisor(self) -> dict[str, object]:
        numbers = [*self._runtime.version().split("-")[0].split("."), "0", "0"]
        major, minor, patch = (int(number) for number in numbers[:3])
        version = major * 1_000_000 + minor * 1_000 + patch
        return {"type": "LXC", "version": version, "virt_type": "container"}

    def create(self, spec: GuestSpec) -> None:
        with self._locks[spec.server_id]:
            known = self._records.find(spec.server_id)
            if known and known.complete:
                self._nics.plug(known.nics)
                return
            size = (spec.disk_gib or _ZERO_DISK_GIB) * _GIB
            with contextlib.ExitStack() as undo:
                guest = _new(spec)
                undo.callback(self._clean, guest)
                self._records.save(guest)
                if guest.image_key:
                    self._images.ensure(spec.image, limit=size)
                # The switch works while the disk is written.
                with futures.ThreadPoolExecutor(1, f"ports-{spec.server_id[:8]}") as beside:
                    plugging = beside.submit(self._nics.plug, guest.nics)
                    self._make_root(spec, guest, size)
                    plugging.result()
                self._records.save(dataclasses.replace(guest, complete=True))
                undo.pop_all()
        LOG.info("server %s is made", spec.server_id)

    def start(self, server_id: str) -> None:
        with self._locks[server_id]:
            guest = self._records.get(server_id)
            alive = self._cgroups.populated(server_id)
            if not alive or self._runtime.monitor(server_id) is None:
                self._run(guest)

    def stop(self, server_id: str, *, grace_s: int) -> None:
        with self._locks[server_id]:
            self._off(self._records.get(server_id), grace_s)

    def reboot(self, server_id: str, *, hard: bool, grace_s: int) -> None:
        with self._locks[server_id]:
            guest = self._records.get(server_id)
            self._off(guest, 0 if hard else grace_s)
            self._run(guest)

    def pause(self, server_id: str) -> None:
        with self._running(server_id) as guest:
            self._cgroups.freeze(server_id)
            self._nics.cut(guest.nics)

    def unpause(self, server_id: str) -> None:
        with self._running(server_id) as guest:
            self._nics.mend(guest.nics)
            self._cgroups.thaw(server_id)
            self._mark(server_id).unlink(missing_ok=True)

    def suspend(self, server_id: str) -> None:
        with self._running(server_id) as guest:
            self._mark(server_id).touch()
            self._cgroups.freeze(server_id)
            self._nics.cut(guest.nics)

    def resume(self, server_id: str) -> None:
        self.unpause(server_id)

    def resize(self, server_id: str, size: Size, *, mark: str) -> None:
        with self._locks[server_id]:
            guest = self._records.get(server_id)
            try:
                if guest.root_disk is None:
                    self._disks.grow(server_id, size.disk_gib * _GIB, mark=mark)
            except (errors.CloudError, OSError) as error:
                raise GuestFault(reason=f"The guest's disk did not grow: {error}") from error
            self._records.save(dataclasses.replace(guest, **dataclasses.asdict(size)))

    def revert_size(self, server_id: str, size: Size, *, mark: str) -> None:
        with self._locks[server_id]:
            guest = self._records.get(server_id)
            if guest.root_disk is None:
                self._disks.shrink_back(server_id, mark=mark)
            self._records.save(dataclasses.replace(guest, **dataclasses.asdict(size)))

    def confirm_size(self, server_id: str) -> None:
        with self._locks[server_id]:
            self._records.get(server_id)
            self._disks.forget_before(server_id)

    def rescue(self, spec: GuestSpec) -> None:
        server_id = spec.server_id
        with self._locks[server_id], contextlib.ExitStack() as undo:
            guest = self._records.get(server_id)
            size = (spec.disk_gib or _ZERO_DISK_GIB) * _GIB
            key = self._images.ensure(spec.image, limit=size)
            undo.callback(self._disks.drop, server_id, RESCUE)
            self._make_disk(spec, key, size, RESCUE)
            self._records.save(dataclasses.replace(guest, rescue_key=key))
            undo.pop_all()
            self._disks.unmount(server_id)

    def unrescue(self, server_id: str) -> None:
        with self._locks[server_id]:
            guest = self._records.get(server_id)
            self._records.save(dataclasses.replace(guest, rescue_key=""))
            self._disks.drop(server_id, RESCUE)

    def set_password(self, server_id: str, password: str) -> None:
        with self._running(server_id):
            try:
                secret = passwords.hashed(password)
                self._runtime.run_inside(server_id, passwords.SET, stdin=secret)
            except errors.CloudError as error:
                raise GuestFault(reason="The guest did not take the password.") from error

    def snapshot(self, server_id: str, target: pathlib.Path, *, go_on: Callable[[], None]) -> None:
        with self._locks[server_id], self._still(server_id) as (guest, first_id):
            root = self._disks.root(server_id)
            limit = (guest.disk_gib or _ZERO_DISK_GIB) * _GIB
            try:
                packing.pack(root, target, first_id=first_id, limit=limit, go_on=go_on)
            except OSError as error:
                raise GuestFault(reason=f"The guest's files were not read: {error}") from error

    @contextlib.contextmanager
    def _still(self, server_id: str) -> Iterator[tuple[Guest, int]]:
        """Hold the guest's root mounted and unchanging; yield the guest and its first id."""
        guest = self._records.get(server_id)
        first_id = self._slots.take(self._records.path(server_id))
        if not self._cgroups.populated(server_id):
            self._mount(guest, first_id)
            try:
                yield guest, first_id
            finally:
                self._disks.unmount(server_id)
                self._volumes.release_all(server_id)
            return
        with self._frozen(server_id):
            yield guest, first_id

    @contextlib.contextmanager
    def _frozen(self, server_id: str) -> Iterator[None]:
        """Hold a guest that is on, so that its programs write nothing."""
        if self._cgroups.frozen(server_id):
            yield
            return
        self._still_mark(server_id).touch()
        self._cgroups.freeze(server_id)
        try:
            yield
        finally:
            self._go_on(server_id)

    def _go_on(self, server_id: str) -> None:
        if self._still_mark(server_id).exists():
            self._cgroups.thaw(server_id)
            self._still_mark(server_id).unlink(missing_ok=True)

    def delete(self, server_id: str) -> None:
        with self._locks[server_id]:
            guest = self._records.find(server_id)
            if guest is not None:
                self._clean(guest)
                LOG.info("server %s is gone", server_id)
            elif self._records.path(server_id).is_dir():
                self._clear(server_id)
        self._locks.pop(server_id, None)

    def state(self, server_id: str) -> GuestState:
        self._records.get(server_id)
        if not self._cgroups.populated(server_id):
            crashed = self._runtime.exit_kind(server_id) == "crashed"
            return GuestState.CRASHED if crashed else GuestState.OFF
        if not self._cgroups.frozen(server_id) or self._still_mark(server_id).exists():
            return GuestState.RUNNING
        suspended = self._mark(server_id).exists()
        return GuestState.SUSPENDED if suspended else GuestState.PAUSED

    def guests(self) -> dict[str, GuestState]:
        found = {}
        for server_id in self._records.list():
            guest = self._records.find(server_id)
            if guest is not None and guest.complete:
                found[server_id] = self.state(server_id)
        return found

    def images(self) -> set[str]:
        guests = [self._records.find(server_id) for server_id in self._records.list()]
        keys = {key for guest in guests if guest for key in (guest.image_key, guest.rescue_key)}
        return {found for key in keys if key and (found := self._images.image_of(key))}

    def forget_image(self, image_id: str) -> None:
        self._images.forget(image_id)

    def console_log(self, server_id: str, *, lines: int | None = None) -> str:
        self._records.get(server_id)
        raw = b""
        for name in ("console.log.1", "console.log"):
            with contextlib.suppress(FileNotFoundError):
                raw += (self._records.path(server_id) / name).read_bytes()[-_LOG_BYTES:]
        text = raw.decode(errors="replace").replace("\r\n", "\n")
        if lines is None:
            return text
        return "".join(text.splitlines(keepends=True)[-lines:] if lines else [])

    def figures(self, server_id: str) -> Figures:
        guest = self._records.get(server_id)
        init = self._cgroups.init(server_id)
        groups = self._cgroups.of(server_id)
        return figures.read(groups, init=init, memory_mib=guest.memory_mib)

    def watch(self, watcher: Watcher) -> None:
        self._watchers.append(watcher)

    def recover(self) -> None:
        self._images.sweep(set())
        for server_id in self._records.list():
            with self._locks[server_id]:
                try:
                    self._adopt(server_id)
                except (errors.CloudError, OSError) as error:
                    LOG.error("server %s was not taken up again: %s", server_id, error)
        known = set(self._records.list())
        left = self._disks.mounted_guests() | self._cgroups.names() | self._volumes.guests()
        for server_id in left - known:
            LOG.warning("clearing away what is left of server %s", server_id)
            self._clear(server_id)
        for owner in self._slots.owners():
            if owner.parent == self._guests and owner.name not in known:
                self._slots.release(owner)

    def attach_nic(self, server_id: str, nic: Nic) -> None:
        with self._locks[server_id], contextlib.ExitStack() as undo:
            guest = self._records.get(server_id)
            if nic.port_id not in [one.port_id for one in guest.nics]:
                undo.callback(self._nics.unplug, nic.port_id)
                undo.callback(self._records.save, guest)
                guest = dataclasses.replace(guest, nics=(*guest.nics, nic), rewired=True)
                self._records.save(guest)
            init = self._cgroups.init(server_id)
            if init is None:
                self._nics.plug((nic,))
            else:
                number = [one.port_id for one in guest.nics].index(nic.port_id)
                config = self._config(server_id).read_text()
                self._nics.hand_over(init, nic, number=number, config=config)
            undo.pop_all()

    def detach_nic(self, server_id: str, port_id: str) -> None:
        with self._locks[server_id]:
            guest = self._records.get(server_id)
            self._nics.unplug(port_id)
            left = tuple(nic for nic in guest.nics if nic.port_id != port_id)
            if left != guest.nics:
                self._records.save(dataclasses.replace(guest, nics=left, rewired=True))

    def attach_volume(self, server_id: str, disk: Disk) -> None:
        with self._locks[server_id], contextlib.ExitStack() as undo:
            refuse_root_fs(disk)
            guest = self._records.get(server_id)
            if disk.volume_id not in [one.volume_id for one in guest.disks]:
                undo.callback(self._volumes.release, server_id, disk)
                undo.callback(self._records.save, guest)
                self._records.save(dataclasses.replace(guest, disks=(*guest.disks, disk)))
            init = self._cgroups.init(server_id)
            if init is not None:
                self._show_volume(server_id, init, disk)
            undo.pop_all()

    def _show_volume(self, server_id: str, init: int, disk: Disk) -> None:
        first_id = self._slots.take(self._records.path(server_id))
        node = self._volumes.hold(server_id, disk, first_id)
        number = self._volumes.number(server_id, disk)
        self._runtime.allow_device(server_id, number, allowed=True)
        volumes.show(init, node, disk.device, first_id)
        self._show_disks(self._records.get(server_id))

    def detach_volume(self, server_id: str, volume_id: str) -> None:
        with self._locks[server_id]:
            guest = self._records.get(server_id)
            gone = [one for one in guest.disks if one.volume_id == volume_id]
            init = self._cgroups.init(server_id)
            for disk in gone:
                if init is not None and self._volumes.node(server_id, disk).exists():
                    first_id = self._slots.take(self._records.path(server_id))
                    volumes.hide(init, disk.device, first_id)
                    number = self._volumes.number(server_id, disk)
                    self._runtime.allow_device(server_id, number, allowed=False)
                self._volumes.release(server_id, disk)
            left = tuple(one for one in guest.disks if one.volume_id != volume_id)
            if gone:
                guest = dataclasses.replace(guest, disks=left)
                self._records.save(guest)
            if init is not None:
                self._show_disks(guest)

    def extend_volume(self, server_id: str, volume_id: str, size: int) -> None:
        with self._locks[server_id]:
            disk = self._volume(server_id, volume_id)
            if self._volumes.held(server_id, disk):
                for device in self._volumes.extend(server_id, disk, size):
                    if disk.boot_index == 0:
                        self._disks.grow_volume(device)
                self._show_disks(self._records.get(server_id))
            else:
                volumes.extend_unused(disk, size)

    def snapshot_volume(self, server_id: str, volume_id: str, new_file: pathlib.Path) -> None:
        with self._locks[server_id]:
            disk = self._volume(server_id, volume_id)
            if self._volumes.held(server_id, disk):
                self._volumes.go_on_in(server_id, disk, new_file)
            self._note_file(server_id, disk, new_file)

    def _note_file(self, server_id: str, disk: Disk, file: pathlib.Path) -> None:
        """Remember where a volume is: its link may turn later than the guest starts again."""
        if file.exists():
            guest, fresh = self._records.get(server_id), dataclasses.replace(disk, path=file)
            disks = tuple(fresh if one == disk else one for one in guest.disks)
            self._records.save(dataclasses.replace(guest, disks=disks))

    def swap_volume(
        self, server_id: str, old_volume_id: str, disk: Disk, *, go_on: Callable[[], None]
    ) -> None:
        guest = self._records.get(server_id)
        if any(one.volume_id == disk.volume_id != old_volume_id for one in guest.disks):
            return
        old = self._volume(server_id, old_volume_id)
        if old.remote or disk.remote:
            raise GuestFault(reason="A volume that another host holds is not swapped.")
        if not self._volumes.held(server_id, old):
            raise GuestFault(reason="The guest is off; a volume is swapped while it is on.")
        fresh = dataclasses.replace(disk, path=disk.path.resolve())
        self._volumes.go_over_to(server_id, old, fresh, lambda: self._frozen(server_id), go_on)
        with self._locks[server_id]:
            guest = self._records.get(server_id)
            disks = tuple(fresh if one == old else one for one in guest.disks)
            guest = dataclasses.replace(guest, disks=disks)
            self._records.save(guest)
            if self._volumes.held(server_id, fresh):
                self._show_disks(guest)

    def mend_volumes(self) -> None:
        for server_id in self._volumes.guests() & set(self._records.list()):
            with self._locks[server_id]:
                for disk in self._records.get(server_id).disks:
                    if self._volumes.lost(server_id, disk):
                        self._mend(server_id, disk)

    def _mend(self, server_id: str, disk: Disk) -> None:
        """Show a volume anew whose daemon has died; what the guest had open of it stays broken."""
        LOG.error("server %s lost what serves volume %s", server_id, disk.volume_id)
        if disk.boot_index == 0:
            self._lose(self._records.get(server_id))
            return
        init = self._cgroups.init(server_id)
        if init is None:
            return
        try:
            number = self._volumes.number(server_id, disk)
            self._runtime.allow_device(server_id, number, allowed=False)
            self._volumes.release(server_id, disk)
            self._show_volume(server_id, init, disk)
        except (errors.CloudError, OSError) as error:
            LOG.error("server %s has no volume %s: %s", server_id, disk.volume_id, error)

    def _volume(self, server_id: str, volume_id: str) -> Disk:
        for disk in self._records.get(server_id).disks:
            if disk.volume_id == volume_id:
                return disk
        raise GuestFault(reason=f"The guest has no volume {volume_id}.")

    def _make_root(self, spec: GuestSpec, guest: Guest, size: int) -> None:
        """Make what the guest has for its own, or take what is on the volume it boots from."""
        if guest.root_disk is None:
            self._make_disk(spec, guest.image_key, size)
            return
        self._mount_volume(guest)
        upper = self._disks.upper(spec.server_id)
        try:
            inject.inject(spec, upper, upper)
        except OSError as error:
            raise GuestFault(reason=f"The guest's files were not written: {error}") from error

    def _mount_volume(self, guest: Guest) -> None:
        if guest.root_disk is not None:
            device = self._volumes.hold_unseen(guest.server_id, guest.root_disk)
            self._disks.mount_volume(guest.server_id, device)

    def _make_disk(self, spec: GuestSpec, key: str, size: int, layer: Layer = OWN) -> None:
        self._disks.format(spec.server_id, size, layer)
        self._disks.mount_disk(spec.server_id, layer)
        try:
            upper = self._disks.upper(spec.server_id, layer)
            inject.inject(spec, self._images.tree(key), upper)
        except OSError as error:
            raise GuestFault(reason=f"The guest's files were not written: {error}") from error

    def _run(self, guest: Guest) -> None:
        """Start a guest that has no monitor; whatever an earlier run left is cleared first."""
        server_id = guest.server_id
        if self._cgroups.populated(server_id):
            LOG.warning("server %s lost its monitor; its processes are ended", server_id)
            self._unplug(guest)
        self._runtime.kill(server_id)
        if guest.root_disk is not None:
            self._disks.unmount(server_id)
        self._volumes.release_all(server_id)
        self._mark(server_id).unlink(missing_ok=True)
        first_id = self._slots.take(self._records.path(server_id))
        self._mount(guest, first_id)
        links = self._nics.plug(guest.nics)
        for disk in guest.devices:
            self._volumes.hold(server_id, disk, first_id)
        text = definition.text(self._definition(guest, first_id, links))
        self._config(server_id).write_text(text)
        pid = self._runtime.start(server_id)
        self._track(server_id, pid)
        LOG.info("server %s runs", server_id)

    def _mount(self, guest: Guest, first_id: int) -> None:
        self._mount_volume(guest)
        upper = self._disks.upper(guest.server_id)
        if guest.image_key:
            image = known = self._images.tree(guest.image_key)
        else:
            image, known = self._disks.nothing(guest.server_id), upper
        if guest.rewired:
            self._disks.mount_disk(guest.server_id)
            try:
                inject.rewire(guest.nics, known, upper)
            except (errors.CloudError, OSError) as error:  # the guest owns these files
                LOG.warning("server %s was not told of its ports: %s", guest.server_id, error)
            self._records.save(dataclasses.replace(guest, rewired=False))
        self._disks.mount_root(guest.server_id, image, first_id)
        if guest.rescue_key:
            image = self._images.tree(guest.rescue_key)
            self._disks.mount_root(guest.server_id, image, first_id, RESCUE)

    def _definition(
        self, guest: Guest, first_id: int, links: tuple[str, ...]
    ) -> definition.Definition:
        cpus = view.cpus(guest.vcpus, first_id, view.of_host()) if self._cgroups.pins() else []
        shown = view.write(self._disks.shown(guest.server_id), len(cpus)) if cpus else {}
        self._show_disks(guest)
        shown[self._disks.shown(guest.server_id) / view.PARTITIONS] = "proc/partitions"
        return definition.Definition(
            tag=self._tag,
            server_id=guest.server_id,
            hostname=guest.hostname.partition(".")[0],
            directory=self._records.path(guest.server_id),
            root=self._disks.root(guest.server_id, RESCUE if guest.rescue_key else OWN),
            rescued=self._disks.root(guest.server_id) if guest.rescue_key else None,
            first_id=first_id,
            vcpus=guest.vcpus,
            memory_mib=guest.memory_mib,
            links=links,
            cpus=tuple(cpus),
            covers=shown,
            volumes=tuple(self._shown_volume(guest.server_id, disk) for disk in guest.devices),
            host_uptime_s=view.uptime_s() if _TIME_NAMESPACES.exists() else None,
            unified=self._cgroups.unified,
            apparmor=_APPARMOR.exists() and _APPARMOR.read_text().strip() == "Y",
        )

    def _show_disks(self, guest: Guest) -> None:
        """Let the guest see which disks it has."""
        held = [
            (disk.device.removeprefix("/dev/"), self._volumes.size_kib(guest.server_id, disk))
            for disk in guest.devices
            if self._volumes.held(guest.server_id, disk)
        ]
        root_kib = (guest.disk_gib or _ZERO_DISK_GIB) << 20
        if guest.root_disk is not None:
            root_kib = self._volumes.size_kib(guest.server_id, guest.root_disk)
        view.partitions(self._disks.shown(guest.server_id), root_kib, held)

    def _shown_volume(self, server_id: str, disk: Disk) -> tuple[pathlib.Path, str, str]:
        node = self._volumes.node(server_id, disk)
        return node, disk.device, self._volumes.number(server_id, disk)

    def _off(self, guest: Guest, grace_s: int) -> None:
        server_id = guest.server_id
        self._tracked.pop(server_id, None)
        ran = self._cgroups.populated(server_id)
        if ran and self._cgroups.frozen(server_id):
            self._nics.mend(guest.nics)
        if grace_s and ran:
            self._cgroups.thaw(server_id)
            if not self._runtime.shut_down(server_id, grace_s=grace_s):
                LOG.warning("server %s did not shut down in %s s", server_id, grace_s)
        self._runtime.kill(server_id)
        self._runtime.mark_exit(server_id, "stop")
        self._mark(server_id).unlink(missing_ok=True)
        if ran:
            self._settle(guest)

    def _settle(self, guest: Guest) -> None:
        """After a run: its ports are as before it, and a guest that is off holds no device."""
        self._disks.unmount(guest.server_id)
        self._volumes.release_all(guest.server_id)
        self._nics.take_back(guest.nics, self._config(guest.server_id).read_text())

    def _adopt(self, server_id: str) -> None:
        guest = self._records.find(server_id)
        if guest is None:
            self._clear(server_id)
        elif not guest.complete:
            self._clean(guest)
        elif (pid := self._runtime.monitor(server_id)) is not None:
            self._track(server_id, pid)
            self._go_on(server_id)
        elif self._cgroups.populated(server_id):
            self._lost(guest)
        elif self._runtime.exit_kind(server_id) == "reboot":
            self._run(guest)
        else:
            self._runtime.kill(server_id)
            self._disks.unmount(server_id)
            self._volumes.release_all(server_id)

    def _ended(self, server_id: str, pid: int) -> None:
        """Called when a monitor is gone: the guest powered off, reboots, or was lost."""
        with self._locks[server_id]:
            if self._tracked.get(server_id) != pid:
                return  # it was ordered, and whoever ordered it sees to the rest
            del self._tracked[server_id]
            guest = self._records.find(server_id)
            if guest is None:
                return
            state = GuestState.OFF
            try:
                state = self._after(guest)
            except (errors.CloudError, OSError) as error:
                LOG.error("server %s did not come back: %s", server_id, error)
        if state is not GuestState.RUNNING:
            for watcher in self._watchers:
                watcher(server_id, state)

    def _after(self, guest: Guest) -> GuestState:
        kind = self._runtime.exit_kind(guest.server_id)
        if kind is None:
            self._lost(guest)
            return GuestState.CRASHED
        self._runtime.kill(guest.server_id)
        self._settle(guest)
        if kind == "reboot":
            self._run(guest)
            return GuestState.RUNNING
        return GuestState.OFF

    def _lost(self, guest: Guest) -> None:
        """A guest without its monitor can be neither watched nor stopped in order: end it."""
        self._runtime.kill(guest.server_id)
        self._runtime.mark_exit(guest.server_id, "crashed")
        self._unplug(guest)
        self._disks.unmount(guest.server_id)
        self._volumes.release_all(guest.server_id)

    def _lose(self, guest: Guest) -> None:
        """End a guest whose own disk is gone from under it, and tell."""
        self._tracked.pop(guest.server_id, None)
        self._lost(guest)
        for watcher in self._watchers:
            watcher(guest.server_id, GuestState.CRASHED)

    def _track(self, server_id: str, pid: int) -> None:
        self._tracked[server_id] = pid
        self._watch.add(server_id, pid)

    @contextlib.contextmanager
    def _running(self, server_id: str) -> Iterator[Guest]:
        with self._locks[server_id]:
            guest = self._records.get(server_id)
            if not self._cgroups.populated(server_id):
                raise GuestFault(reason="The guest is off.")
            yield guest

    def _unplug(self, guest: Guest) -> None:
        self._nics.unplug(*(nic.port_id for nic in guest.nics))

    def _clean(self, guest: Guest) -> None:
        """Undo all of a guest, however far it came."""
        self._tracked.pop(guest.server_id, None)
        self._unplug(guest)  # first: LXC then has no device to carry back, which takes longer
        self._clear(guest.server_id)

    def _clear(self, server_id: str) -> None:
        self._runtime.kill(server_id)
        self._disks.delete(server_id)
        self._volumes.release_all(server_id)
        self._slots.release(self._records.path(server_id))
        shutil.rmtree(self._records.path(server_id), ignore_errors=True)

    def _config(self, server_id: str) -> pathlib.Path:
        return self._records.path(server_id) / "config"

    def _mark(self, server_id: str) -> pathlib.Path:
        return self._records.path(server_id) / _SUSPENDED

    def _still_mark(self, server_id: str) -> pathlib.Path:
        """Stands there while the guest is frozen for its files to be read."""
        return self._records.path(server_id) / _READ


def _new(spec: GuestSpec) -> Guest:
    """Return a guest that is to be made.  Raises GuestFault for volumes that it cannot have."""
    guest = Guest.of(spec, Images.key(spec.image))
    refuse_root_fs(*guest.devices)
    root = guest.root_disk
    if root is None:
        return guest
    if not root.root_fs:
        raise GuestFault(
            reason=f"Volume {root.volume_id} holds no root file system for containers; one made "
            "from an image with img_hv_type=lxc does."
        )
    return dataclasses.replace(guest, image_key="")
