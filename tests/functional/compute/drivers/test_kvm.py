"""KVM guests on a real libvirtd: what only this driver does."""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import uuid

import pytest

from common import process
from compute.drivers.base import (
    Disk,
    GuestFault,
    GuestMissing,
    GuestSpec,
    GuestState,
    Image,
    Nic,
)
from compute.drivers.kvm import copies
from compute.drivers.kvm.consoles import KvmConsoles
from compute.drivers.kvm.directory import Directory
from devstack import libvirt as private
from tests.support import hypervisor
from tests.support.waiting import wait_for

pytest.importorskip("libvirt")
pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="libvirt's daemons need root"),
    pytest.mark.timeout(300),
]
BOOT_S = 120


@pytest.fixture(scope="module")
def host():
    with hypervisor.running() as running:
        yield running


@pytest.fixture(scope="module")
def image():
    """The tiny image, built unless the machine has it."""
    build = pathlib.Path(__file__).resolve().parents[4] / "devstack/images/build_kvm.sh"
    told = process.run([str(build), "/var/cache/cumulet/images"], timeout_s=300)
    return Image("tiny", "sum", "qcow2", pathlib.Path(told.strip().splitlines()[-1]))


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("key") / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


@pytest.fixture
def driver(host):
    driver = make_driver(host)
    yield driver
    for server_id in driver.guests():
        driver.delete(server_id)


def make_driver(host):
    from compute.drivers.kvm.driver import KvmDriver

    return KvmDriver(state_dir=host.state_dir, ports=host.ports, uri=host.uri)


def nic():
    tail = uuid.uuid4().hex
    mac = f"fa:16:3e:{tail[:2]}:{tail[2:4]}:{tail[4:6]}"
    return Nic(str(uuid.uuid4()), mac, 1442, "net")


def specify(image, key=None, **changes):
    server_id = str(uuid.uuid4())
    metadata = {"uuid": server_id, "hostname": "web-1", "public_keys": {}}
    if key:
        metadata["public_keys"] = {"k": key.with_suffix(".pub").read_text()}
    values = {
        "server_id": server_id,
        "name": "web",
        "hostname": "web-1",
        "project_id": "p",
        "user_id": "u",
        "vcpus": 1,
        "memory_mib": 192,
        "disk_gib": 1,
        "image": image,
        "nics": (nic(),),
        "config_drive": True,
        "seed": {
            "openstack/latest/meta_data.json": json.dumps(metadata).encode(),
            "openstack/latest/user_data": b"#!/bin/sh\necho ran >/root/ran\n",
        },
    }
    return GuestSpec(**{**values, **changes})


def booted(driver, server_id):
    """Wait until the guest's boot is over and return its address."""
    wait_for(lambda: "boot finished" in driver.console_log(server_id), timeout_s=BOOT_S)
    return re.findall(r"eth0=([0-9.]+)/", driver.console_log(server_id))[-1]


def ssh(host, key, address, command):
    options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    options += ["-o", "LogLevel=ERROR", "-o", "ConnectTimeout=20", "-i", str(key)]
    argv = ["ssh", *options, f"cloud@{address}", command]
    return process.run(argv, timeout_s=60, network_namespace=host.tag)


def qemu_pids(host):
    return private.qemus(host.state_dir, host.tag)


def test_a_guest_lives_its_life(host, driver, image, key):
    seen = []
    driver.watch(lambda server_id, state: seen.append((server_id, state)))
    spec = specify(image, key)
    driver.create(spec)
    assert driver.state(spec.server_id) is GuestState.OFF
    driver.start(spec.server_id)
    address = booted(driver, spec.server_id)

    told = ssh(host, key, address, "hostname; sudo cat /root/ran; df -m / | tail -1")
    assert told.split()[:2] == ["web-1", "ran"]
    assert int(told.split()[3]) > 900, "the root file system fills the flavor's disk"

    driver.suspend(spec.server_id)
    assert driver.state(spec.server_id) is GuestState.SUSPENDED
    driver.resume(spec.server_id)
    assert driver.state(spec.server_id) is GuestState.RUNNING
    wait_for(lambda: ssh(host, key, address, "echo here"), "here\n", timeout_s=60)

    driver.stop(spec.server_id, grace_s=60)
    assert driver.state(spec.server_id) is GuestState.OFF
    assert seen == [], "nothing happened by itself"


def test_a_guest_that_powers_itself_off_or_dies_is_told_of(host, driver, image, key):
    seen = []
    driver.watch(lambda server_id, state: seen.append((server_id, state)))
    spec = specify(image, key)
    driver.create(spec)
    driver.start(spec.server_id)
    ssh(host, key, booted(driver, spec.server_id), "sudo poweroff")
    wait_for(lambda: seen, [(spec.server_id, GuestState.OFF)], timeout_s=60)

    driver.start(spec.server_id)
    os.kill(qemu_pids(host)[0], signal.SIGKILL)
    wait_for(lambda: seen[1:], [(spec.server_id, GuestState.CRASHED)], timeout_s=60)
    driver.stop(spec.server_id, grace_s=0)
    assert driver.state(spec.server_id) is GuestState.OFF


def test_a_console_goes_on_when_libvirtd_was_killed_and_its_log_stays_small(host, driver, image):
    chatter = b"#!/bin/sh\n(while sleep 0.2; do echo tick >/dev/ttyS0; done) &\n"
    spec = specify(image)
    spec = dataclasses.replace(
        spec, seed={**spec.seed, "openstack/latest/user_data": chatter}, nics=()
    )
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: "tick" in driver.console_log(spec.server_id), timeout_s=BOOT_S)
    host.kill_libvirtd()
    log = host.state_dir / "compute/kvm/guests" / spec.server_id / "console.log"
    size = log.stat().st_size
    wait_for(lambda: log.stat().st_size > size)

    Directory(log.parents[1]).trim(spec.server_id, limit=100)
    assert log.stat().st_size < 100
    assert "boot finished" in driver.console_log(spec.server_id), "the rest was put aside"
    wait_for(lambda: 0 < log.stat().st_size < 1000)


def test_guests_outlive_libvirtd_and_a_new_worker_finds_them(host, driver, image):
    spec = specify(image)
    driver.create(spec)
    driver.start(spec.server_id)
    before = qemu_pids(host)
    host.kill_libvirtd()
    assert driver.state(spec.server_id) is GuestState.RUNNING
    assert qemu_pids(host) == before
    other = make_driver(host)
    other.recover()
    assert other.guests() == {spec.server_id: GuestState.RUNNING}
    driver.reboot(spec.server_id, hard=True, grace_s=0)
    assert "boot finished" not in driver.console_log(spec.server_id)
    booted(driver, spec.server_id)


def test_what_a_guest_does_while_libvirtd_is_away_is_told_of_later(host, driver, image):
    seen = []
    driver.watch(lambda server_id, state: seen.append((server_id, state)))
    spec = specify(image)
    driver.create(spec)
    driver.start(spec.server_id)
    host.kill_libvirtd()
    os.kill(qemu_pids(host)[0], signal.SIGKILL)
    wait_for(lambda: [guest for guest, _ in seen], [spec.server_id], timeout_s=60)
    assert driver.state(spec.server_id) in (GuestState.OFF, GuestState.CRASHED)


def test_a_guest_without_a_config_drive_asks_the_metadata_service(
    host, driver, image, key, tmp_path
):
    spec = specify(image, key, config_drive=False)
    for name, content in spec.seed.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    address = "169.254.169.254"
    process.run(
        ["ip", "addr", "replace", f"{address}/32", "dev", "br0"],
        timeout_s=10,
        network_namespace=host.tag,
    )
    enter = ["nsenter", f"--net=/run/netns/{host.tag}", "--"]
    serve = [sys.executable, "-m", "http.server", "--bind", address, "-d", str(tmp_path), "80"]
    with subprocess.Popen([*enter, *serve], stderr=subprocess.DEVNULL) as server:
        try:
            driver.create(spec)
            driver.start(spec.server_id)
            guest = booted(driver, spec.server_id)
            assert "source=openstack" in driver.console_log(spec.server_id)
            assert ssh(host, key, guest, "hostname; sudo cat /root/ran") == "web-1\nran\n"
        finally:
            server.terminate()


def test_a_port_comes_and_goes_while_the_guest_runs(host, driver, image, key):
    spec = specify(image, key)
    driver.create(spec)
    driver.start(spec.server_id)
    booted(driver, spec.server_id)
    extra = nic()
    driver.attach_nic(spec.server_id, extra)
    driver.attach_nic(spec.server_id, extra)
    assert extra.port_id in host.ports.plugged()
    driver.detach_nic(spec.server_id, extra.port_id)
    driver.detach_nic(spec.server_id, extra.port_id)
    assert extra.port_id not in host.ports.plugged()


def test_a_deleted_guest_leaves_nothing(host, driver, image):
    spec = specify(image)
    driver.create(spec)
    driver.start(spec.server_id)
    driver.delete(spec.server_id)
    driver.delete(spec.server_id)
    assert driver.guests() == {}
    assert host.ports.plugged() == set()
    assert qemu_pids(host) == []
    assert list((host.state_dir / "compute/kvm/guests").iterdir()) == []
    with pytest.raises(GuestMissing):
        driver.console_log(spec.server_id)


def test_a_create_that_fails_undoes_itself_and_one_cut_off_is_cleared_at_start(
    host, driver, image, monkeypatch
):
    spec = specify(image)

    def unplugged(_nic):
        raise GuestFault(reason="the switch is away")

    with monkeypatch.context() as patch:
        patch.setattr(host.ports, "plug_tap", unplugged)
        with pytest.raises(GuestFault, match="the switch is away"):
            driver.create(spec)
    home = host.state_dir / "compute/kvm/guests" / spec.server_id
    assert not home.exists()
    home.mkdir(parents=True)
    driver.recover()
    assert not home.exists()


def test_a_mount_below_the_state_directory_is_not_held_by_libvirtd(host, driver):
    def libvirtd():
        return (host.state_dir / "libvirt/run/libvirtd.pid").read_text().strip()

    target = host.state_dir / "compute" / "rootfs"
    target.mkdir(parents=True)
    before = libvirtd()
    process.run(["mount", "-t", "tmpfs", "none", str(target)], timeout_s=10)
    try:
        host.kill_libvirtd()
        fresh = lambda: libvirtd() not in ("", before)  # noqa: E731
        wait_for(lambda: fresh() and private.ready(host.state_dir), timeout_s=30)
        mounts = pathlib.Path(f"/proc/{libvirtd()}/mounts").read_text()
        assert str(target) not in mounts
        assert " /run/libvirt " in mounts
    finally:
        process.run(["umount", str(target)], timeout_s=10)


def test_a_guest_has_the_flavors_further_disks(host, driver, image, key):
    spec = specify(image, key, ephemeral_gib=1, swap_mib=64)
    driver.create(spec)
    driver.start(spec.server_id)
    address = booted(driver, spec.server_id)
    told = ssh(host, key, address, "cat /proc/partitions")
    assert re.search(r" 1048576 vdb\n", told)
    assert re.search(r" 65536 vdc\n", told)


def test_a_copy_of_a_disk_that_was_cut_off_does_not_stop_the_next(host, driver, image, tmp_path):
    spec = specify(image)
    driver.create(spec)
    driver.start(spec.server_id)
    domain = driver._connection.domain(spec.server_id)
    domain.backupBegin(copies._request(domain, tmp_path / "cut-off"), None, 0)
    make_driver(host).snapshot(spec.server_id, tmp_path / "whole", go_on=lambda: None)
    assert (tmp_path / "whole").stat().st_size > 0
    assert driver.state(spec.server_id) is GuestState.RUNNING


def test_a_volume_that_a_guest_cannot_have_now_it_has_not_later_either(
    driver, host, image, tmp_path
):
    spec = specify(image)
    driver.create(spec)
    driver.start(spec.server_id)
    lost = Disk(str(uuid.uuid4()), tmp_path / "nothing.qcow2", "qcow2", "/dev/vdb")
    with pytest.raises(GuestFault):
        driver.attach_volume(spec.server_id, lost)
    later = driver._connection.domain(spec.server_id).XMLDesc(2)  # VIR_DOMAIN_XML_INACTIVE
    assert lost.volume_id not in later
    driver.delete(spec.server_id)


def test_screen_and_serial_port_answer_and_take_what_is_typed(driver, host, image):
    spec = specify(image)
    driver.create(spec)
    driver.start(spec.server_id)
    consoles = KvmConsoles(host.state_dir)
    assert consoles.holds(spec.server_id)
    with contextlib.closing(consoles.open(spec.server_id, "vnc")) as screen:
        wait_for(lambda: heard(screen).startswith(b"RFB 003.00"))
    wait_for(lambda: "boot finished" in driver.console_log(spec.server_id), timeout_s=BOOT_S)
    with contextlib.closing(consoles.open(spec.server_id, "serial")) as port:
        os.write(port.descriptor, b"\n")
        wait_for(lambda: b"login:" in heard(port), timeout_s=30)
    driver.stop(spec.server_id, grace_s=0)
    with pytest.raises(GuestFault):
        consoles.open(spec.server_id, "serial")
    driver.delete(spec.server_id)
    assert not list((host.state_dir / "libvirt/lib/consoles").glob(f"{spec.server_id}*"))


def heard(stream):
    try:
        return os.read(stream.descriptor, 4096)
    except BlockingIOError:
        return b""
