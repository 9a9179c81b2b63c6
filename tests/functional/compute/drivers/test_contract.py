"""What every driver promises, on a real host where there is one."""

import dataclasses
import pathlib
import subprocess
import uuid

import pytest

from common import qcow2 as formats
from compute.drivers.base import (
    Disk,
    Driver,
    GuestFault,
    GuestMissing,
    GuestState,
    HotPlug,
    Image,
    ImageRejected,
    Size,
    Volumes,
)
from tests.functional.compute.drivers.rigs import Rig
from tests.support.waiting import wait_for
from volume.drivers import encrypted


def test_a_created_guest_is_off_and_a_started_one_runs_and_answers(rig: Rig, driver: Driver):
    spec = rig.spec()
    driver.create(spec)
    assert driver.guests() == {spec.server_id: GuestState.OFF}
    driver.start(spec.server_id)
    assert driver.state(spec.server_id) is GuestState.RUNNING
    wait_for(lambda: rig.answers(spec), timeout_s=60)


def test_a_running_guests_figures_are_told(rig: Rig, driver: Driver):
    spec = rig.spec()
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    found = driver.figures(spec.server_id)
    assert sum(found.cpu_times_ns) > 0
    assert found.memory_max_mib == spec.memory_mib
    assert found.memory_used_mib is None or 0 <= found.memory_used_mib <= spec.memory_mib
    assert len(found.disks) == 1
    with pytest.raises(GuestMissing):
        driver.figures(str(uuid.uuid4()))


def test_creating_and_starting_twice_is_harmless(rig: Rig, driver: Driver):
    spec = rig.spec()
    driver.create(spec)
    driver.create(spec)
    driver.start(spec.server_id)
    before = rig.boots(spec.server_id)
    driver.create(spec)
    driver.start(spec.server_id)
    assert rig.boots(spec.server_id) == before
    assert driver.guests() == {spec.server_id: GuestState.RUNNING}


def test_a_stopped_guest_is_off_and_can_run_again(rig: Rig, driver: Driver):
    spec = rig.spec()
    driver.create(spec)
    driver.start(spec.server_id)
    driver.stop(spec.server_id, grace_s=0)
    assert driver.state(spec.server_id) is GuestState.OFF
    driver.stop(spec.server_id, grace_s=0)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)


def test_a_guest_that_is_asked_to_shut_down_is_off_afterwards(rig: Rig, driver: Driver):
    spec = rig.spec()
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    driver.stop(spec.server_id, grace_s=60)
    assert driver.state(spec.server_id) is GuestState.OFF


@pytest.mark.parametrize("hard", [True, False])
def test_a_rebooted_guest_boots_anew(rig: Rig, driver: Driver, hard: bool):
    spec = rig.spec()
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    before = rig.boots(spec.server_id)
    driver.reboot(spec.server_id, hard=hard, grace_s=60)
    assert driver.state(spec.server_id) is GuestState.RUNNING
    assert rig.boots(spec.server_id) != before
    wait_for(lambda: rig.answers(spec), timeout_s=60)


def test_a_paused_guest_goes_on_where_it_was(rig: Rig, driver: Driver):
    spec = rig.spec()
    driver.create(spec)
    driver.start(spec.server_id)
    before = rig.boots(spec.server_id)
    driver.pause(spec.server_id)
    driver.pause(spec.server_id)
    assert driver.state(spec.server_id) is GuestState.PAUSED
    driver.unpause(spec.server_id)
    driver.unpause(spec.server_id)
    assert driver.state(spec.server_id) is GuestState.RUNNING
    assert rig.boots(spec.server_id) == before


def test_a_suspended_guest_can_be_resumed(rig: Rig, driver: Driver):
    spec = rig.spec()
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    driver.suspend(spec.server_id)
    assert driver.state(spec.server_id) is GuestState.SUSPENDED
    driver.resume(spec.server_id)
    driver.resume(spec.server_id)
    assert driver.state(spec.server_id) is GuestState.RUNNING
    wait_for(lambda: rig.answers(spec), timeout_s=60)


def test_a_paused_guest_can_be_stopped(rig: Rig, driver: Driver):
    spec = rig.spec()
    driver.create(spec)
    driver.start(spec.server_id)
    driver.pause(spec.server_id)
    driver.stop(spec.server_id, grace_s=0)
    assert driver.state(spec.server_id) is GuestState.OFF


@pytest.mark.parametrize("started", [True, False])
def test_a_deleted_guest_leaves_nothing(rig: Rig, driver: Driver, started: bool):
    spec = rig.spec()
    driver.create(spec)
    if started:
        driver.start(spec.server_id)
    driver.delete(spec.server_id)
    assert rig.leftovers(spec) == []
    driver.delete(spec.server_id)


def test_orders_for_a_guest_that_is_not_here_say_so(driver: Driver):
    nobody = str(uuid.uuid4())
    orders = [
        lambda: driver.start(nobody),
        lambda: driver.stop(nobody, grace_s=0),
        lambda: driver.reboot(nobody, hard=True, grace_s=0),
        lambda: driver.pause(nobody),
        lambda: driver.resume(nobody),
        lambda: driver.state(nobody),
        lambda: driver.console_log(nobody),
    ]
    for order in orders:
        with pytest.raises(GuestMissing):
            order()
    driver.delete(nobody)


def test_the_console_log_holds_what_the_guest_said_at_boot(rig: Rig, driver: Driver):
    spec = rig.spec()
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: len(driver.console_log(spec.server_id).splitlines()) > 1, timeout_s=60)
    assert len(driver.console_log(spec.server_id, lines=1).splitlines()) == 1
    assert driver.console_log(spec.server_id, lines=0) == ""


def test_a_guest_that_powers_itself_off_is_told_to_the_watcher(rig: Rig, driver: Driver):
    spec = rig.spec()
    seen: list[tuple[str, GuestState]] = []
    driver.watch(lambda server_id, state: seen.append((server_id, state)))
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    rig.power_off(spec.server_id)
    wait_for(lambda: (spec.server_id, GuestState.OFF) in seen, timeout_s=60)
    assert driver.state(spec.server_id) is GuestState.OFF


def test_a_guest_that_reboots_itself_comes_back(rig: Rig, driver: Driver):
    spec = rig.spec()
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    before = rig.boots(spec.server_id)
    rig.restart(spec.server_id)
    wait_for(lambda: rig.boots(spec.server_id) not in (before, None), timeout_s=60)
    wait_for(lambda: rig.answers(spec), timeout_s=60)


def test_an_image_of_an_unknown_format_is_rejected_and_leaves_nothing(rig: Rig, driver: Driver):
    spec = rig.spec()
    image = dataclasses.replace(spec.image, disk_format="vhdx", checksum="other")
    with pytest.raises(ImageRejected):
        driver.create(dataclasses.replace(spec, image=image))
    assert rig.leftovers(spec) == []


def test_a_driver_that_starts_again_finds_its_guests_running(rig: Rig, driver: Driver):
    spec = rig.spec()
    driver.create(spec)
    driver.start(spec.server_id)
    before = rig.boots(spec.server_id)
    successor = rig.restarted()
    successor.recover()
    assert successor.guests() == {spec.server_id: GuestState.RUNNING}
    assert rig.boots(spec.server_id) == before
    successor.stop(spec.server_id, grace_s=0)
    assert successor.state(spec.server_id) is GuestState.OFF


def test_two_guests_from_one_image_live_side_by_side(rig: Rig, driver: Driver):
    first, second = rig.spec(), rig.spec()
    for spec in (first, second):
        driver.create(spec)
        driver.start(spec.server_id)
    driver.delete(first.server_id)
    assert driver.guests() == {second.server_id: GuestState.RUNNING}


@pytest.mark.parametrize("started", [True, False])
def test_a_guest_made_from_a_guests_image_boots(
    rig: Rig, driver: Driver, tmp_path: pathlib.Path, started: bool
):
    spec = rig.spec()
    driver.create(spec)
    if started:
        driver.start(spec.server_id)
        wait_for(lambda: rig.answers(spec), timeout_s=60)
    before = rig.boots(spec.server_id)
    for _ in range(2):
        driver.snapshot(spec.server_id, tmp_path / "image", go_on=lambda: None)
    now = GuestState.RUNNING if started else GuestState.OFF
    assert driver.state(spec.server_id) is now
    assert rig.boots(spec.server_id) == before
    driver.delete(spec.server_id)
    image = Image(str(uuid.uuid4()), uuid.uuid4().hex, rig.image_format, tmp_path / "image")
    second = dataclasses.replace(rig.spec(), image=image)
    driver.create(second)
    driver.start(second.server_id)
    wait_for(lambda: rig.answers(second), timeout_s=60)


def test_making_an_image_ends_when_it_no_longer_matters(
    rig: Rig, driver: Driver, tmp_path: pathlib.Path
):
    spec = rig.spec()
    driver.create(spec)
    driver.start(spec.server_id)

    def enough() -> None:
        raise GuestFault(reason="enough")

    with pytest.raises(GuestFault, match="enough"):
        driver.snapshot(spec.server_id, tmp_path / "image", go_on=enough)
    assert driver.state(spec.server_id) is GuestState.RUNNING
    wait_for(lambda: rig.answers(spec), timeout_s=60)


def test_a_guest_becomes_another_size_and_its_old_one_again(rig: Rig, driver: Driver):
    spec = rig.spec()
    small, large = Size(1, 128, 1), Size(2, 192, 2)
    driver.create(spec)
    for size, change in ((large, driver.resize), (small, driver.revert_size)):
        for _ in range(2):
            change(spec.server_id, size, mark="one")
        driver.start(spec.server_id)
        wait_for(lambda: rig.answers(spec), timeout_s=60)
        assert rig.size(spec) == size
        driver.stop(spec.server_id, grace_s=0)
    driver.resize(spec.server_id, large, mark="two")
    for _ in range(2):
        driver.confirm_size(spec.server_id)
    driver.revert_size(spec.server_id, large, mark="two")
    driver.start(spec.server_id)
    assert rig.size(spec) == large
    driver.delete(spec.server_id)
    assert rig.leftovers(spec) == []


def test_a_guest_is_rescued_with_its_own_disk_at_hand_and_comes_back(rig: Rig, driver: Driver):
    spec = rig.spec()
    driver.create(spec)
    for _ in range(2):
        driver.rescue(spec)
    assert driver.state(spec.server_id) is GuestState.OFF
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    assert rig.has_own_disk_beside(spec)
    driver.stop(spec.server_id, grace_s=0)
    for _ in range(2):
        driver.unrescue(spec.server_id)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    assert not rig.has_own_disk_beside(spec)
    driver.stop(spec.server_id, grace_s=0)
    driver.rescue(spec)
    driver.start(spec.server_id)
    driver.delete(spec.server_id)
    assert rig.leftovers(spec) == []


def test_a_guests_images_are_known_and_what_is_kept_of_others_can_go(rig: Rig, driver: Driver):
    image = dataclasses.replace(rig.spec().image, image_id=str(uuid.uuid4()))
    other = dataclasses.replace(image, image_id=str(uuid.uuid4()))
    spec = dataclasses.replace(rig.spec(), image=image)
    driver.create(spec)
    assert driver.images() == {image.image_id}
    driver.rescue(dataclasses.replace(spec, image=other))
    assert driver.images() == {image.image_id, other.image_id}
    driver.unrescue(spec.server_id)
    for _ in range(2):
        driver.forget_image(other.image_id)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    driver.delete(spec.server_id)
    assert driver.images() == set()
    driver.forget_image(image.image_id)
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)


def hot_plug(driver: Driver) -> HotPlug:
    if not isinstance(driver, HotPlug):
        pytest.skip("this driver's guests keep the ports they were made with")
    return driver


@pytest.mark.parametrize("started", [True, False])
def test_a_port_comes_and_goes_and_the_guest_stays_as_it_was(
    rig: Rig, driver: Driver, started: bool
):
    plugs, spec, extra = hot_plug(driver), rig.spec(), rig.nic()
    driver.create(spec)
    if started:
        driver.start(spec.server_id)
        wait_for(lambda: rig.answers(spec), timeout_s=60)
    before = rig.boots(spec.server_id)
    for _ in range(2):
        plugs.attach_nic(spec.server_id, extra)
        assert extra.port_id in rig.plugged()
    for _ in range(2):
        plugs.detach_nic(spec.server_id, extra.port_id)
        assert extra.port_id not in rig.plugged()
    assert rig.boots(spec.server_id) == before
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)


def test_a_port_given_to_a_running_guest_stays_through_stop_start_and_reboot(
    rig: Rig, driver: Driver
):
    plugs, spec, extra = hot_plug(driver), rig.spec(), rig.nic()
    driver.create(spec)
    driver.start(spec.server_id)
    plugs.attach_nic(spec.server_id, extra)
    driver.stop(spec.server_id, grace_s=0)
    assert extra.port_id in rig.plugged()
    driver.start(spec.server_id)
    driver.reboot(spec.server_id, hard=True, grace_s=0)
    assert extra.port_id in rig.plugged()
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    driver.delete(spec.server_id)
    assert rig.leftovers(spec) == []


def test_ports_of_a_guest_that_is_not_here_say_so(rig: Rig, driver: Driver):
    plugs, nobody = hot_plug(driver), str(uuid.uuid4())
    with pytest.raises(GuestMissing):
        plugs.attach_nic(nobody, rig.nic())
    with pytest.raises(GuestMissing):
        plugs.detach_nic(nobody, str(uuid.uuid4()))


GIB = 1 << 30


def takes_volumes(driver: Driver) -> Volumes:
    assert isinstance(driver, Volumes)
    return driver


def qcow2(path: pathlib.Path, size: str = "1G", below: pathlib.Path | None = None) -> pathlib.Path:
    on = ["-F", "qcow2", "-b", str(below)] if below else []
    subprocess.check_call(["qemu-img", "create", "-q", "-f", "qcow2", *on, str(path), size])
    return path


def volume(path: pathlib.Path, device: str = "/dev/vdb") -> Disk:
    return Disk(str(uuid.uuid4()), path, path.suffix[1:], device)


def begins_with(path: pathlib.Path, word: str) -> bool:
    """Whether the content of a file begins with a word's first letter."""
    read = ["qemu-io", "-r", "-U", "-f", path.suffix[1:], "-c", f"read -P {ord(word[0])} 0 1"]
    return subprocess.run([*read, str(path)], check=False, capture_output=True).returncode == 0


def test_a_volume_comes_is_written_to_and_goes(rig: Rig, driver: Driver, tmp_path: pathlib.Path):
    volumes, spec, disk = takes_volumes(driver), rig.spec(), volume(qcow2(tmp_path / "v.qcow2"))
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    before = rig.boots(spec.server_id)
    for _ in range(2):
        volumes.attach_volume(spec.server_id, disk)
    wait_for(lambda: rig.disks(spec).get("vdb"), 1024, timeout_s=60)
    rig.write(spec, "/dev/vdb", "hello")
    wait_for(lambda: begins_with(disk.path, "hello"), timeout_s=30)
    for _ in range(2):
        volumes.detach_volume(spec.server_id, disk.volume_id)
    assert "vdb" not in rig.disks(spec)
    assert rig.boots(spec.server_id) == before
    users = subprocess.run(["fuser", "-s", str(disk.path)], check=False).returncode
    assert users == 1
    driver.delete(spec.server_id)
    assert rig.leftovers(spec) == []
    assert begins_with(disk.path, "hello")


def test_a_volume_stays_through_stop_and_start_and_may_come_while_the_guest_is_off(
    rig: Rig, driver: Driver, tmp_path: pathlib.Path
):
    volumes, spec, disk = takes_volumes(driver), rig.spec(), volume(qcow2(tmp_path / "v.qcow2"))
    driver.create(spec)
    volumes.attach_volume(spec.server_id, disk)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    wait_for(lambda: rig.disks(spec).get("vdb"), 1024, timeout_s=60)
    driver.reboot(spec.server_id, hard=True, grace_s=0)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    wait_for(lambda: rig.disks(spec).get("vdb"), 1024, timeout_s=60)
    driver.stop(spec.server_id, grace_s=0)
    volumes.detach_volume(spec.server_id, disk.volume_id)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    assert "vdb" not in rig.disks(spec)


def test_a_guest_sees_its_volume_grow_and_goes_on_in_another_file(
    rig: Rig, driver: Driver, tmp_path: pathlib.Path
):
    volumes, spec = takes_volumes(driver), rig.spec()
    first = qcow2(tmp_path / "first.qcow2")
    disk = volume(first)
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    volumes.attach_volume(spec.server_id, disk)
    wait_for(lambda: rig.disks(spec).get("vdb"), 1024, timeout_s=60)
    volumes.extend_volume(spec.server_id, disk.volume_id, 2 * GIB)
    wait_for(lambda: rig.disks(spec).get("vdb"), 2048, timeout_s=60)
    rig.write(spec, "/dev/vdb", "early")
    second = qcow2(tmp_path / "second.qcow2", "2G", first)
    for _ in range(2):
        volumes.snapshot_volume(spec.server_id, disk.volume_id, second)
    rig.write(spec, "/dev/vdb", "late")
    wait_for(lambda: begins_with(second, "late"), timeout_s=30)
    assert begins_with(first, "early")
    volumes.detach_volume(spec.server_id, disk.volume_id)


def test_a_new_process_of_the_host_knows_the_volumes_of_its_guests(
    rig: Rig, driver: Driver, tmp_path: pathlib.Path
):
    spec, disk = rig.spec(), volume(qcow2(tmp_path / "v.qcow2"))
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    takes_volumes(driver).attach_volume(spec.server_id, disk)
    again = rig.restarted()
    again.recover()
    wait_for(lambda: rig.disks(spec).get("vdb"), 1024, timeout_s=60)
    takes_volumes(again).detach_volume(spec.server_id, disk.volume_id)
    assert "vdb" not in rig.disks(spec)


def reads(path: pathlib.Path, key: pathlib.Path, word: str) -> bool:
    """Whether the content of an encrypted file begins with a word's first letter."""
    opening = formats.opening(path, "qcow2", key)
    read = ["qemu-io", "-r", "-U", "-c", f"read -P {ord(word[0])} 0 1", *opening]
    return subprocess.run(read, check=False, capture_output=True).returncode == 0


def test_an_encrypted_volume_is_plain_to_its_guest_and_to_nobody_else(
    rig: Rig, driver: Driver, tmp_path: pathlib.Path
):
    volumes, spec, key = takes_volumes(driver), rig.spec(), tmp_path / "key"
    key.write_text("4" * 64)
    first, second, third = (tmp_path / f"{name}.qcow2" for name in ("first", "second", "third"))
    encrypted.create(first, GIB, key.read_bytes())
    encrypted.create(second, GIB, key.read_bytes(), first)
    disk = dataclasses.replace(volume(second), key=key)
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    for _ in range(2):
        volumes.attach_volume(spec.server_id, disk)
    wait_for(lambda: rig.disks(spec).get("vdb"), 1024, timeout_s=60)
    rig.write(spec, "/dev/vdb", "early words")
    wait_for(lambda: reads(second, key, "early"), timeout_s=30)
    assert b"early words" not in second.read_bytes()
    volumes.extend_volume(spec.server_id, disk.volume_id, 2 * GIB)
    wait_for(lambda: rig.disks(spec).get("vdb"), 2048, timeout_s=60)
    encrypted.create(third, 2 * GIB, key.read_bytes(), second)
    for _ in range(2):
        volumes.snapshot_volume(spec.server_id, disk.volume_id, third)
    rig.write(spec, "/dev/vdb", "late words")
    wait_for(lambda: reads(third, key, "late"), timeout_s=30)
    assert reads(second, key, "early")
    driver.stop(spec.server_id, grace_s=0)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    wait_for(lambda: rig.disks(spec).get("vdb"), 2048, timeout_s=60)
    volumes.detach_volume(spec.server_id, disk.volume_id)
    assert "vdb" not in rig.disks(spec)
    driver.stop(spec.server_id, grace_s=0)
    volumes.attach_volume(spec.server_id, dataclasses.replace(disk, path=third))
    volumes.extend_volume(spec.server_id, disk.volume_id, 3 * GIB)
    again = rig.restarted()
    again.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    wait_for(lambda: rig.disks(spec).get("vdb"), 3072, timeout_s=60)
    again.delete(spec.server_id)
    assert rig.leftovers(spec) == []
    assert all(b"words" not in file.read_bytes() for file in (first, second, third))


def test_a_guest_goes_over_to_another_volume_with_all_it_wrote_and_back(
    rig: Rig, driver: Driver, tmp_path: pathlib.Path
):
    volumes, spec = takes_volumes(driver), rig.spec()
    first, second = volume(qcow2(tmp_path / "a.qcow2")), volume(qcow2(tmp_path / "b.qcow2"))
    subprocess.check_call(["qemu-io", "-f", "qcow2", "-c", "write -P 7 0 64k", str(second.path)])
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    volumes.attach_volume(spec.server_id, first)
    wait_for(lambda: rig.disks(spec).get("vdb"), 1024, timeout_s=60)
    rig.write(spec, "/dev/vdb", "early")
    before = rig.boots(spec.server_id)
    for _ in range(2):
        volumes.swap_volume(spec.server_id, first.volume_id, second, go_on=lambda: None)
    if rig.copies:
        assert begins_with(second.path, "early")
        assert subprocess.run(["fuser", "-s", str(first.path)], check=False).returncode == 1
    rig.write(spec, "/dev/vdb", "late")
    wait_for(lambda: begins_with(second.path, "late"), timeout_s=30)
    assert begins_with(first.path, "early")
    volumes.extend_volume(spec.server_id, second.volume_id, 2 * GIB)
    wait_for(lambda: rig.disks(spec).get("vdb"), 2048, timeout_s=60)
    over = qcow2(tmp_path / "over.qcow2", "2G", second.path)
    volumes.snapshot_volume(spec.server_id, second.volume_id, over)
    again = dataclasses.replace(first, device="/dev/vdc")
    for _ in range(2):
        volumes.attach_volume(spec.server_id, again)
    wait_for(lambda: rig.disks(spec).get("vdc"), 1024, timeout_s=60)
    rig.write(spec, "/dev/vdb", "over")
    wait_for(lambda: begins_with(over, "over"), timeout_s=30)
    assert begins_with(first.path, "early")
    volumes.detach_volume(spec.server_id, first.volume_id)
    wait_for(lambda: set(rig.disks(spec)), {"vda", "vdb"}, timeout_s=60)
    subprocess.check_call(["qemu-img", "resize", "-q", "-f", "qcow2", str(first.path), "3G"])
    back = dataclasses.replace(first, size=3 * GIB)
    volumes.swap_volume(spec.server_id, second.volume_id, back, go_on=lambda: None)
    if rig.copies:
        wait_for(lambda: rig.disks(spec).get("vdb"), 3072, timeout_s=60)
    assert rig.boots(spec.server_id) == before
    driver.stop(spec.server_id, grace_s=0)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    if rig.copies:
        assert begins_with(first.path, "over")
        wait_for(lambda: rig.disks(spec).get("vdb"), 3072, timeout_s=60)
    volumes.detach_volume(spec.server_id, first.volume_id)
    wait_for(lambda: set(rig.disks(spec)), {"vda"}, timeout_s=60)


def test_a_guests_volume_is_encrypted_and_decrypted_while_it_is_used(
    rig: Rig, driver: Driver, tmp_path: pathlib.Path
):
    volumes, spec, key = takes_volumes(driver), rig.spec(), tmp_path / "key"
    key.write_text("4" * 64)
    names = ("plain", "locked", "over", "again")
    plain, locked, over, again = (tmp_path / f"{name}.qcow2" for name in names)
    qcow2(plain)
    qcow2(again)
    encrypted.create(locked, GIB, key.read_bytes())
    encrypted.create(over, GIB, key.read_bytes(), locked)
    disk = volume(plain)
    driver.create(spec)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    volumes.attach_volume(spec.server_id, disk)
    wait_for(lambda: rig.disks(spec).get("vdb"), 1024, timeout_s=60)
    rig.write(spec, "/dev/vdb", "early words")
    turned = dataclasses.replace(disk, path=locked, key=key)
    for _ in range(2):
        volumes.swap_volume(spec.server_id, disk.volume_id, turned, go_on=lambda: None)
    if rig.copies:
        assert reads(locked, key, "early")
    assert b"early words" not in locked.read_bytes()
    for _ in range(2):
        volumes.snapshot_volume(spec.server_id, disk.volume_id, over)
    rig.write(spec, "/dev/vdb", "late words")
    wait_for(lambda: reads(over, key, "late"), timeout_s=30)
    driver.stop(spec.server_id, grace_s=0)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    wait_for(lambda: rig.disks(spec).get("vdb"), 1024, timeout_s=60)
    other = volume(again)
    volumes.swap_volume(spec.server_id, disk.volume_id, other, go_on=lambda: None)
    if rig.copies:
        assert begins_with(again, "late")
    key.unlink()
    driver.stop(spec.server_id, grace_s=0)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    rig.write(spec, "/dev/vdb", "open words")
    wait_for(lambda: begins_with(again, "open"), timeout_s=30)
    volumes.detach_volume(spec.server_id, other.volume_id)
    assert all(b"words" not in file.read_bytes() for file in (locked, over))


def test_a_swap_that_is_ended_or_cannot_be_leaves_the_guest_its_volume(
    rig: Rig, driver: Driver, tmp_path: pathlib.Path
):
    class Ended(Exception):
        pass

    def stop():
        raise Ended

    volumes, spec = takes_volumes(driver), rig.spec()
    first, second = volume(qcow2(tmp_path / "a.qcow2")), volume(qcow2(tmp_path / "b.qcow2"))
    driver.create(spec)
    volumes.attach_volume(spec.server_id, first)
    with pytest.raises(GuestFault):
        volumes.swap_volume(spec.server_id, first.volume_id, second, go_on=lambda: None)
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    wait_for(lambda: rig.disks(spec).get("vdb"), 1024, timeout_s=60)
    with pytest.raises(Ended):
        volumes.swap_volume(spec.server_id, first.volume_id, second, go_on=stop)
    assert subprocess.run(["fuser", "-s", str(second.path)], check=False).returncode == 1
    rig.write(spec, "/dev/vdb", "still")
    wait_for(lambda: begins_with(first.path, "still"), timeout_s=30)
    volumes.detach_volume(spec.server_id, first.volume_id)
    wait_for(lambda: set(rig.disks(spec)), {"vda"}, timeout_s=60)


def test_a_guest_that_is_removed_lets_go_of_its_volumes(
    rig: Rig, driver: Driver, tmp_path: pathlib.Path
):
    spec, disk = rig.spec(), volume(qcow2(tmp_path / "v.qcow2"))
    driver.create(dataclasses.replace(spec, disks=(disk,)))
    driver.start(spec.server_id)
    wait_for(lambda: rig.answers(spec), timeout_s=60)
    driver.delete(spec.server_id)
    assert rig.leftovers(spec) == []
    assert subprocess.run(["fuser", "-s", str(disk.path)], check=False).returncode == 1
    assert disk.path.exists()
