"""KVM guests on one host, by way of the cloud's own libvirtd."""

import contextlib
import dataclasses
import logging
import pathlib
import shutil
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import libvirt

from compute.drivers import base
from compute.drivers.base import GuestFault, GuestMissing, GuestSpec, GuestState, Nic, Size
from compute.drivers.container.volumes import Volumes
from compute.drivers.figures import Figures
from compute.drivers.kvm import (
    config_drive,
    consoles,
    copies,
    definition,
    disks,
    figures,
    probe,
    swapping,
)
from compute.drivers.kvm.directory import Directory
from compute.drivers.kvm.libvirt import Connection, faults, found, state, tolerated
from compute.drivers.kvm.remote import Remotes
from compute.drivers.kvm.secrets import Secrets
from compute.drivers.kvm.watch import Watch

LOG = logging.getLogger(__name__)

VIRT_TYPES = ("auto", "kvm", "qemu")
CONSOLE_LIMIT = 2 << 20
PRESS_AGAIN_S = 5.0
UNPLUG_AGAIN_S = 5.0
UNPLUG_TIMEOUT_S = 30.0
UNPLUG_AGAIN = (
    libvirt.VIR_ERR_OPERATION_FAILED,
    libvirt.VIR_ERR_OPERATION_INVALID,
    libvirt.VIR_ERR_DEVICE_MISSING,
)
"""How detaching ends that the guest does not answer yet, or that the guest's end overtook."""
TRAITS = frozenset(
    {
        "CUSTOM_GUEST_KVM",
        "COMPUTE_IMAGE_TYPE_QCOW2",
        "COMPUTE_IMAGE_TYPE_RAW",
        "COMPUTE_NET_ATTACH_INTERFACE",
        "COMPUTE_NET_VIF_MODEL_VIRTIO",
        "COMPUTE_STORAGE_BUS_SCSI",
        "COMPUTE_STORAGE_BUS_VIRTIO",
    }
)


class KvmDriver(base.Driver, base.HotPlug, base.Volumes, base.Interruptible):
    """state_dir: the cloud's; images and guests are kept in `compute/kvm` below it.

    uri: of the libvirtd whose guests these are all.  virt_type: `auto` probes, once.
    devices: where those of volumes are that other hosts hold.  certificates: this host's.
    """

    kind: ClassVar[str] = "kvm"

    def __init__(
        self,
        *,
        state_dir: pathlib.Path,
        ports: base.Ports,
        uri: str,
        virt_type: str = "auto",
        devices: pathlib.Path = pathlib.Path("/run/cumulet/devices/kvm"),
        certificates: pathlib.Path | None = None,
    ) -> None:
        self._state_dir = pathlib.Path(state_dir).resolve()
        home = self._state_dir / "compute" / "kvm"
        self._ports = ports
        self._wanted_type = virt_type
        self._images = disks.ImageCache(home / "images")
        self._directory = Directory(home / "guests")
        held = Volumes(devices, certificates or self._state_dir / "host-tls")
        self._remotes = Remotes(home / "guests", held)
        self._connection = Connection(uri)
        self._secrets = Secrets(self._connection)
        self._watch = Watch(self._connection, self.state, self.guests, self._trim_logs)
        self._qemu_logs = self._state_dir / "libvirt/log/qemu"
        self._settled: set[str] = set()

    def probe(self) -> None:
        if self._wanted_type not in VIRT_TYPES:
            raise GuestFault(reason=f"virt_type is one of {', '.join(VIRT_TYPES)}.")
        if self._wanted_type == "kvm" and not probe.usable():
            raise GuestFault(reason="KVM does not run guest code on this host.")
        for tool in ("qemu-img", "genisoimage"):
            if shutil.which(tool) is None:
                raise GuestFault(reason=f"{tool} is not installed.")
        self._connection.get()
        if self._virt_type == "qemu":
            LOG.warning("KVM does not run guest code here: guests are emulated, and slow")

    def traits(self) -> frozenset[str]:
        return TRAITS

    def hypervisor(self) -> dict[str, object]:
        with faults("asking for QEMU's version"):
            version = int(self._connection.get().getVersion())
        return {"type": "QEMU", "version": version, "virt_type": self._virt_type}

    @property
    def _virt_type(self) -> str:
        if self._wanted_type != "auto":
            return self._wanted_type
        return "kvm" if probe.usable() else "qemu"

    def create(self, spec: GuestSpec) -> None:
        base.refuse_root_fs(*spec.disks)
        image = self._base(spec)
        with self._watch.ordered(spec.server_id), contextlib.ExitStack() as undo:
            if not self._defined(spec.server_id):
                undo.callback(self._remove, spec.server_id)
            files = self._directory.files(spec.server_id, image, drive=spec.config_drive)
            self._directory.make(spec.server_id)
            consoles.directory(self._state_dir).mkdir(mode=0o700, exist_ok=True)
            if spec.image.image_id:
                disks.overlay(spec, image, files.disk)
            more = disks.further(spec, files.disk.parent)
            files = dataclasses.replace(files, extra=more)
            if files.drive is not None:
                config_drive.write(spec.seed, files.drive)
            self._directory.save_nics(spec.server_id, {nic.port_id: nic for nic in spec.nics})
            keys = {disk.volume_id: disk.key for disk in spec.disks if disk.key}
            self._directory.save_keys(spec.server_id, keys)
            self._remotes.note(spec.server_id, spec.disks)
            spec = self._remotes.all_here(spec)
            taps = {nic.port_id: self._ports.plug_tap(nic) for nic in spec.nics}
            xml = definition.domain(spec, definition.HostFacts(self._virt_type), files, taps)
            with faults("defining the guest"):
                self._connection.get().defineXML(xml)
            undo.pop_all()
        LOG.info("guest %s is defined", spec.server_id)

    def _base(self, spec: GuestSpec) -> pathlib.Path:
        """Return what the root disk lies over; a guest that boots from a volume has none."""
        if not spec.image.image_id:
            return spec.image.path
        return self._images.base(spec.image, disk_gib=spec.disk_gib)

    def start(self, server_id: str) -> None:
        domain = self._connection.domain(server_id)
        with self._watch.ordered(server_id), faults("starting the guest"):
            if state(domain) is GuestState.PAUSED:
                domain.resume()
            elif not domain.isActive():
                self._run(server_id, domain)

    def _run(self, server_id: str, domain: Any) -> None:
        """Start the guest; one that somebody else has just started is running too."""
        self._settled.discard(server_id)
        self._secrets.give(self._directory.keys(server_id))
        self._remotes.hold_all(server_id)
        with tolerated(libvirt.VIR_ERR_OPERATION_INVALID):
            domain.create()

    def stop(self, server_id: str, *, grace_s: int) -> None:
        domain = self._connection.domain(server_id)
        with self._watch.ordered(server_id), faults("stopping the guest"):
            if grace_s > 0 and state(domain) is GuestState.RUNNING:
                self._press_power_button(domain, grace_s)
            self._cut_power(server_id, domain)

    def _press_power_button(self, domain: Any, grace_s: float) -> None:
        """Wait up to grace_s for the guest to go off; one that still boots misses a press."""
        deadline = time.monotonic() + grace_s
        while domain.isActive() and (left := deadline - time.monotonic()) > 0:
            with tolerated(libvirt.VIR_ERR_OPERATION_INVALID):
                domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN)
            self._connection.wait(lambda: not domain.isActive(), min(PRESS_AGAIN_S, left))

    def _cut_power(self, server_id: str, domain: Any) -> None:
        if domain.isActive():
            with tolerated(libvirt.VIR_ERR_OPERATION_INVALID):
                domain.destroy()
        elif domain.hasManagedSaveImage():
            domain.managedSaveRemove()
        self._remotes.rest(server_id)
        self._settled.add(server_id)

    def reboot(self, server_id: str, *, hard: bool, grace_s: int) -> None:
        with self._watch.ordered(server_id):
            self.stop(server_id, grace_s=0 if hard else grace_s)
            self.start(server_id)

    def pause(self, server_id: str) -> None:
        domain = self._connection.domain(server_id)
        with self._watch.ordered(server_id), faults("pausing the guest"):
            if state(domain) is not GuestState.PAUSED:
                domain.suspend()

    def unpause(self, server_id: str) -> None:
        domain = self._connection.domain(server_id)
        with self._watch.ordered(server_id), faults("unpausing the guest"):
            if state(domain) is not GuestState.RUNNING:
                domain.resume()

    def suspend(self, server_id: str) -> None:
        domain = self._connection.domain(server_id)
        with self._watch.ordered(server_id), faults("suspending the guest"):
            if domain.isActive() or not domain.hasManagedSaveImage():
                domain.managedSave(libvirt.VIR_DOMAIN_SAVE_RUNNING)

    def resume(self, server_id: str) -> None:
        domain = self._connection.domain(server_id)
        with self._watch.ordered(server_id), faults("resuming the guest"):
            now = state(domain)
            if now is GuestState.SUSPENDED:
                self._run(server_id, domain)
            elif now is not GuestState.RUNNING:
                raise GuestFault(reason=f"Guest {server_id} is {now.value}, not suspended.")

    def resize(self, server_id: str, size: Size, *, mark: str) -> None:
        domain = self._connection.domain(server_id)
        disk, before = self._directory.disk(server_id), self._directory.before(server_id, mark)
        if disk.exists():
            disks.grow(disk, before, size.disk_gib)
        with self._watch.ordered(server_id), faults("resizing the guest"):
            self._connection.get().defineXML(definition.resized(_later(domain), size))

    def revert_size(self, server_id: str, size: Size, *, mark: str) -> None:
        domain = self._connection.domain(server_id)
        before = self._directory.before(server_id, mark)
        with contextlib.suppress(FileNotFoundError):
            before.replace(self._directory.disk(server_id))
        with self._watch.ordered(server_id), faults("resizing the guest"):
            self._connection.get().defineXML(definition.resized(_later(domain), size))

    def confirm_size(self, server_id: str) -> None:
        self._connection.domain(server_id)
        self._directory.forget_before(server_id)

    def rescue(self, spec: GuestSpec) -> None:
        server_id = spec.server_id
        domain = self._connection.domain(server_id)
        own = self._directory.own_definition(server_id)
        image = self._images.base(spec.image, disk_gib=0)
        files = self._directory.rescue_files(server_id, image, drive=spec.config_drive)
        files = dataclasses.replace(files, extra=tuple(one for one in files.extra if one.exists()))
        with self._watch.ordered(server_id), contextlib.ExitStack() as undo:
            if not own.exists():
                undo.callback(self._directory.forget_rescue, server_id)
                _write(own, _later(domain))
            disks.overlay(dataclasses.replace(spec, disk_gib=0), image, files.disk)
            more = disks.further(spec, files.disk.parent)
            files = dataclasses.replace(files, extra=(*files.extra, *more))
            if files.drive is not None:
                config_drive.write(spec.seed, files.drive)
            taps = {nic.port_id: self._ports.plug_tap(nic) for nic in spec.nics}
            spec = self._remotes.all_here(spec)
            spec = dataclasses.replace(
                spec, disks=definition.beside(spec.disks, 1 + len(files.extra))
            )
            xml = definition.domain(spec, definition.HostFacts(self._virt_type), files, taps)
            with faults("rescuing the guest"):
                self._connection.get().defineXML(xml)
            undo.pop_all()

    def unrescue(self, server_id: str) -> None:
        self._connection.domain(server_id)
        own = self._directory.own_definition(server_id)
        if own.exists():
            with self._watch.ordered(server_id), faults("going back to the guest's own disk"):
                self._connection.get().defineXML(own.read_text())
        self._directory.forget_rescue(server_id)

    def set_password(self, server_id: str, password: str) -> None:
        domain = self._connection.domain(server_id)
        with faults("telling the guest's agent"):
            domain.setUserPassword("root", password, 0)

    def interrupt(self, server_id: str) -> None:
        domain = self._connection.domain(server_id)
        with faults("interrupting the guest"):
            domain.injectNMI(0)

    def snapshot(self, server_id: str, target: pathlib.Path, *, go_on: Callable[[], None]) -> None:
        domain = self._connection.domain(server_id)
        disk = self._directory.disk(server_id)
        with self._watch.ordered(server_id), faults("copying the guest's disk"):
            copies.copy(self._connection, domain, disk, target, go_on)

    def delete(self, server_id: str) -> None:
        with self._watch.ordered(server_id):
            self._remove(server_id)
        self._settled.discard(server_id)

    def _remove(self, server_id: str) -> None:
        """Take the guest away piece by piece; its folder, which names the rest, goes last."""
        with contextlib.suppress(GuestMissing), faults("deleting the guest"):
            domain = self._connection.domain(server_id)
            with tolerated(libvirt.VIR_ERR_NO_DOMAIN, libvirt.VIR_ERR_OPERATION_INVALID):
                if domain.isActive():
                    domain.destroy()
            with tolerated(libvirt.VIR_ERR_NO_DOMAIN):
                domain.undefineFlags(
                    libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
                    | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
                    | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
                )
        self._remotes.rest(server_id)
        for port_id in self._directory.nics(server_id):
            self._ports.unplug(port_id)
        for volume_id in self._directory.keys(server_id):
            self._secrets.take(volume_id)
        for log in self._qemu_logs.glob(f"{definition.name(server_id)}.log*"):
            log.unlink(missing_ok=True)
        consoles.remove(self._state_dir, server_id)
        self._directory.remove(server_id)

    def _trim_logs(self) -> None:
        for server_id in self._directory.all():
            self._directory.trim(server_id, limit=CONSOLE_LIMIT)

    def state(self, server_id: str) -> GuestState:
        with found(server_id):
            now = self._connection.ask(
                lambda libvirtd: state(libvirtd.lookupByUUIDString(server_id))
            )
        return self._seen(server_id, now)

    def guests(self) -> dict[str, GuestState]:
        with faults("listing guests"):
            states = self._connection.ask(_states)
        return {server_id: self._seen(server_id, now) for server_id, now in states.items()}

    def _seen(self, server_id: str, now: GuestState) -> GuestState:
        """A guest that was stopped after it crashed is off."""
        if now is GuestState.CRASHED and server_id in self._settled:
            return GuestState.OFF
        return now

    def images(self) -> set[str]:
        texts = []
        for server_id in self._directory.all():
            with contextlib.suppress(GuestMissing), faults("asking for a guest's definition"):
                texts.append(_later(self._connection.domain(server_id)))
            with contextlib.suppress(FileNotFoundError):
                texts.append(self._directory.own_definition(server_id).read_text())
        return {image_id for text in texts for image_id in self._images.named_in(text)}

    def forget_image(self, image_id: str) -> None:
        self._images.forget(image_id)

    def console_log(self, server_id: str, *, lines: int | None = None) -> str:
        if not self._directory.exists(server_id):
            raise GuestMissing(server_id=server_id)
        text = self._directory.console(server_id)
        if lines is None:
            return text
        return "".join(text.splitlines(keepends=True)[-lines:]) if lines else ""

    def figures(self, server_id: str) -> Figures:
        domain = self._connection.domain(server_id)
        with faults("reading the guest's figures"):
            return figures.read(domain)

    def watch(self, watcher: base.Watcher) -> None:
        self._watch.start(watcher)

    def recover(self) -> None:
        """Folders without a definition are creates that were cut off; ports may be gone."""
        self._images.clean()
        defined = self.guests()
        for server_id in self._directory.all():
            if server_id not in defined:
                LOG.warning("guest %s was left half made, and is removed", server_id)
                self._remove(server_id)
        plugged = self._ports.plugged()
        for server_id in defined:
            for port_id, nic in self._directory.nics(server_id).items():
                if port_id not in plugged:
                    self._ports.plug_tap(nic)

    def attach_nic(self, server_id: str, nic: Nic) -> None:
        domain = self._connection.domain(server_id)
        nics = self._directory.nics(server_id)
        self._directory.save_nics(server_id, {**nics, nic.port_id: nic})
        xml = definition.interface(nic, self._ports.plug_tap(nic))
        with faults("attaching the port"):
            for flag, text in _definitions(domain):
                if definition.alias(nic.port_id) not in text:
                    domain.attachDeviceFlags(xml, flag)

    def detach_nic(self, server_id: str, port_id: str) -> None:
        domain = self._connection.domain(server_id)
        deadline = time.monotonic() + UNPLUG_TIMEOUT_S
        with faults("detaching the port"):
            while holders := _holders(domain, port_id):
                if time.monotonic() > deadline:
                    raise GuestFault(reason=f"The guest does not give port {port_id} back.")
                for flag in holders:
                    with tolerated(
                        libvirt.VIR_ERR_OPERATION_FAILED, libvirt.VIR_ERR_DEVICE_MISSING
                    ):
                        domain.detachDeviceAlias(definition.alias(port_id), flag)
                self._connection.wait(lambda: not _holders(domain, port_id), UNPLUG_AGAIN_S)
        self._ports.unplug(port_id)
        nics = self._directory.nics(server_id)
        nics.pop(port_id, None)
        self._directory.save_nics(server_id, nics)

    def attach_volume(self, server_id: str, disk: base.Disk) -> None:
        base.refuse_root_fs(disk)
        domain = self._connection.domain(server_id)
        with contextlib.ExitStack() as undo:
            if disk.remote is not None:
                if disk.volume_id not in self._remotes.known(server_id):
                    undo.callback(self._remotes.drop, server_id, disk.volume_id)
                self._remotes.add(server_id, disk)
                if domain.isActive():
                    self._remotes.hold(server_id, disk)
            self._attach(server_id, domain, self._remotes.here(server_id, disk))
            undo.pop_all()

    def _attach(self, server_id: str, domain: Any, disk: base.Disk) -> None:
        if disk.key:
            keys = self._directory.keys(server_id) | {disk.volume_id: disk.key}
            self._directory.save_keys(server_id, keys)
            self._secrets.give({disk.volume_id: disk.key})
        name, xml = definition.volume_alias(disk.volume_id), definition.volume(disk)
        with faults("attaching the volume"):
            if definition.disk_of_volume(_later(domain), disk.volume_id) is None:
                domain.attachDeviceFlags(xml, libvirt.VIR_DOMAIN_AFFECT_CONFIG)
            if not domain.isActive() or _running(domain, disk.volume_id) is not None:
                return
            if name in domain.XMLDesc(0):  # of a volume that took this one's place
                xml = definition.without_alias(xml)
            try:
                domain.attachDeviceFlags(xml, libvirt.VIR_DOMAIN_AFFECT_LIVE)
            except libvirt.libvirtError:
                if not domain.isActive():
                    return  # the guest has gone meanwhile, and will have it when it is back
                _give_up(domain, name)
                raise

    def detach_volume(self, server_id: str, volume_id: str) -> None:
        domain = self._connection.domain(server_id)
        deadline = time.monotonic() + UNPLUG_TIMEOUT_S
        with faults("detaching the volume"):
            while (held := _running(domain, volume_id)) is not None:
                if time.monotonic() > deadline:
                    raise GuestFault(
                        reason=f"The guest does not give volume {volume_id} back; it may be "
                        "mounted, or still be starting."
                    )
                with tolerated(*UNPLUG_AGAIN):
                    domain.detachDeviceAlias(
                        definition.alias_of(held), libvirt.VIR_DOMAIN_AFFECT_LIVE
                    )
                self._connection.wait(lambda: _running(domain, volume_id) is None, UNPLUG_AGAIN_S)
            if definition.disk_of_volume(_later(domain), volume_id) is not None:
                name = definition.volume_alias(volume_id)
                domain.detachDeviceAlias(name, libvirt.VIR_DOMAIN_AFFECT_CONFIG)
        keys = self._directory.keys(server_id)
        if keys.pop(volume_id, None):
            self._secrets.take(volume_id)
            self._directory.save_keys(server_id, keys)
        self._remotes.drop(server_id, volume_id)

    def extend_volume(self, server_id: str, volume_id: str, size: int) -> None:
        domain = self._connection.domain(server_id)
        key = self._directory.keys(server_id).get(volume_id)
        remote = self._remotes.known(server_id).get(volume_id)
        if remote is not None:
            self._remotes.extend(server_id, remote, size)
        with faults("extending the volume"):
            disk = _volume_disk(_later(domain), volume_id)
            if domain.isActive():
                target = definition.target_of(disk)
                domain.blockResize(target, size, libvirt.VIR_DOMAIN_BLOCK_RESIZE_BYTES)
                return
        if remote is None:
            disks.extend(definition.source_of(disk), definition.format_of(disk), size, key)

    def snapshot_volume(self, server_id: str, volume_id: str, new_file: pathlib.Path) -> None:
        domain = self._connection.domain(server_id)
        self._secrets.give(self._directory.keys(server_id))
        with self._watch.ordered(server_id), faults("going on in another file"):
            if domain.isActive():
                disk = _running(domain, volume_id)
                if disk is None:
                    raise GuestFault(reason=f"The guest does not have volume {volume_id} now.")
                if definition.source_of(disk) != new_file:
                    flags = (
                        libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY
                        | libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA
                        | libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT
                    )
                    wanted = definition.live_snapshot(domain.XMLDesc(0), disk, new_file)
                    domain.snapshotCreateXML(wanted, flags)
            later = _volume_disk(_later(domain), volume_id)
            if definition.source_of(later) != new_file:
                changed = definition.with_source(later, new_file, "qcow2")
                domain.updateDeviceFlags(changed, libvirt.VIR_DOMAIN_AFFECT_CONFIG)

    def swap_volume(
        self,
        server_id: str,
        old_volume_id: str,
        disk: base.Disk,
        *,
        go_on: Callable[[], None],
    ) -> None:
        domain = self._connection.domain(server_id)
        if disk.remote or old_volume_id in self._remotes.known(server_id):
            raise GuestFault(reason="A volume that another host holds is not swapped.")
        if disk.remote or old_volume_id in self._remotes.known(server_id):
            raise GuestFault(reason="A volume that another host holds is not swapped.")
        before = self._directory.keys(server_id)
        fresh = {disk.volume_id: disk.key} if disk.key else {}
        if before.get(disk.volume_id, disk.key) != disk.key and fresh:
            raise GuestFault(reason="A volume keeps its key while it is used.")
        with contextlib.ExitStack() as undo:
            undo.callback(self._keep_keys, server_id, before)
            self._directory.save_keys(server_id, before | fresh)
            self._secrets.give(fresh)
            with self._watch.ordered(server_id), faults("swapping the volume"):
                swapping.swap(self._connection, domain, old_volume_id, disk, go_on)
            undo.pop_all()
        left = {name: key for name, key in before.items() if name != old_volume_id}
        self._keep_keys(server_id, left | fresh)

    def _keep_keys(self, server_id: str, keys: Mapping[str, pathlib.Path]) -> None:
        """Keep some of a guest's keys, and forget the others."""
        gone = self._directory.keys(server_id).keys() - keys.keys()
        self._directory.save_keys(server_id, keys)
        for volume_id in gone:
            self._secrets.take(volume_id)

    def _defined(self, server_id: str) -> bool:
        try:
            self._connection.domain(server_id)
        except GuestMissing:
            return False
        return True


def _states(libvirtd: Any) -> dict[str, GuestState]:
    states = {}
    for domain in libvirtd.listAllDomains():
        with tolerated(libvirt.VIR_ERR_NO_DOMAIN):
            states[domain.UUIDString()] = state(domain)
    return states


def _write(path: pathlib.Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.replace(path)


def _later(domain: Any) -> str:
    """Return the XML of what the guest will have at its next start."""
    return str(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))


def _definitions(domain: Any) -> list[tuple[int, str]]:
    """Return (flag, XML) of what the guest will have at its next start, and has if it runs."""
    found = [(libvirt.VIR_DOMAIN_AFFECT_CONFIG, _later(domain))]
    if domain.isActive():
        found.append((libvirt.VIR_DOMAIN_AFFECT_LIVE, domain.XMLDesc(0)))
    return found


def _give_up(domain: Any, alias: str) -> None:
    """Take back what a guest was to have at its next start, where it could not have it now."""
    if alias in _later(domain):
        with contextlib.suppress(libvirt.libvirtError):
            domain.detachDeviceAlias(alias, libvirt.VIR_DOMAIN_AFFECT_CONFIG)


def _volume_disk(xml: str, volume_id: str) -> str:
    """Return a volume's device in a domain's XML.  Raises GuestFault."""
    found = definition.disk_of_volume(xml, volume_id)
    if found is None:
        raise GuestFault(reason=f"The guest has no volume {volume_id}.")
    return found


def _running(domain: Any, volume_id: str) -> str | None:
    """Return a volume's device in the guest, None where it has none or does not run."""
    try:
        now = domain.XMLDesc(0) if domain.isActive() else ""
    except libvirt.libvirtError:
        if domain.isActive():
            raise
        now = ""  # it has gone meanwhile
    return definition.running_disk(_later(domain), now, volume_id) if now else None


def _holders(domain: Any, port_id: str) -> list[int]:
    """Return the flags of the definitions that still have the port's device."""
    return [flag for flag, text in _definitions(domain) if definition.alias(port_id) in text]
