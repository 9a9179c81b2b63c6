import pathlib
from xml.etree import ElementTree

import pytest

from compute.drivers.base import GuestSpec, Image, Nic
from compute.drivers.kvm import definition

SERVER = "c0cec9d7-f30c-44fe-8c01-42d01ce2fe23"
NIC = Nic("5f2d9dc9-0000-4000-8000-000000000001", "fa:16:3e:00:00:01", 1442, "net")
HOME = pathlib.Path("/state/guests")


def define(*, virt_type="qemu", drive=True, nics=(NIC,), name="web", **properties):
    image = Image("image", "sum", "qcow2", pathlib.Path("/x"), properties=properties)
    spec = GuestSpec(
        SERVER, name, "web", "project", "user", 2, 512, 1, image, nics, config_drive=drive
    )
    files = definition.Files(
        disk=HOME / "disk.qcow2",
        base=HOME / "base.raw",
        console_log=HOME / "console.log",
        screen=pathlib.Path("/sockets/guest.vnc"),
        serial=pathlib.Path("/sockets/guest.serial"),
        drive=HOME / "config.iso" if drive else None,
    )
    taps = {nic.port_id: f"tap{nic.port_id[:11]}" for nic in nics}
    host = definition.HostFacts(virt_type)
    return ElementTree.fromstring(definition.domain(spec, host, files, taps))


def test_the_name_and_uuid_come_from_the_server_id():
    root = define()
    assert root.findtext("name") == "instance-c0cec9d7"
    assert root.findtext("uuid") == SERVER
    assert root.find("os/smbios").get("mode") == "sysinfo"


def test_a_guest_has_the_flavors_memory_and_vcpus():
    root = define()
    assert (root.findtext("memory"), root.find("memory").get("unit")) == ("512", "MiB")
    assert root.findtext("vcpu") == "2"


@pytest.mark.parametrize(
    ("virt_type", "mode", "balloon"),
    [("kvm", "host-passthrough", "virtio"), ("qemu", "maximum", "none")],
)
def test_the_processor_follows_the_virt_type(virt_type, mode, balloon):
    root = define(virt_type=virt_type)
    assert root.get("type") == virt_type
    assert root.find("cpu").get("mode") == mode
    assert root.find("devices/memballoon").get("model") == balloon


def test_the_disk_lies_on_a_raw_image_that_libvirt_need_not_look_into():
    disk = define(drive=False).find("devices/disk")
    assert disk.find("driver").get("type") == "qcow2"
    assert disk.find("backingStore/format").get("type") == "raw"
    assert disk.find("backingStore/backingStore") is not None
    assert disk.find("target").attrib == {"dev": "vda", "bus": "virtio"}


def test_a_config_drive_is_a_read_only_virtio_disk():
    disks = define().findall("devices/disk")
    assert [disk.find("target").get("bus") for disk in disks] == ["virtio", "virtio"]
    assert [disk.find("readonly") is not None for disk in disks] == [False, True]
    assert len(define(drive=False).findall("devices/disk")) == 1


def test_a_port_is_a_tap_that_libvirt_leaves_alone_and_its_alias_names_it():
    nic = define().find("devices/interface")
    assert nic.find("target").attrib == {"dev": "tap5f2d9dc9-00", "managed": "no"}
    assert nic.find("alias").get("name") == f"ua-{NIC.port_id}"
    assert nic.find("mtu").get("size") == "1442"
    assert nic.find("mac").get("address") == NIC.mac


@pytest.mark.parametrize(("virt_type", "spare"), [("kvm", 12), ("qemu", 4)])
def test_there_are_root_ports_to_spare_for_later_attaches(virt_type, spare):
    root = define(virt_type=virt_type)
    models = [c.get("model") for c in root.findall("devices/controller[@type='pci']")]
    taken = 4 + 1  # SCSI, two disks, random numbers; one port of the network
    assert models[0] == "pcie-root"
    assert models.count("pcie-root-port") == taken + spare


def test_what_an_image_asks_for_is_taken_where_we_have_it():
    root = define(hw_disk_bus="scsi", hw_vif_model="e1000", hw_video_model="vga")
    assert root.find("devices/disk/target").attrib == {"dev": "sda", "bus": "scsi"}
    assert root.find("devices/interface/model").get("type") == "e1000"
    assert root.find("devices/video/model").get("type") == "vga"
    odd = define(hw_disk_bus="floppy", hw_vif_model="../x", hw_video_model="x")
    assert odd.find("devices/disk/target").get("bus") == "virtio"
    assert odd.find("devices/interface/model").get("type") == "virtio"
    assert odd.find("devices/video/model").get("type") == "none"


def test_a_name_with_markup_in_it_stays_text():
    root = define(name="<x>&'\"</x>")
    names = [element.text for element in root.iter(f"{{{definition.NAMESPACE}}}name")]
    assert names == ["<x>&'\"</x>"]


def test_screen_and_serial_port_are_sockets_and_no_port_of_the_host():
    root = define()
    assert root.find("devices/graphics[@type='vnc']/listen[@type='socket']").get("socket") == (
        "/sockets/guest.vnc"
    )
    serial = root.find("devices/serial[@type='unix']")
    assert serial.find("source").get("path") == "/sockets/guest.serial"
    assert serial.find("log").get("file") == str(HOME / "console.log")
