"""What only containers can get wrong: id ranges, quotas, keys, and what a killed process leaves."""

import contextlib
import dataclasses
import json
import mmap
import os
import pathlib
import random
import signal
import subprocess
import sys
import tarfile
import time
import uuid
from collections.abc import Iterator
from concurrent import futures

import pytest

from common import process
from compute.drivers import base
from compute.drivers.base import (
    Disk,
    GuestFault,
    GuestSpec,
    GuestState,
    ImageRejected,
    Nic,
    Stream,
    Volumes,
)
from compute.drivers.container.consoles import ContainerConsoles
from tests.functional.compute.drivers import containers
from tests.functional.compute.drivers.rigs import ContainerRig
from tests.support.waiting import wait_for
from volume.drivers import roots
from volume.drivers.base import Image

_KILLED_CREATE = """
import json, pathlib, sys, time
from compute.drivers.container import ContainerDriver
from compute.drivers.container.disks import Disks
from tests.functional.compute.drivers.rigs import make_spec
from tests.support.switch import SwitchPorts

class Hanging(SwitchPorts):
    def plug_veth(self, nic):
        super().plug_veth(nic)
        if moment == "plugged":
            print("hangs", flush=True)
        time.sleep(600)

state_dir, tag, server_id, image, moment = sys.argv[1:]
ports = Hanging(tag)
if moment == "mounted":
    mount = Disks.mount_disk
    def hang(self, server_id, *layer):
        mount(self, server_id, *layer)
        print("hangs", flush=True)
        time.sleep(600)
    Disks.mount_disk = hang
driver = ContainerDriver(state_dir=pathlib.Path(state_dir), tag=tag, ports=ports, namespace=tag)
driver.create(make_spec(pathlib.Path(image), ports.nic(), server_id=server_id))
"""


@pytest.fixture
def rig() -> Iterator[ContainerRig]:
    with containers.host(ContainerRig) as made:
        yield made


def running(rig: ContainerRig, **changes: object) -> GuestSpec:
    """A guest that answers."""
    return answering(rig, rig.spec(**changes))


def answering(rig: ContainerRig, spec: GuestSpec) -> GuestSpec:
    """A guest of this description, once it answers."""
    rig.driver.create(spec)
    rig.driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=30)
    return spec


def kill_while_creating(rig: ContainerRig, spec: GuestSpec, moment: str) -> None:
    """Let another process begin to create the guest, and kill it in the middle."""
    argv = [str(rig.state_dir), rig.tag, spec.server_id, str(rig.image), moment]
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED_CREATE, *argv],
        stdout=subprocess.PIPE,
        cwd=pathlib.Path(__file__).parents[4],
    ) as creator:
        assert creator.stdout
        assert creator.stdout.readline() == b"hangs\n"
        creator.kill()


def test_two_guests_have_ids_of_their_own_that_are_nobody_on_the_host(rig: ContainerRig):
    first, second = running(rig), running(rig)
    ids = {rig.id_range(first.server_id), rig.id_range(second.server_id)}
    assert len(ids) == 2
    assert min(ids) >= 0x70000000
    assert max(ids) - min(ids) >= 65536


def test_two_clouds_of_one_host_never_share_a_range(rig: ContainerRig):
    with containers.host(ContainerRig) as other:
        mine, theirs = running(rig), running(other)
        assert rig.id_range(mine.server_id) != other.id_range(theirs.server_id)


def test_a_guest_cannot_write_more_than_its_disk(rig: ContainerRig):
    spec = running(rig)
    fill = "dd if=/dev/zero of=/big bs=1M count=1100 2>&1; ls -l /big | awk '{print $5}'"
    said = rig.run(spec.server_id, "/bin/sh", "-c", fill)
    assert "No space left on device" in said
    assert int(said.split()[-1]) < 1 << 30


def test_a_guest_has_the_memory_of_its_flavor_and_no_more(rig: ContainerRig):
    spec = running(rig, memory_mib=64)
    eat = "head -c 200000000 /dev/zero | tail -c 190000000 >/dev/null; echo $?"
    said = rig.run(spec.server_id, "/bin/sh", "-c", eat, check=False)
    assert said.strip() != "0"
    assert rig.driver.state(spec.server_id) is GuestState.RUNNING


def test_a_guest_counts_the_processors_of_its_flavor(rig: ContainerRig):
    spec = running(rig, vcpus=1)
    assert rig.run(spec.server_id, "nproc").strip() == "1"
    assert rig.run(spec.server_id, "grep", "-c", "^processor", "/proc/cpuinfo").strip() == "1"
    assert rig.run(spec.server_id, "cat", "/sys/devices/system/cpu/online").strip() == "0"


def test_the_uptime_of_a_guest_begins_anew_at_each_boot(rig: ContainerRig):
    spec = running(rig)

    def uptime() -> float:
        return float(rig.run(spec.server_id, "cut", "-d ", "-f1", "/proc/uptime"))

    assert uptime() < 60
    time.sleep(1.1)
    before = uptime()
    rig.driver.reboot(spec.server_id, hard=True, grace_s=0)
    assert uptime() < before


def test_every_user_may_ping(rig: ContainerRig):
    spec = running(rig)
    ping = "ping -c 1 -w 5 127.0.0.1"
    assert "1 packets received" in rig.run(spec.server_id, "su", "cirros", "-c", ping)


def test_the_console_is_a_terminal_in_the_guest(rig: ContainerRig):
    spec = running(rig)
    consoles = ContainerConsoles(rig.state_dir, containers.RUNTIME / rig.tag, rig.tag)
    assert consoles.holds(spec.server_id)
    with pytest.raises(GuestFault, match="no vnc console"):
        consoles.open(spec.server_id, "vnc")
    for _ in range(2):  # one that was left can be opened again
        with contextlib.closing(consoles.open(spec.server_id, "serial")) as stream:
            os.write(stream.descriptor, b"echo $((41 + 1))-$(hostname)\n")
            seen = b""

            def answered(stream: Stream = stream) -> bool:
                nonlocal seen
                with contextlib.suppress(BlockingIOError):
                    seen += os.read(stream.descriptor, 4096)
                return b"42-" in seen

            wait_for(answered, timeout_s=10)


def test_keys_name_and_user_data_reach_the_guest(rig: ContainerRig, tmp_path: pathlib.Path):
    key = tmp_path / "key"
    process.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], timeout_s=10)
    public = key.with_suffix(".pub").read_text()
    seed = {
        "openstack/latest/meta_data.json": json.dumps({"public_keys": {"mine": public}}).encode(),
        "openstack/latest/user_data": b"#!/bin/sh\necho made-by-user-data >/etc/marker\n",
    }
    spec = running(rig, seed=seed)
    options = ["-i", str(key), "-oBatchMode=yes", "-oStrictHostKeyChecking=no"]
    options += ["-oUserKnownHostsFile=/dev/null", "-oLogLevel=ERROR"]
    address = spec.nics[0].addresses[0].address
    for user in ("root", "cloud"):
        login = ["ssh", *options, f"{user}@{address}", "hostname; cat /etc/marker; sudo id -u"]
        said = process.run(login, timeout_s=20, network_namespace=rig.tag)
        assert said.split() == ["one", "made-by-user-data", "0"]


@pytest.mark.parametrize("moment", ["mounted", "plugged"])
def test_a_create_that_was_killed_can_be_deleted(rig: ContainerRig, moment: str):
    spec = rig.spec()
    kill_while_creating(rig, spec, moment)
    assert rig.leftovers(spec)
    rig.driver.delete(spec.server_id)
    assert rig.leftovers(spec) == []


@pytest.mark.parametrize("moment", ["mounted", "plugged"])
def test_a_create_that_was_killed_can_be_done_again(rig: ContainerRig, moment: str):
    spec = rig.spec()
    kill_while_creating(rig, spec, moment)
    rig.driver.create(spec)
    rig.driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=30)


def test_a_create_that_was_killed_is_undone_by_the_next_process(rig: ContainerRig):
    spec = rig.spec()
    kill_while_creating(rig, spec, "plugged")
    successor = rig.restarted()
    successor.recover()
    assert successor.guests() == {}
    assert rig.leftovers(spec) == []


def test_a_guest_whose_monitor_is_killed_has_crashed_and_can_run_again(rig: ContainerRig):
    spec = running(rig)
    seen: list[tuple[str, GuestState]] = []
    rig.driver.watch(lambda server_id, state: seen.append((server_id, state)))
    os.kill(rig.monitor(spec.server_id), signal.SIGKILL)
    wait_for(lambda: (spec.server_id, GuestState.CRASHED) in seen)
    assert rig.driver.state(spec.server_id) is GuestState.CRASHED
    rig.driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=30)


def test_a_reboot_while_no_worker_watched_is_finished_by_the_next_one(rig: ContainerRig):
    spec = rig.spec()
    rig.driver.create(spec)
    argv = [str(rig.state_dir), rig.tag, spec.server_id]
    start = (
        "import sys, pathlib; from compute.drivers.container import ContainerDriver;"
        "from tests.support.switch import SwitchPorts; state, tag, server_id = sys.argv[1:];"
        "ContainerDriver(state_dir=pathlib.Path(state), tag=tag, ports=SwitchPorts(tag),"
        " namespace=tag).start(server_id)"
    )
    root = pathlib.Path(__file__).parents[4]
    subprocess.run([sys.executable, "-c", start, *argv], check=True, cwd=root)
    wait_for(lambda: rig.answers(spec), timeout_s=30)
    rig.restart(spec.server_id)
    wait_for(lambda: not rig.cgroups.populated(spec.server_id), timeout_s=30)
    successor = rig.restarted()
    assert successor.state(spec.server_id) is GuestState.OFF
    successor.recover()
    wait_for(lambda: successor.state(spec.server_id), GuestState.RUNNING)
    wait_for(lambda: rig.answers(spec), timeout_s=30)


def test_what_a_guest_wrote_is_there_at_its_next_start(rig: ContainerRig):
    spec = running(rig)
    rig.run(spec.server_id, "/bin/sh", "-c", "echo kept >/root/file; sync")
    rig.driver.stop(spec.server_id, grace_s=0)
    rig.driver.start(spec.server_id)
    assert rig.run(spec.server_id, "/bin/cat", "/root/file").strip() == "kept"


def settled(rig: ContainerRig, *nics: Nic) -> None:
    """Wait until ssh greets at every port's address."""
    addresses = [nic.addresses[0].address for nic in nics]
    wait_for(lambda: all(rig.greets(address) for address in addresses), timeout_s=30)


def test_a_port_is_reached_at_its_address_at_once_and_after_the_next_boot(rig: ContainerRig):
    spec, second, third = running(rig), rig.nic(), rig.nic()
    for nic in (second, third):
        rig.plugs.attach_nic(spec.server_id, nic)
    settled(rig, second, third)
    assert {"eth0", "eth1", "eth2"} <= set(rig.devices_of(spec.server_id))
    rig.plugs.detach_nic(spec.server_id, second.port_id)
    assert "eth1" not in rig.devices_of(spec.server_id)
    rig.driver.stop(spec.server_id, grace_s=0)
    rig.driver.start(spec.server_id)
    settled(rig, spec.nics[0], third)
    assert not rig.greets(second.addresses[0].address)
    rig.restart(spec.server_id)
    wait_for(lambda: rig.greets(third.addresses[0].address), timeout_s=30)


def test_the_port_a_guest_booted_with_can_be_changed_for_another(rig: ContainerRig):
    spec, other = running(rig), rig.nic()
    rig.plugs.detach_nic(spec.server_id, spec.nics[0].port_id)
    rig.plugs.attach_nic(spec.server_id, other)
    settled(rig, other)
    for _ in range(2):
        rig.driver.reboot(spec.server_id, hard=True, grace_s=0)
        settled(rig, other)
    rig.driver.delete(spec.server_id)
    assert rig.leftovers(spec) == []


def test_a_port_given_to_a_guest_that_is_off_is_there_when_it_starts(rig: ContainerRig):
    spec, extra = rig.spec(), rig.nic()
    rig.driver.create(spec)
    rig.plugs.attach_nic(spec.server_id, extra)
    rig.driver.start(spec.server_id)
    settled(rig, spec.nics[0], extra)


def test_a_port_that_cannot_be_given_is_taken_back(rig: ContainerRig):
    spec, extra = running(rig), rig.nic()
    address = dataclasses.replace(extra.addresses[0], prefix_length=99)
    broken = dataclasses.replace(extra, addresses=(address,))
    with pytest.raises(GuestFault, match="was not given to the guest"):
        rig.plugs.attach_nic(spec.server_id, broken)
    assert extra.port_id not in rig.plugged()
    assert set(rig.devices_of(spec.server_id)) == {"lo", "eth0"}
    rig.driver.reboot(spec.server_id, hard=True, grace_s=0)
    settled(rig, spec.nics[0])


def test_a_paused_guest_takes_a_port(rig: ContainerRig):
    spec, extra = running(rig), rig.nic()
    rig.driver.pause(spec.server_id)
    rig.plugs.attach_nic(spec.server_id, extra)
    rig.driver.unpause(spec.server_id)
    settled(rig, extra)


def test_a_guest_that_is_off_holds_no_device_and_no_mount(rig: ContainerRig):
    spec = running(rig)
    rig.driver.stop(spec.server_id, grace_s=0)
    wait_for(lambda: rig.held(spec), [])
    rig.driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=30)
    rig.power_off(spec.server_id)
    wait_for(lambda: rig.held(spec), [], timeout_s=30)


def test_what_a_lost_host_left_mounted_is_cleared_by_the_next_process(rig: ContainerRig):
    spec = rig.spec()
    rig.driver.create(spec)
    assert rig.held(spec)
    successor = rig.restarted()
    successor.recover()
    wait_for(lambda: rig.held(spec), [])
    successor.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=30)


def test_a_flavor_smaller_than_the_image_is_refused_by_figures(rig: ContainerRig):
    running(rig)
    big = rig.state_dir / "compute/images/trees"
    size = next(big.glob("*/size"))
    size.write_text(str(3 << 30))
    spec = rig.spec()
    with pytest.raises(ImageRejected, match="needs 3072 MiB and the flavor's disk has 1024 MiB"):
        rig.driver.create(spec)


def test_an_image_of_a_guest_has_the_ids_that_the_guest_sees_and_no_seed(
    rig: ContainerRig, tmp_path: pathlib.Path
):
    spec = running(rig, seed={"openstack/latest/user_data": b"secret"})
    rig.driver.snapshot(spec.server_id, tmp_path / "image", go_on=lambda: None)
    with tarfile.open(tmp_path / "image") as archive:
        members = archive.getmembers()
    assert {member.uid for member in members} <= {0, 1000, 1001}  # root and the image's two users
    assert "etc/hostname" in {member.name for member in members}
    assert not [member.name for member in members if "config_drive" in member.name]


def test_a_guest_left_frozen_by_a_worker_that_died_goes_on(rig: ContainerRig):
    spec = running(rig)
    (rig.state_dir / "compute/containers" / spec.server_id / "read").touch()
    rig.cgroups.freeze(spec.server_id)
    rig.restarted().recover()
    assert not rig.cgroups.frozen(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=30)


def test_a_password_is_set_inside(rig: ContainerRig):
    spec = running(rig)
    shadow = pathlib.Path(f"/proc/{rig.cgroups.init(spec.server_id)}/root/etc/shadow")
    before = shadow.read_text()
    rig.driver.set_password(spec.server_id, "Ein-neues-1")
    assert shadow.read_text() != before
    rig.driver.stop(spec.server_id, grace_s=0)
    with pytest.raises(GuestFault):
        rig.driver.set_password(spec.server_id, "Ein-neues-2")


def test_the_first_boot_finds_the_password_and_the_files_that_were_given(rig: ContainerRig):
    wanted = [
        {"path": "/etc/greeting", "content_path": "/content/0000"},
        {"path": "../../etc/../etc/second", "content_path": "/content/0000"},
    ]
    metadata = {"admin_pass": "Erstes-1", "files": wanted}
    seed = {
        "openstack/latest/meta_data.json": json.dumps(metadata).encode(),
        "openstack/content/0000": b"hello",
    }
    spec = running(rig, seed=seed)
    etc = pathlib.Path(f"/proc/{rig.cgroups.init(spec.server_id)}/root/etc")
    assert [(etc / name).read_text() for name in ("greeting", "second")] == ["hello", "hello"]
    root = (etc / "shadow").read_text().splitlines()[0]
    assert root.startswith("root:$6$")
    assert len(root.split(":")) >= 8


@pytest.mark.parametrize(("freeze", "thaw"), [("pause", "unpause"), ("suspend", "resume")])
def test_nothing_answers_in_the_place_of_a_frozen_guest(rig: ContainerRig, freeze: str, thaw: str):
    spec = running(rig)
    address = spec.nics[0].addresses[0].address
    for _ in range(2):
        getattr(rig.driver, freeze)(spec.server_id)
    with pytest.raises(OSError):
        rig.ports.connect(address, 22, timeout_s=0.5)
    for _ in range(2):
        getattr(rig.driver, thaw)(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=30)
    getattr(rig.driver, freeze)(spec.server_id)
    rig.driver.stop(spec.server_id, grace_s=0)
    rig.driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=30)


def test_zeros_that_a_guest_asks_its_volume_for_are_zeros(
    rig: ContainerRig, tmp_path: pathlib.Path
):
    below, above = tmp_path / "below.qcow2", tmp_path / "above.qcow2"
    make = ("qemu-img", "create", "-q", "-f", "qcow2")
    subprocess.check_call([*make, str(below), "16M"])
    subprocess.check_call(
        ["qemu-io", "-c", "write -P 65 0 1M", str(below)], stdout=subprocess.DEVNULL
    )
    subprocess.check_call([*make, "-F", "qcow2", "-b", str(below), str(above)])
    spec, disk = running(rig), Disk(str(uuid.uuid4()), above, "qcow2", "/dev/vdb")
    volumes = rig.driver
    assert isinstance(volumes, Volumes)
    volumes.attach_volume(spec.server_id, disk)
    device = f"/proc/{rig.boots(spec.server_id)}/root/dev/vdb"
    punched = subprocess.run(["fallocate", "-p", "-o", "4096", "-l", "4096", device], check=False)
    subprocess.check_call(["blkdiscard", "-z", "-o", "8192", "-l", "4096", device])
    with open(device, "rb") as file:
        found = file.read(16384)
    assert found[:4096] == b"A" * 4096
    assert found[4096:8192] == (b"A" if punched.returncode else b"\0") * 4096
    assert found[8192:12288] == b"\0" * 4096
    assert found[12288:] == b"A" * 4096
    volumes.detach_volume(spec.server_id, disk.volume_id)


def test_a_volume_that_is_given_again_after_its_daemon_died_leaves_no_device_behind(
    rig: ContainerRig, tmp_path: pathlib.Path
):
    file = tmp_path / "volume.qcow2"
    subprocess.check_call(["qemu-img", "create", "-q", "-f", "qcow2", str(file), "64M"])
    spec, disk = running(rig), Disk(str(uuid.uuid4()), file, "qcow2", "/dev/vdb")
    volumes = rig.driver
    assert isinstance(volumes, Volumes)
    volumes.attach_volume(spec.server_id, disk)
    number = os.stat(f"/proc/{rig.boots(spec.server_id)}/root/dev/vdb").st_rdev
    loop = pathlib.Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
    daemon = int(subprocess.check_output(["pgrep", "-f", f"qemu-storage-d.*{file}"]))
    os.kill(daemon, signal.SIGKILL)
    wait_for(lambda: pathlib.Path(f"/proc/{daemon}/fd").exists(), False)
    volumes.attach_volume(spec.server_id, disk)
    volumes.detach_volume(spec.server_id, disk.volume_id)
    backing = loop / "loop/backing_file"
    assert not backing.exists() or backing.read_text().strip() != "/"
    assert not (containers.RUNTIME / "devices" / rig.tag).exists()


def test_what_a_guest_writes_at_many_places_at_a_time_is_where_it_wrote_it(
    rig: ContainerRig, tmp_path: pathlib.Path
):
    file = tmp_path / "volume.qcow2"
    subprocess.check_call(["qemu-img", "create", "-q", "-f", "qcow2", str(file), "64M"])
    spec, disk = running(rig), Disk(str(uuid.uuid4()), file, "qcow2", "/dev/vdb")
    volumes = rig.driver
    assert isinstance(volumes, Volumes)
    volumes.attach_volume(spec.server_id, disk)
    device = os.open(f"/proc/{rig.boots(spec.server_id)}/root/dev/vdb", os.O_RDWR | os.O_DIRECT)
    blocks = list(range(4096))
    random.Random(7).shuffle(blocks)

    def write(block: int) -> None:
        with mmap.mmap(-1, 4096) as page:
            page.write(block.to_bytes(8, "little") * 512)
            os.pwrite(device, page, block * 4096)

    try:
        with futures.ThreadPoolExecutor(16) as writers:
            list(writers.map(write, blocks))
    finally:
        os.close(device)
    volumes.detach_volume(spec.server_id, disk.volume_id)
    plain = tmp_path / "plain"
    to = ("-O", "raw", str(file), str(plain))
    subprocess.check_call(["qemu-img", "convert", "-f", "qcow2", *to])
    content = plain.read_bytes()
    wrong = [
        one for one in blocks if content[one * 4096 : one * 4096 + 8] != one.to_bytes(8, "little")
    ]
    assert wrong == []


@pytest.fixture
def root_volume(rig: ContainerRig, tmp_path: pathlib.Path) -> Disk:
    """A volume of 2 GiB that holds what the rig's image holds, over a layer that others share."""
    image = Image("i", "c", "raw", rig.image)
    made = roots.make(image, tmp_path / "tree", tmp_path / "disk", limit=1 << 30)
    shared, top = tmp_path / "base.qcow2", tmp_path / "top.qcow2"
    to = ("-O", "qcow2", str(made.path), str(shared))
    subprocess.check_call(["qemu-img", "convert", "-f", "raw", *to])
    over = ("-F", "qcow2", "-b", str(shared), str(top))
    subprocess.check_call(["qemu-img", "create", "-q", "-f", "qcow2", *over, "2G"])
    return Disk(str(uuid.uuid4()), top, "qcow2", "/dev/vda", boot_index=0, root_fs=True)


def booting(rig: ContainerRig, disk: Disk, **changes: object) -> GuestSpec:
    """A guest that boots from a volume."""
    none = base.Image("", "", "raw", pathlib.Path("/dev/null"))
    return dataclasses.replace(rig.spec(disks=(disk,), **changes), image=none)


def test_a_guest_boots_from_a_volume_and_another_finds_what_it_left_there(
    rig: ContainerRig, root_volume: Disk
):
    keys = json.dumps({"public_keys": {"mine": "ssh-ed25519 A"}}).encode()
    seed = {"openstack/latest/meta_data.json": keys}
    first = answering(rig, booting(rig, root_volume, seed=seed))
    assert rig.disks(first) == {"vda": 2048}
    assert rig.run(first.server_id, "/bin/sh", "-c", "[ -b /dev/vda ] || echo no") == "no\n"
    free = rig.run(first.server_id, "/bin/sh", "-c", "df -m / | tail -1")
    assert int(free.split()[1]) > 1800
    owners = rig.run(first.server_id, "/bin/sh", "-c", "stat -c %u /home/cloud /home/cloud/.ssh")
    assert len(set(owners.split())) == 1
    rig.run(first.server_id, "/bin/sh", "-c", "echo kept | dd of=/root/note conv=fsync")
    rig.driver.stop(first.server_id, grace_s=0)
    rig.driver.start(first.server_id)
    wait_for(lambda: rig.answers(first), timeout_s=30)
    rig.driver.delete(first.server_id)
    assert rig.leftovers(first) == []
    second = answering(rig, booting(rig, root_volume, hostname="second"))
    said = rig.run(second.server_id, "/bin/sh", "-c", "cat /root/note; hostname")
    assert said.split() == ["kept", "second"]


def test_a_root_volume_grows_and_goes_on_in_another_file(rig: ContainerRig, root_volume: Disk):
    spec, volumes = answering(rig, booting(rig, root_volume)), rig.driver
    assert isinstance(volumes, Volumes)
    volumes.extend_volume(spec.server_id, root_volume.volume_id, 3 << 30)
    assert rig.disks(spec) == {"vda": 3072}
    live = root_volume.path.with_name("live.qcow2")
    over = ("-F", "qcow2", "-b", str(root_volume.path), str(live))
    subprocess.check_call(["qemu-img", "create", "-q", "-f", "qcow2", *over])
    volumes.snapshot_volume(spec.server_id, root_volume.volume_id, live)
    rig.run(spec.server_id, "/bin/sh", "-c", "echo late | dd of=/root/note conv=fsync")
    rig.driver.reboot(spec.server_id, hard=True, grace_s=0)
    wait_for(lambda: rig.answers(spec), timeout_s=30)
    said = rig.run(spec.server_id, "/bin/sh", "-c", "cat /root/note; df -m / | tail -1")
    assert said.split()[0] == "late"
    assert int(said.split()[2]) > 2800


def test_a_guest_whose_root_volume_loses_its_daemon_is_off_and_starts_again(
    rig: ContainerRig, root_volume: Disk
):
    spec, volumes = answering(rig, booting(rig, root_volume)), rig.driver
    assert isinstance(volumes, Volumes)
    told: list[GuestState] = []
    rig.driver.watch(lambda server_id, state: told.append(state))
    rig.run(spec.server_id, "/bin/sh", "-c", "echo kept | dd of=/root/note conv=fsync")
    daemon = subprocess.check_output(["pgrep", "-f", f"qemu-storage-d.*{root_volume.path}"])
    os.kill(int(daemon), signal.SIGKILL)
    wait_for(lambda: pathlib.Path(f"/proc/{int(daemon)}/fd").exists(), False)
    volumes.mend_volumes()
    assert told == [GuestState.CRASHED]
    rig.driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=30)
    assert rig.run(spec.server_id, "/bin/cat", "/root/note") == "kept\n"


def test_no_guest_has_a_root_file_system_as_a_device_or_boots_from_something_else(
    rig: ContainerRig, root_volume: Disk
):
    with pytest.raises(GuestFault, match="no root file system"):
        other = dataclasses.replace(root_volume, root_fs=False)
        rig.driver.create(booting(rig, other))
    spec, volumes = running(rig), rig.driver
    assert isinstance(volumes, Volumes)
    with pytest.raises(GuestFault, match="as a device"):
        volumes.attach_volume(spec.server_id, dataclasses.replace(root_volume, boot_index=None))


def test_a_volume_whose_daemon_is_killed_comes_back_with_all_that_was_flushed(
    rig: ContainerRig, tmp_path: pathlib.Path
):
    file = tmp_path / "volume.qcow2"
    subprocess.check_call(["qemu-img", "create", "-q", "-f", "qcow2", str(file), "64M"])
    spec, disk = rig.spec(), Disk(str(uuid.uuid4()), file, "qcow2", "/dev/vdb")
    rig.driver.create(spec)
    rig.driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=30)
    volumes = rig.driver
    assert isinstance(volumes, Volumes)
    volumes.attach_volume(spec.server_id, disk)
    rig.write(spec, "/dev/vdb", "flushed")
    found = subprocess.check_output(["pgrep", "-f", f"qemu-storage-daemon.*{file}"], text=True)
    (daemon,) = map(int, found.split())
    os.kill(daemon, signal.SIGKILL)
    wait_for(lambda: pathlib.Path(f"/proc/{daemon}/fd").exists(), False)
    for _ in range(2):
        volumes.mend_volumes()
    seen = rig.run(spec.server_id, "/bin/sh", "-c", "head -c 7 /dev/vdb")
    assert seen == "flushed"
    rig.driver.delete(spec.server_id)
    assert rig.leftovers(spec) == []
    assert subprocess.run(["fuser", "-s", str(file)], check=False).returncode == 1
