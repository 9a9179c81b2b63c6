"""The data plane's four programs: one ovsdb-server for three databases, and who lives on it.

How a cloud is brought up, by whoever keeps its processes:

    programs = ovs.fetch()                          # the programs; quick when they are there
    ovs.prepare(state_dir, tag, programs)           # namespace, wire, databases; no process
    ovs.commands(state_dir, tag, programs)          # start these, in any order, and keep them
    ovs.ready(state_dir, programs)                  # returns once guests can be plugged
    ovs.clean(state_dir, tag)                       # afterwards, or after a run that was killed

Everything that the switch must know at its start is in its database before it starts, so there
is no step between, and a program that is started again finds all it needs.
"""

import json
import socket
from pathlib import Path
from typing import Any

from common import process
from devstack import plumbing
from devstack.ovs_packages import Programs, datapath, fetch

__all__ = [
    "Programs",
    "clean",
    "commands",
    "datapath",
    "environment",
    "fetch",
    "prepare",
    "ready",
    "run_dir",
    "stop",
]

Row = dict[str, Any]

PUBLIC_GATEWAY = "198.19.0.1/24"
PHYSICAL_NETWORK = "physnet1"
SCHEMAS = {
    "conf": "openvswitch/vswitch.ovsschema",
    "nb": "ovn/ovn-nb.ovsschema",
    "sb": "ovn/ovn-sb.ovsschema",
}
NAMES = ("ovsdb-server", "ovs-vswitchd", "ovn-northd", "ovn-controller")


def run_dir(state_dir: Path) -> Path:
    """Where databases and sockets are; `db.sock` answers for all three databases."""
    return Path(state_dir) / "ovn"


def environment(state_dir: Path, programs: Programs) -> dict[str, str]:
    """What ovs-vsctl and its siblings, run by anybody, need to find this cloud's switch."""
    folder = str(run_dir(state_dir))
    kinds = ("OVS_RUNDIR", "OVN_RUNDIR", "OVS_LOGDIR", "OVN_LOGDIR", "OVS_DBDIR", "OVN_DBDIR")
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    own = f"{programs.prefix}/wbin:" if programs.prefix else ""
    return {**dict.fromkeys(kinds, folder), "PATH": own + path}


def prepare(
    state_dir: Path,
    tag: str,
    programs: Programs,
    *,
    host: str | None = None,
    gateway: str = PUBLIC_GATEWAY,
    uplink: bool = False,
) -> None:
    """Make the namespace and the databases ready, whatever an earlier run left behind.

    host: the chassis' name, this machine's by default.  gateway: the public network's gateway
    address with the prefix length; the host gets a route to that network.  uplink: whether
    guests reach what the host reaches, under the host's addresses.
    Does nothing to the databases while they are being served.
    """
    folder = run_dir(state_dir)
    folder.mkdir(parents=True, exist_ok=True)
    if programs.datapath == "netdev":
        plumbing.widen_queues()
    fresh = plumbing.lay(tag, gateway)
    plumbing.guard(tag, uplink=uplink)
    if uplink:
        plumbing.share_uplink(tag, gateway)
    if not _alive(folder / "ovsdb-server.pid", str(folder)):
        if fresh:
            (folder / "conf.db").unlink(missing_ok=True)
        _prepare_databases(folder, programs, host or socket.gethostname())


def _prepare_databases(folder: Path, programs: Programs, host: str) -> None:
    """Make those that are missing, and tell the switch who it is."""
    (folder / "db.sock").unlink(missing_ok=True)
    tool = programs.program("ovsdb-tool")
    for name, schema in SCHEMAS.items():
        if not (folder / f"{name}.db").exists():
            create = [tool, "create", str(folder / f"{name}.db"), programs.schema(schema)]
            process.run(create, timeout_s=10)
            if name == "conf":
                _transact(tool, folder, first_rows(programs.datapath))
    settings = switch_settings(folder, programs.datapath, host)
    _transact(
        tool, folder, [{"op": "update", "table": "Open_vSwitch", "where": [], "row": settings}]
    )


def _transact(tool: str, folder: Path, operations: list[Row]) -> None:
    request = json.dumps(["Open_vSwitch", *operations])
    answer = process.run([tool, "transact", str(folder / "conf.db"), request], timeout_s=10)
    if '"error"' in answer:
        raise process.CommandFailed(command=tool, status_code=0, output=answer)


def first_rows(kind: str) -> list[Row]:
    """Database operations that make both bridges; kind: the datapath's."""
    bridges = {"br-int": ("br-int",), "br-ex": ("br-ex", plumbing.GATEWAY_PORT)}
    operations: list[Row] = []
    for bridge, ports in bridges.items():
        for port in ports:
            own = {"name": port, "type": "internal" if port == bridge else ""}
            interface = _insert("Interface", f"i_{port}", own)
            wired = {"name": port, "interfaces": ["named-uuid", _symbol(f"i_{port}")]}
            operations += [interface, _insert("Port", f"p_{port}", wired)]
        members = ["set", [["named-uuid", _symbol(f"p_{port}")] for port in ports]]
        row: Row = {"name": bridge, "datapath_type": kind, "ports": members}
        if bridge == "br-int":
            row["fail_mode"] = "secure"
        operations.append(_insert("Bridge", f"b_{bridge}", row))
    held = ["set", [["named-uuid", _symbol(f"b_{bridge}")] for bridge in bridges]]
    return [*operations, _insert("Open_vSwitch", "root", {"bridges": held})]


def _insert(table: str, symbol: str, row: Row) -> Row:
    return {"op": "insert", "table": table, "row": row, "uuid-name": _symbol(symbol)}


def _symbol(name: str) -> str:
    return name.replace("-", "_")


def switch_settings(folder: Path, kind: str, host: str) -> Row:
    """The one row of Open_vSwitch: who this chassis is and how it reaches the others.

    In userspace, segmentation offload has to be on before the switch starts: without it TCP
    between guests with usual settings does not work at all.
    """
    external = {
        "system-id": host,
        "hostname": host,
        "ovn-remote": f"unix:{folder}/db.sock",
        "ovn-encap-type": "geneve",
        "ovn-encap-ip": "127.0.0.1",
        "ovn-bridge-datapath-type": kind,
        "ovn-bridge-mappings": f"{PHYSICAL_NETWORK}:br-ex",
        "ovn-cms-options": "enable-chassis-as-gw",
    }
    other = {"userspace-tso-enable": "true"} if kind == "netdev" else {}
    return {
        "external_ids": ["map", [list(pair) for pair in external.items()]],
        "other_config": ["map", [list(pair) for pair in other.items()]],
    }


WAIT_FOR_DATABASE = 'while [ ! -S "$OVS_RUNDIR/db.sock" ]; do sleep 0.02; done; exec "$0" "$@"'


def commands(state_dir: Path, tag: str, programs: Programs) -> list[tuple[str, list[str]]]:
    """(name, command line) of each program, in the foreground and in the cloud's namespace.

    They may start in any order, and log to standard error.  Who lives on the database waits
    for its socket first, because a refused connection is only tried again after a second.
    """
    folder = run_dir(state_dir)
    remote = f"unix:{folder}/db.sock"
    databases = [str(folder / f"{name}.db") for name in SCHEMAS]
    arguments = {
        "ovsdb-server": [*databases, f"--remote=p{remote}", f"--unixctl={folder}/ovsdb.ctl"],
        "ovs-vswitchd": [remote, f"--unixctl={folder}/vswitchd.ctl"],
        "ovn-northd": [
            *(f"--ovnnb-db={remote}", f"--ovnsb-db={remote}", f"--unixctl={folder}/northd.ctl")
        ],
        "ovn-controller": [remote],
    }
    enter = ["nsenter", f"--net={plumbing.NAMESPACES / tag}", "--", "env"]
    setting = [f"{key}={value}" for key, value in environment(state_dir, programs).items()]
    lines = []
    for name in NAMES:
        wait = [] if name == "ovsdb-server" else ["sh", "-c", WAIT_FOR_DATABASE]
        common = [f"--pidfile={folder}/{name}.pid", "-vsyslog:off", "-vconsole:info"]
        line = [*enter, *setting, *wait, programs.program(name), *arguments[name], *common]
        lines.append((name, line))
    return lines


def ready(state_dir: Path, programs: Programs, *, timeout_s: int = 15) -> None:
    """Return once this machine is registered as a chassis and its switch has its bridges.

    Raises CommandFailed when that takes longer.
    """
    wired = ("wait-until", "Interface", plumbing.GATEWAY_PORT, "ofport>0")
    ask(state_dir, programs, "ovs-vsctl", *wired, timeout_s=timeout_s)
    host = ask(state_dir, programs, "ovs-vsctl", *SYSTEM_ID, timeout_s=timeout_s).strip('"\n')
    registered = ("wait-until", "Chassis", host)
    ask(state_dir, programs, "ovn-sbctl", *registered, timeout_s=timeout_s)


SYSTEM_ID = ("get", "Open_vSwitch", ".", "external_ids:system-id")


def ask(state_dir: Path, programs: Programs, program: str, *question: str, timeout_s: int) -> str:
    """Run one of the database clients, once the database has its socket."""
    database = f"--db=unix:{run_dir(state_dir)}/db.sock"
    client = [programs.program(program), database, f"--timeout={timeout_s}", *question]
    command = ["timeout", str(timeout_s), "sh", "-c", WAIT_FOR_DATABASE, *client]
    return process.run(command, timeout_s=timeout_s + 2, env=environment(state_dir, programs))


def stop(state_dir: Path) -> None:
    """End the programs, in the order in which they need one another."""
    folder = run_dir(state_dir)
    for name in reversed(NAMES):
        plumbing.end(folder / f"{name}.pid", str(folder))


def clean(state_dir: Path, tag: str) -> None:
    """End what is left of the programs and remove the namespaces, the wire and the route.

    Databases stay: the northbound one is written again by the network service only where it
    differs.  Nothing that carries another tag is touched; missing things are a success.
    """
    stop(state_dir)
    plumbing.remove(tag)
    for name in ("conf.db", ".conf.db.~lock~"):
        (run_dir(state_dir) / name).unlink(missing_ok=True)


def _alive(pid_file: Path, mark: str) -> bool:
    try:
        pid = int(pid_file.read_text())
        return mark.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ValueError):
        return False
