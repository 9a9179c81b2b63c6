"""Whether this machine can carry a cloud: looked at before anything is changed.

Runs under the system's own Python, so it imports nothing beyond the standard library.
"""

import ctypes
import os
import pathlib
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

from devstack import instance, options

FREE_DISK_GIB = 6
FREE_MEMORY_MIB = 1536
KERNEL = (5, 19)
FILE_SYSTEMS = ("overlay", "ext4", "tmpfs")
CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000


def main(argv: list[str] | None = None) -> int:
    """Say in one line what is missing, the first thing first; 0 when nothing is."""
    wanted = options.arguments(argv)
    problem = first_problem(
        pathlib.Path(wanted.state_dir).resolve(), wanted.port_offset, dashboard=wanted.dashboard
    )
    if problem:
        print(f"devstack/up cannot run here: {problem}", file=sys.stderr)
    return 1 if problem else 0


def first_problem(
    state_dir: pathlib.Path, port_offset: str | None, *, dashboard: bool = False
) -> str:
    """Return the first thing that this machine lacks; empty when it lacks nothing."""
    problems: list[Callable[[], Iterator[str]]] = [system, kernel, lambda: room(state_dir)]
    for look in problems:
        for problem in look():
            return problem
    return next(ports(state_dir, port_offset, dashboard=dashboard), "")


def system() -> Iterator[str]:
    """Who runs this, and on what."""
    if os.geteuid() != 0:
        yield "it needs root"
    if not shutil.which("apt-get"):
        yield "it needs a Debian system: apt-get is missing"
    if platform.machine() != "x86_64":
        yield f"it needs an x86_64 machine, and this is {platform.machine()}"


def kernel() -> Iterator[str]:
    """What servers and their networks need of the kernel."""
    release = platform.release()
    version = tuple(int(part) for part in release.split("-")[0].split(".")[:2])
    if version < KERNEL:
        yield f"idmapped mounts need Linux {KERNEL[0]}.{KERNEL[1]}, and this is {release}"
    known = pathlib.Path("/proc/filesystems").read_text().split()
    for name in FILE_SYSTEMS:
        if name not in known and not _modprobe(name):
            yield f"the kernel has no {name} file system"
    for device, module in (("/dev/loop-control", "loop"), ("/dev/net/tun", "tun")):
        if not os.path.exists(device) and not _modprobe(module):
            yield f"{device} is missing: the kernel has no {module} devices"
    if not pathlib.Path("/sys/fs/cgroup").is_mount() and not os.listdir("/sys/fs/cgroup"):
        yield "control groups are not mounted on /sys/fs/cgroup"
    if not in_child(lambda: _unshare(CLONE_NEWUSER)):
        yield "user namespaces are turned off (see /proc/sys/user/max_user_namespaces)"
    if not in_child(lambda: _unshare(CLONE_NEWNET)):
        yield "network namespaces cannot be made"
    if shutil.which("ip") and not in_child(_make_veth):
        yield "veth devices cannot be made"


def room(state_dir: pathlib.Path) -> Iterator[str]:
    """Disk and memory."""
    place = state_dir
    while not place.exists():
        place = place.parent
    free_gib = shutil.disk_usage(place).free / 2**30
    if free_gib < FREE_DISK_GIB:
        yield f"{place} has {free_gib:.1f} GiB free, and {FREE_DISK_GIB} GiB are needed"
    if instance.running(state_dir):
        return
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:") and int(line.split()[1]) < FREE_MEMORY_MIB * 1024:
            free_mib = int(line.split()[1]) // 1024
            yield f"{free_mib} MiB of memory are available, and {FREE_MEMORY_MIB} are needed"


def ports(
    state_dir: pathlib.Path, port_offset: str | None, *, dashboard: bool = False
) -> Iterator[str]:
    """Ports, unless it is this very cloud that holds them."""
    if port_offset == "auto" or instance.running(state_dir):
        return
    old = instance.known(state_dir)
    offset = instance.offset_of(old, port_offset)
    left = instance.processes(state_dir)
    dashboard = dashboard or bool(old and old.dashboard)
    for port in instance.taken_ports(offset, dashboard=dashboard):
        if not left:
            yield f"port {port} is taken; --port-offset chooses others"


def in_child(probe: Callable[[], object]) -> bool:
    """Tell whether a probe, run in a process of its own, went well."""
    pid = os.fork()
    if pid == 0:
        try:
            probe()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _unshare(flags: int) -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(flags):
        raise OSError(ctypes.get_errno(), "unshare")


def _make_veth() -> None:
    _unshare(CLONE_NEWNET)
    make = ["ip", "link", "add", "probe0", "type", "veth", "peer", "name", "probe1"]
    subprocess.run(make, check=True, capture_output=True, timeout=10)


def _modprobe(module: str) -> bool:
    """Tell whether the kernel has a module that is not loaded yet, without loading it."""
    if not shutil.which("modprobe"):
        return False
    look = ["modprobe", "--dry-run", "--quiet", module]
    return subprocess.run(look, capture_output=True, timeout=10, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
