"""The cloud's own libvirtd: its directories, its command lines, and the end of its guests.

It shares nothing with a libvirtd that the host may run: five directories of the state directory
are mounted over libvirt's own paths, in a mount namespace that it alone sees, and it lives
in the cloud's network namespace.  Clients outside reach it by `uri(state_dir)`.
"""

import contextlib
import os
import pathlib
import shlex
import shutil
import signal
import time
import uuid

from common import errors, process

MODULES = pathlib.Path("/usr/lib/x86_64-linux-gnu/libvirt/connection-driver")
MOUNTS = {
    "run": "/run/libvirt",
    "lib": "/var/lib/libvirt",
    "etc": "/etc/libvirt",
    "log": "/var/log/libvirt",
    "cache": "/var/cache/libvirt",
}

LIBVIRTD_CONF = """\
host_uuid = "{host_uuid}"
unix_sock_ro_perms = "0700"
unix_sock_rw_perms = "0700"
auth_unix_ro = "none"
auth_unix_rw = "none"
listen_tls = 0
listen_tcp = 0
min_workers = 2
max_workers = 10
prio_workers = 2
admin_min_workers = 1
admin_max_workers = 1
log_outputs = "3:stderr"
"""

# Guests run as root without capabilities: then libvirt sees /dev/kvm as its probe of QEMU does,
# whatever the device's mode, and keeps its cache of capabilities.  No cgroups: their names would
# have to be shared with the host's own libvirtd.  Guests write their logs themselves: when virtlogd
# is killed, the consoles of all that run stay silent until their guests start anew.
QEMU_CONF = """\
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = []
cgroup_controllers = []
hugetlbfs_mount = []
stdio_handler = "file"
"""

# Mounts made for containers, and other clouds' network namespaces, must not stay busy because
# this namespace holds a copy of them.
ENTER = """\
#!/bin/sh
# Gives libvirtd its own view of libvirt's directories, and becomes it.
set -e
while read -r source target type _; do
    case $source:$type:$target in
    /dev/loop*|*:overlay:*|*:nsfs:*|*:{state}/compute/*)
        case {state}/ in "${{target%/}}"/*) continue ;; esac
        umount -l "$target" 2>/dev/null || true ;;
    esac
done </proc/self/mounts
{binds}
exec "$@"
"""


def prepare(state_dir: str | pathlib.Path, tag: str) -> None:
    """Make or complete `<state_dir>/libvirt`; what is there already stays.

    tag: the cloud's network namespace, which `commands` enters; it need not exist yet.
    """
    base = _base(state_dir)
    for name, target in MOUNTS.items():
        (base / name).mkdir(parents=True, exist_ok=True)
        pathlib.Path(target).mkdir(parents=True, exist_ok=True)
    (base / "run").chmod(0o700)
    for name in ("qemu", "secret"):
        _copy_module(base / "modules", name)
    _write(base / "etc/libvirtd.conf", LIBVIRTD_CONF.format(host_uuid=_host_uuid(base)))
    _write(base / "etc/qemu.conf", QEMU_CONF)
    binds = "\n".join(
        shlex.join(["mount", "--bind", str(base / name), target]) for name, target in MOUNTS.items()
    )
    state = shlex.quote(str(pathlib.Path(state_dir).resolve()))
    _write(base / "enter", ENTER.format(binds=binds, state=state))
    (base / "enter").chmod(0o700)


def commands(state_dir: str | pathlib.Path, tag: str) -> list[tuple[str, list[str]]]:
    """Return (name, argv) of each daemon; it stays in the foreground.

    It ends on SIGTERM; guests go on.  Whoever starts it should be a sub-reaper: libvirtd waits
    until an ended guest is reaped.
    """
    base = _base(state_dir)
    enter = ["nsenter", f"--net=/run/netns/{tag}", "--"]
    enter += ["unshare", "--mount", "--propagation", "slave", "--", str(base / "enter")]
    daemon = ["env", f"LIBVIRT_DRIVER_DIR={base / 'modules'}", "libvirtd"]
    return [("libvirtd", [*enter, *daemon, "--pid-file", str(base / "run/libvirtd.pid")])]


def uri(state_dir: str | pathlib.Path) -> str:
    """Return the connection URI of this cloud's libvirtd."""
    return f"qemu:///system?socket={_base(state_dir) / 'run/libvirt-sock'}"


def ready(state_dir: str | pathlib.Path) -> bool:
    """Tell whether libvirtd answers: under a second, or up to 15 s the first time."""
    if not (_base(state_dir) / "run/libvirt-sock").is_socket():
        return False
    try:
        process.run(["virsh", "-c", uri(state_dir), "version"], timeout_s=30)
    except errors.CloudError:
        return False
    return True


def qemus(state_dir: str | pathlib.Path, tag: str) -> list[int]:
    """Return the pids of QEMU in the cloud's network namespace or on the cloud's disks."""
    with contextlib.suppress(OSError):
        namespace = os.stat(f"/run/netns/{tag}").st_ino
        return [pid for pid in _every_qemu() if _namespace(pid) == namespace]
    needle = f"{pathlib.Path(state_dir).resolve()}/compute/".encode()
    return [pid for pid in _every_qemu() if needle in _read(pid, "cmdline")]


def destroy_all(state_dir: str | pathlib.Path, tag: str, *, timeout_s: float = 5) -> int:
    """End every QEMU process of this cloud and return how many there were."""
    found = qemus(state_dir, tag)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + timeout_s
        while any(_alive(pid) for pid in found) and time.monotonic() < deadline:
            time.sleep(0.02)
    return len(found)


def _every_qemu() -> list[int]:
    numbers = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
    return [pid for pid in numbers if _read(pid, "comm").startswith(b"qemu-system")]


def _namespace(pid: int) -> int:
    try:
        return os.stat(f"/proc/{pid}/ns/net").st_ino
    except OSError:
        return 0


def _read(pid: int, name: str) -> bytes:
    try:
        return pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def _alive(pid: int) -> bool:
    """Tell whether the process runs; a zombie that nobody has reaped yet does not."""
    return _read(pid, "stat").rpartition(b") ")[2][:1] not in (b"", b"Z", b"X")


def _base(state_dir: str | pathlib.Path) -> pathlib.Path:
    return pathlib.Path(state_dir).resolve() / "libvirt"


def _copy_module(directory: pathlib.Path, name: str) -> None:
    """Let libvirtd load a driver: QEMU's, and that of volumes' keys.

    Networks and filters are not its business here.

    A copy, since libvirt voids its cache of capabilities as soon as it loads a file that is newer
    than all before, which a plug-in of the storage library could be.
    """
    directory.mkdir(exist_ok=True)
    copy = directory / f"libvirt_driver_{name}.so"
    source = MODULES / copy.name
    theirs = source.stat()
    with contextlib.suppress(FileNotFoundError):
        ours = copy.stat()
        if (ours.st_size, ours.st_mtime_ns) == (theirs.st_size, theirs.st_mtime_ns):
            return
    temporary = directory / f".copying-{name}"
    shutil.copy2(source, temporary)
    temporary.replace(copy)


def _host_uuid(base: pathlib.Path) -> str:
    path = base / "host_uuid"
    if not path.exists():
        _write(path, f"{uuid.uuid4()}\n")
    return path.read_text().strip()


def _write(path: pathlib.Path, text: str) -> None:
    if path.exists() and path.read_text() == text:
        return
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text)
    temporary.replace(path)
