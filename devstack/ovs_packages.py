"""Where the programs of Open vSwitch and OVN come from, and which datapath they drive.

A kernel with openvswitch, or a distribution whose userspace datapath is sound, is served by the
distribution's own packages.  Otherwise the packages of the next release are unpacked beside the
system, where nothing else sees them, and run through their own loader.
"""

import dataclasses
import fcntl
import re
import shutil
import socket
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

from common import errors, process

CACHE = Path("/var/cache/cumulet/ovs")

SYSTEM_PACKAGES = ("openvswitch-switch", "ovn-central", "ovn-host")
NEXT_RELEASE = {"bookworm": "trixie"}
NEXT_PACKAGES = (
    *("openvswitch-common", "openvswitch-switch", "ovn-common", "ovn-central", "ovn-host"),
    *("libc6", "libssl3t64", "libcap-ng0", "libnuma1", "libxdp1", "libbpf1", "libunbound8"),
    *("zlib1g", "libevent-2.1-7t64", "libelf1t64", "libzstd1", "libnettle8t64"),
    *("libhogweed6t64", "libgmp10"),
)
ELF = b"\x7fELF"


class NoPrograms(errors.CloudError):
    message = "Open vSwitch cannot be had here: {reason}"


@dataclasses.dataclass(frozen=True)
class Programs:
    """One set of OVS and OVN programs.

    datapath: system (the kernel's) or netdev (userspace).  prefix: the unpacked tree, None for
    the system's own packages.
    """

    datapath: str
    prefix: Path | None = None

    def program(self, name: str) -> str:
        """How to call a program, such as ovs-vsctl."""
        return str(self.prefix / "wbin" / name) if self.prefix else name

    def schema(self, path: str) -> str:
        """The file of a database schema, such as ovn/ovn-nb.ovsschema."""
        return str((self.prefix or Path("/")) / "usr/share" / path)


def datapath() -> str:
    """Return system when the kernel forwards for Open vSwitch, else netdev."""
    if Path("/proc/modules").exists() and shutil.which("modprobe"):
        process.run(["modprobe", "--quiet", "openvswitch"], timeout_s=10, check=False)
    return "system" if _has_family("ovs_datapath") else "netdev"


def _has_family(name: str) -> bool:
    """Ask generic netlink's controller whether a family is registered.

    Source: linux/netlink.h (nlmsghdr, nlattr) and linux/genetlink.h (CTRL_CMD_GETFAMILY).
    """
    request, controller, get_family, name_attribute, error = 1, 16, 3, 2, 2
    text = name.encode() + b"\0"
    attribute = struct.pack("=HH", 4 + len(text), name_attribute) + text
    attribute += bytes(-len(attribute) % 4)
    body = struct.pack("=BBH", get_family, 1, 0) + attribute
    header = struct.pack("=IHHII", 16 + len(body), controller, request, 1, 0)
    netlink_generic = 16
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, netlink_generic) as probe:
        probe.settimeout(2)
        probe.send(header + body)
        kind: int = struct.unpack_from("=IH", probe.recv(8192))[1]
    return kind != error


def sound(version: str) -> bool:
    """Whether the userspace datapath of this version survives NAT with a source port used again.

    version: such as 3.1.0-2+deb12u1.
    Source: the commit "conntrack: Remove nat_conn introducing key directionality" and its tags.
    """
    found = re.match(r"(?:\d+:)?(\d+)\.(\d+)\.(\d+)", version)
    if not found:
        return False
    major, minor, point = (int(part) for part in found.groups())
    first_good = {(2, 17): 8, (3, 0): 5, (3, 1): 3, (3, 2): 3}.get((major, minor))
    return (major, minor) >= (3, 3) or (first_good is not None and point >= first_good)


def fetch(cache_dir: Path = CACHE) -> Programs:
    """Return the programs this machine runs, after having got them when they weren't there.

    Once they are there nothing is asked of the network.
    Raises NoPrograms when no release that is known has a sound version.
    """
    kind = datapath()
    if kind == "netdev" and (cache_dir / "wbin/ovs-vswitchd").exists():
        return Programs(kind, cache_dir)
    if kind == "system" or sound(_candidate()):
        if not (shutil.which("ovs-vswitchd") and shutil.which("ovn-northd")):
            process.run(
                ["apt-get", "install", "-y", "--no-install-recommends", *SYSTEM_PACKAGES],
                timeout_s=600,
            )
        return Programs(kind)
    cache_dir.parent.mkdir(parents=True, exist_ok=True)
    with (cache_dir.parent / ".ovs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (cache_dir / "wbin/ovs-vswitchd").exists():  # another process may have been first
            _unpack_next_release(cache_dir)
    return Programs(kind, cache_dir)


def _candidate() -> str:
    """The version of openvswitch-switch that the distribution offers; empty when none."""
    policy = process.run(["apt-cache", "policy", "openvswitch-switch"], timeout_s=60)
    found = re.search(r"Candidate: (\S+)", policy)
    return found.group(1) if found else ""


def _unpack_next_release(cache_dir: Path) -> None:
    codename = _codename()
    suite = NEXT_RELEASE.get(codename)
    if not suite:
        raise NoPrograms(reason=f"the kernel has no openvswitch and {codename} has an unsound one")
    with tempfile.TemporaryDirectory(dir=cache_dir.parent, prefix=".ovs-") as scratch:
        tree = Path(scratch) / "tree"
        for package in _download(Path(scratch), source_lines(codename, suite)):
            process.run(["dpkg-deb", "-x", str(package), str(tree)], timeout_s=120)
        _wrap(tree, cache_dir)
        if cache_dir.exists():
            shutil.rmtree(cache_dir)
        tree.chmod(0o755)
        tree.rename(cache_dir)


def _codename() -> str:
    words = Path("/etc/os-release").read_text()
    found = re.search(r"^VERSION_CODENAME=(\S+)", words, re.MULTILINE)
    return found.group(1).strip('"') if found else "unknown"


def source_lines(codename: str, suite: str, etc: Path = Path("/etc/apt")) -> list[str]:
    """The machine's own package sources, one line each, with the other suite's name in them."""
    lines = []
    for path in sorted([etc / "sources.list", *(etc / "sources.list.d").glob("*")]):
        if not path.is_file():
            continue
        entries = _deb822 if path.suffix == ".sources" else _one_line
        for options, uri, suites, components in entries(path.read_text()):
            if codename in suites and "main" in components:
                lines.append(f"deb {options}{uri} {suite} main")
    if not lines:
        raise NoPrograms(reason=f"apt has no source of {codename} main")
    return lines


Entry = tuple[str, str, list[str], list[str]]


def _one_line(text: str) -> Iterator[Entry]:
    """(options, URI, [suite], components) of each line such as `deb [x=y] URI suite main`."""
    for line in text.splitlines():
        found = re.match(r"deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)", line.strip())
        if found:
            options, uri, suite, components = found.groups()
            yield options or "", uri, [suite], components.split()


def _deb822(text: str) -> Iterator[Entry]:
    """(options, URI, suites, components) of each stanza, once for every URI."""
    uncommented = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", uncommented):
        fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.MULTILINE))
        key = fields.get("Signed-By", "").strip()
        options = f"[signed-by={key}] " if key else ""
        if "deb" in fields.get("Types", "").split() and fields.get("Enabled", "yes") != "no":
            for uri in fields.get("URIs", "").split():
                yield options, uri, fields["Suites"].split(), fields["Components"].split()


def _download(scratch: Path, sources: list[str]) -> list[Path]:
    """Let apt get the packages, with lists and a status of their own."""
    for name in ("lists/partial", "archives/partial", "debs"):
        (scratch / name).mkdir(parents=True)
    (scratch / "sources.list").write_text("\n".join(sources) + "\n")
    (scratch / "status").touch()
    options = {
        "Dir::Etc::sourcelist": scratch / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::Lists": scratch / "lists",
        "Dir::State::status": scratch / "status",
        "Dir::Cache": scratch,
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", *(f"-o{name}={value}" for name, value in options.items())]
    process.run([*apt, "update"], timeout_s=300)
    fetching = ["env", "--chdir", str(scratch / "debs"), *apt, "download", *NEXT_PACKAGES]
    process.run(fetching, timeout_s=600)
    return sorted((scratch / "debs").glob("*.deb"))


def _wrap(tree: Path, home: Path) -> None:
    """Write `wbin/`: one script a program, which runs it with the tree's own loader.

    home: where the tree will be once it is renamed.
    """
    loader = next(tree.glob("usr/lib*/ld-linux*.so.*")).relative_to(tree)
    libraries = next(tree.glob("usr/lib/*-linux-gnu*")).relative_to(tree)
    (tree / "wbin").mkdir()
    for folder in ("usr/bin", "usr/sbin", "usr/lib/openvswitch-switch"):
        for path in (tree / folder).glob("ov*"):
            if path.is_symlink() or path.read_bytes()[:4] != ELF:
                continue
            script = tree / "wbin" / path.name
            script.write_text(
                f"#!/bin/sh\nexec {home / loader} --library-path {home / libraries} "
                f'--argv0 {path.name} {home / path.relative_to(tree)} "$@"\n'
            )
            script.chmod(0o755)
