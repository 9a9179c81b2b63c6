"""What a cloud has on the host beyond its files: finding it and taking it away.

All of it is found by what cannot lie: the mark that the supervisor puts into the environment of
all it starts, the tag in the names of namespaces and control groups, the state directory in the
paths of mounts.  Another cloud's things carry another mark, tag and path.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import time

from common import process
from devstack import instance, libvirt, ovs
from devstack.instance import Instance

CGROUPS = pathlib.Path("/sys/fs/cgroup")
MOUNTS = pathlib.Path("/run/cumulet")
GUEST_PROGRAMS = ("lxc-", "qemu")
PATIENCE_S = 8.0


def end_processes(cloud: Instance) -> int:
    """End what an earlier supervisor left running; guests go on.  Returns how many there were."""
    found = [pid for pid in _marked(cloud) if not _is_guest(pid)]
    _end(found)
    return len(found)


def end_guests(cloud: Instance) -> None:
    """End every guest of the cloud, virtual machine or container, whoever started it."""
    libvirt.destroy_all(cloud.state_dir, cloud.tag)
    found = groups(cloud.tag)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        alive = {pid for group in found for pid in _members(group)}
        if not alive:
            break
        for pid in alive:
            _send(pid, signal.SIGKILL)
        for group in found:
            _thaw(group)
        time.sleep(0.02)
    _detach(cloud)  # while what is behind the devices still says whose they are
    _end([pid for pid in _marked(cloud) if _is_guest(pid)])


def clear(cloud: Instance) -> None:
    """Take away mounts, control groups, namespaces and devices, once no process uses them."""
    _detach(cloud)
    for target in mounts(cloud):
        process.run(["umount", "--lazy", target], timeout_s=10, check=False)
    for top in groups(cloud.tag):
        for directory, _, _ in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(directory)
    shown = [] if mounts(cloud) else [MOUNTS / cloud.tag]  # what is mounted is nobody's to remove
    for top in (*devices(cloud), *shown):
        shutil.rmtree(top, ignore_errors=True)
    ovs.clean(cloud.state_dir, cloud.tag)


def remains(cloud: Instance) -> list[str]:
    """Return what is still there, a line each; nothing after a good end."""
    found = [f"process {pid} ({_name(pid)})" for pid in _marked(cloud)]
    found += [f"mount {target}" for target in mounts(cloud)]
    found += [f"control group {group}" for group in groups(cloud.tag)]
    namespaces = pathlib.Path("/run/netns")
    if namespaces.exists():
        found += [f"namespace {path.name}" for path in namespaces.glob(f"{cloud.tag}*")]
    links = pathlib.Path("/sys/class/net").glob(f"{cloud.tag}*")
    found += [f"device {path.name}" for path in links]
    found += [f"loop device {name}" for name in loops(cloud)]
    found += [f"directory {top}" for top in (MOUNTS / cloud.tag,) if top.exists()]
    return found


def _detach(cloud: Instance) -> None:
    """Take the cloud's loop devices from their files."""
    for name in loops(cloud):
        process.run(["losetup", "--detach", name], timeout_s=10, check=False)


def devices(cloud: Instance) -> list[pathlib.Path]:
    """Return the directories of the devices that guests' volumes have: containers', and KVM's."""
    return [MOUNTS / "devices" / name for name in (cloud.tag, f"kvm-{cloud.tag}")]


def loops(cloud: Instance) -> list[str]:
    """Return the loop devices on files of the cloud."""
    listing = process.run(["losetup", "--list", "--json", "-O", "NAME,BACK-FILE"], timeout_s=10)
    rows = json.loads(listing or '{"loopdevices": []}')["loopdevices"]
    return [str(row["name"]) for row in rows if _inside(str(row["back-file"] or ""), cloud)]


def _marked(cloud: Instance) -> list[int]:
    """Return the processes of this cloud, other than this one and those above it."""
    above = set(_ancestry())
    return [pid for pid in instance.processes(cloud.state_dir) if pid not in above]


def _ancestry() -> list[int]:
    found = [os.getpid()]
    while found[-1] > 1:
        status = _read(f"/proc/{found[-1]}/stat").rpartition(b")")[2].split()
        found.append(int(status[1]) if len(status) > 1 else 0)
    return found


def _is_guest(pid: int) -> bool:
    """Tell whether a process is a guest, or what keeps one: those outlive the supervisor."""
    try:
        inside = os.stat(f"/proc/{pid}/ns/pid").st_ino != os.stat("/proc/self/ns/pid").st_ino
        program = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return False
    return inside or program.startswith(GUEST_PROGRAMS)


def _end(found: list[int]) -> None:
    for number, patience_s in ((signal.SIGTERM, PATIENCE_S), (signal.SIGKILL, 2.0)):
        for pid in found:
            _send(pid, number)
        deadline = time.monotonic() + patience_s
        while any(_alive(pid) for pid in found) and time.monotonic() < deadline:
            time.sleep(0.02)


def mounts(cloud: Instance) -> list[str]:
    """Return the cloud's mount points, the innermost first."""
    targets = [line.split()[1] for line in _read("/proc/self/mounts").decode().splitlines()]
    return [target for target in reversed(targets) if _inside(target, cloud)]


def _inside(path: str, cloud: Instance) -> bool:
    tops = (cloud.state_dir, MOUNTS / cloud.tag, *devices(cloud))
    return path.startswith(tuple(f"{top}/" for top in tops))


def groups(tag: str) -> list[pathlib.Path]:
    """Return the cloud's top control group in every hierarchy."""
    return [path for path in (CGROUPS / tag, *CGROUPS.glob(f"*/{tag}")) if path.is_dir()]


def _members(group: pathlib.Path) -> list[int]:
    return [
        int(pid)
        for directory, _, _ in os.walk(group)
        for pid in _read(f"{directory}/cgroup.procs").split()
        if int(pid)
    ]


def _thaw(group: pathlib.Path) -> None:
    for directory, _, files in os.walk(group):
        for name, value in (("freezer.state", "THAWED"), ("cgroup.freeze", "0")):
            if name in files:
                with contextlib.suppress(OSError):
                    pathlib.Path(directory, name).write_text(value)


def _alive(pid: int) -> bool:
    return _read(f"/proc/{pid}/stat").rpartition(b") ")[2][:1] not in (b"", b"Z", b"X")


def _name(pid: int) -> str:
    return _read(f"/proc/{pid}/comm").decode().strip()


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _read(path: str) -> bytes:
    try:
        return pathlib.Path(path).read_bytes()
    except OSError:
        return b""
