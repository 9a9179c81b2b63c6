"""The text LXC reads: everything a guest may and may not do."""

import dataclasses
import pathlib
import re
from collections.abc import Mapping

from compute.drivers.container import slots

_HERE = pathlib.Path(__file__).parent
_DROPPED = "mac_admin mac_override sys_module sys_rawio sys_time syslog wake_alarm block_suspend"
# null, zero, full, random, urandom, tty, console, ptmx, pts, fuse
_DEVICES = ("1:3", "1:5", "1:7", "1:8", "1:9", "5:0", "5:1", "5:2", "136:*", "10:229")
_CPU_PERIOD_US = 100_000
_PROCESSES = 4096
RESCUED = "mnt/rescued"
"""Where a rescued guest finds its own root."""


@dataclasses.dataclass(frozen=True)
class Definition:
    """One guest as LXC shall run it.

    links: names of the guest ends handed over, in the order of eth0, eth1...
    rescued: where the guest's own root is mounted, when it boots from another.
    cpus: the host's processors it runs on; none: all.  covers: files to lay over paths of the
    guest, read-only.  host_uptime_s: where its own uptime begins; None: it sees the host's.
    volumes: (node on the host, name in the guest, numbers `7:3`) of each.
    apparmor: whether the kernel has AppArmor.  unified: whether cgroups are version 2 alone.
    """

    tag: str
    server_id: str
    hostname: str
    directory: pathlib.Path
    root: pathlib.Path
    first_id: int
    vcpus: int
    memory_mib: int
    links: tuple[str, ...] = ()
    cpus: tuple[int, ...] = ()
    covers: Mapping[pathlib.Path, str] = dataclasses.field(default_factory=dict)
    host_uptime_s: int | None = None
    unified: bool = False
    apparmor: bool = False
    rescued: pathlib.Path | None = None
    volumes: tuple[tuple[pathlib.Path, str, str], ...] = ()


def text(guest: Definition) -> str:
    """Return the configuration file of one guest.

    Source: lxc.container.conf(5) of liblxc 5.
    """
    hook = f"/bin/sh {_HERE / 'hook.sh'}"
    lines = [
        "lxc.arch = linux64",
        f"lxc.uts.name = {guest.hostname}",
        f"lxc.rootfs.path = dir:{guest.root}",
        "lxc.init.cmd = /sbin/init",
        f"lxc.idmap = u 0 {guest.first_id} {slots.IDS}",
        f"lxc.idmap = g 0 {guest.first_id} {slots.IDS}",
        "lxc.mount.auto = proc:mixed sys:mixed",
        # The guest sees its own group as a version 2 tree, whatever the host has.
        "lxc.mount.entry = cgroup2 sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime 0 0",
        f"lxc.cgroup.dir.container = {guest.tag}/{guest.server_id}",
        f"lxc.cgroup.dir.monitor = {guest.tag}/monitor/{guest.server_id}",
        f"lxc.cgroup.dir.monitor.pivot = {guest.tag}/pivot",
        f"lxc.seccomp.profile = {_HERE / 'server.seccomp'}",
        f"lxc.cap.drop = {_DROPPED}",
        f"lxc.apparmor.profile = {'generated' if guest.apparmor else 'unconfined'}",
        f"lxc.apparmor.allow_nesting = {int(guest.apparmor)}",
        "lxc.tty.max = 1",
        "lxc.pty.max = 1024",
        "lxc.sysctl.net.ipv4.ping_group_range = 0 65535",  # `ping` for everybody
        f"lxc.console.logfile = {guest.directory / 'console.log'}",
        "lxc.console.buffer.size = 64KB",
        "lxc.console.size = 1MB",
        "lxc.console.rotate = 1",
        "lxc.hook.version = 1",
        f"lxc.hook.pre-start = {hook}",
        f"lxc.hook.post-stop = {hook}",
    ]
    if guest.rescued is not None:
        lines.append(f"lxc.mount.entry = {guest.rescued} {RESCUED} none bind,create=dir 0 0")
    for node, name, _ in guest.volumes:
        lines.append(f"lxc.mount.entry = {node} {name.lstrip('/')} none bind,create=file 0 0")
    return "\n".join([*lines, *_network(guest), *_view(guest), *_limits(guest)]) + "\n"


def links(config: str) -> set[str]:
    """Return the names that the links of a definition had on the host."""
    return set(re.findall(r"^lxc\.net\.\d+\.link = (\S+)$", config, re.MULTILINE))


def devices(config: str) -> set[str]:
    """Return the names that a definition gives them in the guest."""
    return set(re.findall(r"^lxc\.net\.\d+\.name = (\S+)$", config, re.MULTILINE))


def _network(guest: Definition) -> list[str]:
    if not guest.links:
        return ["lxc.net.0.type = empty"]
    lines = []
    for number, link in enumerate(guest.links):
        lines += [
            f"lxc.net.{number}.type = phys",
            f"lxc.net.{number}.link = {link}",
            f"lxc.net.{number}.name = eth{number}",
            f"lxc.net.{number}.flags = up",
        ]
    return lines


def _view(guest: Definition) -> list[str]:
    """Return what makes processors and clock look like the guest's own."""
    lines = [
        f"lxc.mount.entry = {source} {target} none bind,ro,nosuid,nodev,noexec 0 0"
        for source, target in guest.covers.items()
    ]
    if guest.host_uptime_s is not None:
        lines += [
            f"lxc.time.offset.{clock} = -{guest.host_uptime_s}s" for clock in ("boot", "monotonic")
        ]
    return lines


def _limits(guest: Definition) -> list[str]:
    memory = guest.memory_mib * 1024 * 1024
    quota = guest.vcpus * _CPU_PERIOD_US
    if guest.unified:
        limits = [
            f"lxc.cgroup2.memory.max = {memory}",
            f"lxc.cgroup2.pids.max = {_PROCESSES}",
            f"lxc.cgroup2.cpu.max = {quota} {_CPU_PERIOD_US}",
        ]
    else:
        limits = [
            f"lxc.cgroup.memory.limit_in_bytes = {memory}",
            f"lxc.cgroup.pids.max = {_PROCESSES}",
            f"lxc.cgroup.cpu.cfs_period_us = {_CPU_PERIOD_US}",
            f"lxc.cgroup.cpu.cfs_quota_us = {quota}",
        ]
    if guest.cpus:
        version = 2 if guest.unified else ""
        limits.append(f"lxc.cgroup{version}.cpuset.cpus = {','.join(map(str, guest.cpus))}")
    key = "lxc.cgroup2.devices" if guest.unified else "lxc.cgroup.devices"
    allowed = [f"{key}.allow = c {device} rwm" for device in _DEVICES]
    allowed += [f"{key}.allow = b {number} rwm" for _, _, number in guest.volumes]
    return [*limits, f"{key}.deny = a", *allowed]
