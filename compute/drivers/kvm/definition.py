"""What libvirt is told of a guest: plain values in, XML out."""

import dataclasses
import pathlib
import re
from collections.abc import Mapping
from xml.etree import ElementTree

from compute.drivers.base import GuestSpec, Nic, Size

NAMESPACE = "urn:cumulet:guest:1"
DISK_BUSES = ("virtio", "scsi")
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
    _controllers(devices, len(spec.nics) + len(files.extra) + host.spare_ports)
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
    disk = _add(devices, "disk", type="file", device="disk")
    _add(disk, "driver", name="qemu", type="qcow2", cache="writeback", discard="unmap")
    _add(disk, "source", file=str(files.disk))
    below = _add(disk, "backingStore", type="file")
    _add(below, "format", type="raw")
    _add(below, "source", file=str(files.base))
    _add(below, "backingStore")
    _add(disk, "target", dev="sda" if bus == "scsi" else "vda", bus=bus)
    for number, extra in enumerate(files.extra, start=1):
        _extra_disk(devices, extra, bus, number)
    if files.drive is None:
        return
    drive = _add(devices, "disk", type="file", device="disk")
    _add(drive, "driver", name="qemu", type="raw")
    _add(drive, "source", file=str(files.drive))
    _add(drive, "backingStore")
    _add(drive, "target", dev="vdz", bus="virtio")
    _add(drive, "readonly")


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
