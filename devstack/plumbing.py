"""The cloud's network namespace and the wire that leads from the host into it.

Everything here is named after the cloud's tag, so that it is found again and two clouds on one
machine stay apart.
"""

import hashlib
import ipaddress
import os
import shutil
import signal
import time
from pathlib import Path

from common import process

NAMESPACES = Path("/run/netns")
WIRE_RANGE = ipaddress.ip_network("198.18.0.0/16")
GATEWAY_DEVICE = "public"
GATEWAY_PORT = "public-ovs"
FORWARD = ("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")


def wire(tag: str) -> tuple[str, str, str]:
    """(device on the host, the host's address, the namespace's address) of a cloud's wire.

    The addresses are a /30 of the range for benchmarks (RFC 2544), picked by the tag.
    """
    digest = int.from_bytes(hashlib.sha1(tag.encode(), usedforsecurity=False).digest()[:4])
    net = int(WIRE_RANGE.network_address) + 4 * (digest % (WIRE_RANGE.num_addresses // 4))
    host, inner = (str(ipaddress.ip_address(net + n)) for n in (1, 2))
    return f"{tag[:12]}-up", host, inner


def lay(tag: str, gateway: str) -> bool:
    """Make the namespace, the public gateway in it, and the host's route to the public range.

    gateway: the gateway's address with the prefix length, such as 198.19.0.1/24.
    Returns whether the namespace is new.
    """
    fresh = not (NAMESPACES / tag).exists()
    if fresh:
        process.run(["ip", "netns", "add", tag], timeout_s=10)
    device, host_address, inner_address = wire(tag)
    if not _has(device):
        _batch([f"link add {device} type veth peer name host netns {tag}"])
    _batch([f"address replace {host_address}/30 dev {device}", f"link set {device} up"])
    _lay_inside(tag, gateway)
    public = ipaddress.ip_interface(gateway).network
    # Another cloud may have a route to the same range, which stays in force while it is there.
    if not process.run(["ip", "route", "show", str(public), "dev", device], timeout_s=10).strip():
        _batch([f"route append {public} via {inner_address} dev {device}"])
    return fresh


def _lay_inside(tag: str, gateway: str) -> None:
    """The gateway is a veth pair: a port of the switch's own would go when the switch dies."""
    _, host_address, inner_address = wire(tag)
    if not _has(GATEWAY_DEVICE, tag):
        _batch([f"link add {GATEWAY_DEVICE} type veth peer name {GATEWAY_PORT}"], tag)
    _batch(
        [
            "link set lo up",
            f"address replace {inner_address}/30 dev host",
            "link set host up",
            f"address replace {gateway} dev {GATEWAY_DEVICE}",
            f"link set {GATEWAY_PORT} up",
            f"link set {GATEWAY_DEVICE} up",
            f"route replace default via {host_address}",
        ],
        tag,
    )
    process.run(FORWARD, timeout_s=10, network_namespace=tag)


def guard(tag: str, *, uplink: bool) -> None:
    """Keep guests from what listens on the gateway, on the wire and on the host.

    Guests answer what the host begins, and may ping the gateway.  uplink: whether they may begin
    to talk to what lies beyond the host; the host's own guard is laid with the uplink then.
    """
    beyond = "accept" if uplink else "drop"
    rules = f"""
        table inet guard {{}}
        delete table inet guard
        table inet guard {{
            chain to_gateway {{
                type filter hook input priority filter;
                iifname "{GATEWAY_DEVICE}" ct state established,related accept
                iifname "{GATEWAY_DEVICE}" meta l4proto != icmp drop
            }}
            chain beyond {{
                type filter hook forward priority filter;
                iifname "{GATEWAY_DEVICE}" ct state established,related accept
                iifname "{GATEWAY_DEVICE}" {beyond}
            }}
        }}"""
    process.run(["nft", "-f", "-"], timeout_s=10, stdin=rules.encode(), network_namespace=tag)


def share_uplink(tag: str, gateway: str) -> None:
    """Let what leaves the public range go out under the host's own addresses.

    This makes the host forward packets; chains that drop what is forwarded (other container
    software has some) stay in force.
    """
    device = wire(tag)[0]
    public = ipaddress.ip_interface(gateway).network
    rules = f"""
        table ip {_table(tag)} {{}}
        delete table ip {_table(tag)}
        table ip {_table(tag)} {{
            chain leaving {{
                type nat hook postrouting priority srcnat;
                ip saddr {public} oifname != "{device}" masquerade
            }}
            chain to_host {{
                type filter hook input priority filter;
                iifname "{device}" ct state established,related accept
                iifname "{device}" meta l4proto != icmp drop
            }}
        }}"""
    process.run(["nft", "-f", "-"], timeout_s=10, stdin=rules.encode())
    process.run(FORWARD, timeout_s=10)


def _table(tag: str) -> str:
    return f"cumulet_{tag}"


def _has(device: str, namespace: str | None = None) -> bool:
    show = ["ip", "link", "show", device]
    return bool(process.run(show, timeout_s=10, check=False, network_namespace=namespace))


def _batch(commands: list[str], namespace: str | None = None) -> None:
    process.run(
        ["ip", "-batch", "-"],
        timeout_s=10,
        stdin="\n".join(commands).encode(),
        network_namespace=namespace,
    )


def widen_queues(wanted: int = 8 * 1024 * 1024) -> None:
    """Let sockets hold this many bytes: a segment of 64 KiB fits the usual queue three times."""
    setting = Path("/proc/sys/net/core/rmem_default")
    if int(setting.read_text()) < wanted:
        setting.write_text(str(wanted))


def remove(tag: str) -> None:
    """Take away the cloud's namespaces and its wire; what runs in them keeps them until it ends."""
    device = wire(tag)[0]
    if _has(device):
        process.run(["ip", "link", "delete", device], timeout_s=10, check=False)
    if shutil.which("nft"):
        table = ["nft", "delete", "table", "ip", _table(tag)]
        process.run(table, timeout_s=10, check=False)
    for path in NAMESPACES.glob(f"{tag}*") if NAMESPACES.exists() else ():
        if path.name == tag or path.name.startswith(f"{tag}-md-"):
            process.run(["ip", "netns", "delete", path.name], timeout_s=10, check=False)


def end(pid_file: Path, mark: str, grace_s: float = 3) -> None:
    """End the process that a pid file names, if its command line carries the mark."""
    try:
        pid = int(pid_file.read_text())
        if mark.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + grace_s
        while time.monotonic() < deadline:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return
