"""What libvirt is told of a guest: plain values in, XML out."""

import dataclasses
import pathlib
import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from common import qcow2
from compute.drivers.base import Disk, GuestSpec, Nic, Size

NAMESPACE = "urn:cumulet:guest:1"
DISK_BUSES = ("virtio", "scsi")
LETTERS = "abcdefghijklmnopqrstuvwxy"
VIF_MODELS = ("virtio", "e1000", "e1000e")

Element = ElementTree.Element


@dataclasses.dataclass(frozen=True)
class HostFacts:
    """What the host decides about every guest.

    virt_type: `kvm`, or `qemu` where each guest instruction is emulated.
    """

    virt_type: str
    machine: str = "q35"

    @property
    def spare_ports(self) -> int:
        """PCI root ports kept free for later attaches; an emulated guest boots slower with each."""
        return 12 if self.virt_type == "kvm" else 4


@dataclasses.dataclass(frozen=True)
class Files:
    """Where a guest's files are.  base: the read-only image under disk; drive: the config drive.

    extra: more disks, their format as their suffix says, after the root disk.
    screen, serial: sockets that QEMU is to listen on, as it sees their paths.
    """

    disk: pathlib.Path
    base: pathlib.Path
    console_log: pathlib.Path
    screen: pathlib.PurePath
    serial: pathlib.PurePath
    drive: pathlib.Path | None = None
    extra: tuple[pathlib.Path, ...] = ()


def name(server_id: str) -> str:
    """Return the domain's name, as operators see it."""
    return f"instance-{server_id[:8]}"


def alias(port_id: str) -> str:
    """Return the alias by which a port's device is found again; libvirt wants the `ua-`."""
    return f"ua-{port_id}"


def domain(spec: GuestSpec, host: HostFacts, files: Files, taps: Mapping[str, str]) -> str:
    """Return the domain's XML.

    taps: port id to the name of the tap that is already in the switch.
    """
    root = Element("domain", type=host.virt_type)
    _add(root, "name", name(spec.server_id))
    _add(root, "uuid", spec.server_id)
    _metadata(root, spec)
    _add(root, "memory", str(spec.memory_mib), unit="MiB")
    _add(root, "vcpu", str(spec.vcpus), placement="static")
    _firmware(root, spec, host)
    _processor(root, host)
    for event, action in (("poweroff", "destroy"), ("reboot", "restart"), ("crash", "destroy")):
        _add(root, f"on_{event}", action)
    devices = _add(root, "devices")
    _disks(devices, spec, files)
    for nic in spec.nics:
        devices.append(_interface(nic, taps[nic.port_id], _vif_model(spec)))
    _controllers(devices, len(spec.nics) + len(files.extra) + len(spec.disks) + host.spare_ports)
    _console(devices, files)
    _agent(devices, spec)
    random = _add(devices, "rng", model="virtio")
    _add(random, "backend", "/dev/urandom", model="random")
    _balloon(devices, host)
    _screen(devices, spec, files)
    return ElementTree.tostring(root, encoding="unicode")


def interface(nic: Nic, tap: str, model: str = "virtio") -> str:
    """Return the XML of one port's device, as for attaching it."""
    return ElementTree.tostring(_interface(nic, tap, model), encoding="unicode")


def beside(disks: Sequence[Disk], taken: int) -> tuple[Disk, ...]:
    """Return volumes with names that leave the first ones to other disks.  taken: how many."""
    others = {f"/dev/vd{letter}" for letter in LETTERS[:taken]}
    free = (f"/dev/vd{letter}" for letter in reversed(LETTERS))
    used = {one.device for one in disks}
    return tuple(
        dataclasses.replace(
            one, device=next(name for name in free if name not in used), boot_index=None
        )
        if one.device in others
        else one
        for one in disks
    )


def volume_alias(volume_id: str) -> str:
    """Return the alias by which a volume's device is found again."""
    return f"ua-volume-{volume_id}"


def volume(one: Disk, bus: str = "virtio") -> str:
    """Return the XML of one volume's device, as for attaching it.  bus: where it names none."""
    return ElementTree.tostring(_volume(one, bus), encoding="unicode")


def without_alias(disk_xml: str) -> str:
    """Return a disk's XML with no alias, so that libvirt finds one."""
    device = ElementTree.fromstring(disk_xml)  # noqa: S314 our own
    for old in device.findall("alias"):
        device.remove(old)
    return ElementTree.tostring(device, encoding="unicode")


def with_source(xml: str, file: pathlib.Path, form: str, secret: str | None = None) -> str:
    """Return a disk's XML, as libvirt wrote it, with other bytes behind it.

    secret: what those are encrypted with, empty: nothing; None: as the ones before.
    """
    device = ElementTree.fromstring(xml)  # noqa: S314 libvirt's own
    for tag in ("backingStore", "source"):
        for old in device.findall(tag):
            device.remove(old)
    _source(device, file, secret_of(xml) if secret is None else secret)
    driver = device.find("driver")
    if driver is not None:
        driver.set("type", form)
    return ElementTree.tostring(device, encoding="unicode")


def disk_of_volume(xml: str, volume_id: str) -> str | None:
    """Return a volume's device in a domain's XML, as libvirt wrote it, or None."""
    root = ElementTree.fromstring(xml)  # noqa: S314 libvirt's own
    for device in root.iterfind("devices/disk"):
        found = device.find("alias")
        if found is not None and found.get("name") == volume_alias(volume_id):
            return ElementTree.tostring(device, encoding="unicode")
    return None


def disk_at(xml: str, target: str) -> str | None:
    """Return the device of a target, `vdb`, in a domain's XML, as libvirt wrote it, or None."""
    root = ElementTree.fromstring(xml)  # noqa: S314 libvirt's own
    for device in root.iterfind("devices/disk"):
        if device.find(f"target[@dev='{target}']") is not None:
            return ElementTree.tostring(device, encoding="unicode")
    return None


def running_disk(later: str, now: str, volume_id: str) -> str | None:
    """Return a volume's device in a running guest, or None.

    One that was swapped has another volume's alias there; what it is called says the definition.
    later, now: the XML of what the guest has at its next start, and has.
    """
    mine = disk_of_volume(later, volume_id)
    if mine is not None:
        return disk_at(now, target_of(mine))
    found = disk_of_volume(now, volume_id)
    other = found is not None and disk_at(later, target_of(found)) is not None
    return None if other else found


def alias_of(disk_xml: str) -> str:
    """Return the alias of a disk."""
    found = ElementTree.fromstring(disk_xml).find("alias")  # noqa: S314 libvirt's own
    return "" if found is None else found.get("name", "")


def mirror_of(disk_xml: str) -> tuple[pathlib.Path, bool] | None:
    """Return where a disk is being copied to, and whether the copy is whole; None: nowhere."""
    found = ElementTree.fromstring(disk_xml).find("mirror")  # noqa: S314 libvirt's own
    if found is None:
        return None
    source = found.find("source")
    file = found.get("file") if source is None else source.get("file")
    return pathlib.Path(file or ""), found.get("ready") == "yes"


def copy(file: pathlib.Path, form: str, secret: str) -> str:
    """Return what libvirt is told of the file that a disk is copied to.  secret: as above."""
    device = Element("disk", type="file")
    _add(device, "driver", name="qemu", type=form, discard="unmap")
    _encryption(_add(device, "source", file=str(file)), secret)
    return ElementTree.tostring(device, encoding="unicode")


def renamed(disk_xml: str, volume_id: str, file: pathlib.Path, form: str, secret: str) -> str:
    """Return a disk's XML, as libvirt wrote it, for another volume."""
    turned = with_source(disk_xml, file, form, secret)
    device = ElementTree.fromstring(turned)  # noqa: S314 libvirt's own
    for tag in ("serial", "alias"):
        for old in device.findall(tag):
            device.remove(old)
    _add(device, "serial", volume_id)
    _add(device, "alias", name=volume_alias(volume_id))
    return ElementTree.tostring(device, encoding="unicode")


def target_of(disk_xml: str) -> str:
    """Return what libvirt calls a disk: `vdb`."""
    found = re.search(r"<target dev=[\"']([a-z]+)[\"']", disk_xml)
    return found[1] if found else ""


def source_of(disk_xml: str) -> pathlib.Path:
    """Return the file of a disk."""
    found = re.search(r"<source file=[\"']([^\"']+)[\"']", disk_xml)
    return pathlib.Path(found[1] if found else "")


def format_of(disk_xml: str) -> str:
    """Return the format of a disk: `qcow2` or `raw`."""
    found = re.search(r"<driver [^>]*type=[\"'](\w+)[\"']", disk_xml)
    return found[1] if found else "qcow2"


def secret_of(disk_xml: str) -> str:
    """Return the id of the secret that a disk is read with; empty: it is not encrypted."""
    found = re.search(r"<secret type=[\"']passphrase[\"'] uuid=[\"']([0-9a-f-]+)[\"']", disk_xml)
    return found[1] if found else ""


def live_snapshot(xml: str, disk_xml: str, new_file: pathlib.Path) -> str:
    """Return what libvirt is asked for so that one disk goes on in another file."""
    mine = target_of(disk_xml)
    root = Element("domainsnapshot")
    disks = _add(root, "disks")
    for name in re.findall(r"<target dev=[\"'](\w+)[\"'] bus=", xml):
        if name != mine:
            _add(disks, "disk", name=name, snapshot="no")
    one = _add(disks, "disk", name=mine, snapshot="external", type="file")
    _add(one, "driver", type="qcow2")
    _encryption(_add(one, "source", file=str(new_file)), secret_of(disk_xml))
    return ElementTree.tostring(root, encoding="unicode")


def resized(xml: str, size: Size) -> str:
    """Return a domain's XML, as libvirt wrote it, with another size."""
    memory_kib = size.memory_mib * 1024
    for tag in ("memory", "currentMemory"):
        xml = re.sub(rf"(<{tag} unit='KiB'>)\d+(</{tag}>)", rf"\g<1>{memory_kib}\2", xml)
    return re.sub(r"(<vcpu [^>]*>)\d+(</vcpu>)", rf"\g<1>{size.vcpus}\2", xml)


def _metadata(root: Element, spec: GuestSpec) -> None:
    holder = _add(root, "metadata")
    guest = _add(holder, f"{{{NAMESPACE}}}guest")
    _add(guest, f"{{{NAMESPACE}}}name", spec.name)
    _add(guest, f"{{{NAMESPACE}}}owner", project=spec.project_id, user=spec.user_id)
    _add(guest, f"{{{NAMESPACE}}}image", id=spec.image.image_id)


def _firmware(root: Element, spec: GuestSpec, host: HostFacts) -> None:
    """BIOS boot, and the product name by which images know the metadata layout to expect."""
    system = _add(root, "os")
    _add(system, "type", "hvm", arch="x86_64", machine=host.machine)
    _add(system, "boot", dev="hd")
    _add(system, "smbios", mode="sysinfo")
    information = _add(root, "sysinfo", type="smbios")
    for_system = _add(information, "system")
    _add(for_system, "entry", "Cumulet", name="manufacturer")
    _add(for_system, "entry", "OpenStack Compute", name="product")
    _add(for_system, "entry", spec.server_id, name="serial")
    _add(for_system, "entry", spec.server_id, name="uuid")


def _processor(root: Element, host: HostFacts) -> None:
    features = _add(root, "features")
    _add(features, "acpi")
    _add(features, "apic")
    if host.virt_type == "kvm":
        _add(root, "cpu", mode="host-passthrough", check="none", migratable="on")
    else:
        emulator = _add(features, "tcg")
        _add(emulator, "tb-cache", "64", unit="MiB")
        _add(root, "cpu", mode="maximum", check="none")
    clock = _add(root, "clock", offset="utc")
    _add(clock, "timer", name="rtc", tickpolicy="catchup")
    _add(clock, "timer", name="hpet", present="no")


def _disks(devices: Element, spec: GuestSpec, files: Files) -> None:
    bus = _choice(spec, "hw_disk_bus", DISK_BUSES)
    if spec.image.image_id:
        _root_disk(devices, files, bus)
    for number, extra in enumerate(files.extra, start=1):
        _extra_disk(devices, extra, bus, number)
    for one in sorted(spec.disks, key=lambda one: one.boot_index != 0):
        devices.append(_volume(one, bus))
    if files.drive is None:
        return
    drive = _add(devices, "disk", type="file", device="disk")
    _add(drive, "driver", name="qemu", type="raw")
    _add(drive, "source", file=str(files.drive))
    _add(drive, "backingStore")
    _add(drive, "target", dev="vdz", bus="virtio")
    _add(drive, "readonly")


def _root_disk(devices: Element, files: Files, bus: str) -> None:
    disk = _add(devices, "disk", type="file", device="disk")
    _add(disk, "driver", name="qemu", type="qcow2", cache="writeback", discard="unmap")
    _add(disk, "source", file=str(files.disk))
    below = _add(disk, "backingStore", type="file")
    _add(below, "format", type="raw")
    _add(below, "source", file=str(files.base))
    _add(below, "backingStore")
    _add(disk, "target", dev="sda" if bus == "scsi" else "vda", bus=bus)


def _volume(one: Disk, bus: str) -> Element:
    """The serial is the volume's id, of which udev makes names below /dev/disk/by-id."""
    kind = "cdrom" if one.device_type == "cdrom" else "disk"
    device = Element("disk", type="block" if one.remote else "file", device=kind)
    bus = one.bus or bus
    _add(
        device,
        "driver",
        name="qemu",
        type=one.format,
        cache="none",
        discard="unmap",
        io="threads",
    )
    if one.remote:
        _add(device, "source", dev=str(one.path))
    else:
        _source(device, one.path.resolve(), one.volume_id if one.key else "")
    letters = one.device.removeprefix("/dev/")[2:]
    _add(device, "target", dev=("sd" if bus == "scsi" else "vd") + letters, bus=bus)
    _add(device, "serial", one.volume_id)
    if one.read_only:
        _add(device, "readonly")
    if one.shared:
        _add(device, "shareable")
    _add(device, "alias", name=volume_alias(one.volume_id))
    return device


def _source(device: Element, file: pathlib.Path, secret: str) -> None:
    """Say where a disk's bytes are; of an encrypted one also all below, which libvirt cannot look
    through."""
    _encryption(_add(device, "source", file=str(file)), secret)
    if secret:
        for below in qcow2.chain(file)[1:]:
            device = _add(device, "backingStore", type="file")
            _add(device, "format", type="qcow2")
            _encryption(_add(device, "source", file=str(below)), secret)
        _add(device, "backingStore")


def _encryption(source: Element, secret: str) -> None:
    """Libvirt works out who decrypts only in some places, so it is told everywhere."""
    if secret:
        how = _add(source, "encryption", format="luks", engine="qemu")
        _add(how, "secret", type="passphrase", uuid=secret)


def _extra_disk(devices: Element, path: pathlib.Path, bus: str, number: int) -> None:
    disk = _add(devices, "disk", type="file", device="disk")
    kind = path.suffix.removeprefix(".")
    _add(disk, "driver", name="qemu", type=kind, cache="writeback", discard="unmap")
    _add(disk, "source", file=str(path))
    name = ("sd" if bus == "scsi" else "vd") + "abcdefgh"[number]
    _add(disk, "target", dev=name, bus=bus)


def _interface(nic: Nic, tap: str, model: str) -> Element:
    device = Element("interface", type="ethernet")
    _add(device, "mac", address=nic.mac)
    _add(device, "target", dev=tap, managed="no")
    _add(device, "model", type=model)
    _add(device, "mtu", size=str(nic.mtu))
    _add(device, "rom", enabled="no")
    _add(device, "alias", name=alias(nic.port_id))
    return device


def _controllers(devices: Element, interfaces: int) -> None:
    """One root port for every device, and the SCSI bus that volumes can join."""
    _add(devices, "controller", type="pci", index="0", model="pcie-root")
    for index in range(1, interfaces + 5):
        _add(devices, "controller", type="pci", index=str(index), model="pcie-root-port")
    _add(devices, "controller", type="scsi", index="0", model="virtio-scsi")
    _add(devices, "controller", type="usb", index="0", model="none")


def _console(devices: Element, files: Files) -> None:
    serial = _add(devices, "serial", type="unix")
    _add(serial, "source", mode="bind", path=str(files.serial))
    _add(serial, "log", file=str(files.console_log), append="on")
    _add(serial, "target", port="0")


def _agent(devices: Element, spec: GuestSpec) -> None:
    """The way to an agent in the guest, where the image says that it has one."""
    if spec.image.properties.get("hw_qemu_guest_agent", "").lower() in ("yes", "true", "1"):
        channel = _add(devices, "channel", type="unix")
        _add(channel, "target", type="virtio", name="org.qemu.guest_agent.0")


def _balloon(devices: Element, host: HostFacts) -> None:
    """Memory figures come from the balloon; an emulated guest boots faster without."""
    if host.virt_type != "kvm":
        _add(devices, "memballoon", model="none")
        return
    balloon = _add(devices, "memballoon", model="virtio")
    _add(balloon, "stats", period="10")


def _screen(devices: Element, spec: GuestSpec, files: Files) -> None:
    """A screen's socket, and a graphics card where the image asks for one.

    The card costs half a second of an emulated boot; without it the screen says that there is none.
    """
    graphics = _add(devices, "graphics", type="vnc")
    _add(graphics, "listen", type="socket", socket=str(files.screen))
    video = _add(devices, "video")
    model = spec.image.properties.get("hw_video_model", "none")
    _add(video, "model", type=model if model in ("vga", "virtio", "qxl", "bochs") else "none")


def _vif_model(spec: GuestSpec) -> str:
    return _choice(spec, "hw_vif_model", VIF_MODELS)


def _choice(spec: GuestSpec, key: str, known: tuple[str, ...]) -> str:
    """Return what the image asks for where we have it, else the first of `known`."""
    wanted = spec.image.properties.get(key, "")
    return wanted if wanted in known else known[0]


def _add(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    child = ElementTree.SubElement(parent, tag, attributes)
    child.text = text
    return child


ElementTree.register_namespace("cumulet", NAMESPACE)
