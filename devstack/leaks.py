"""What a cloud holds, by the API and on its host: taken before and after, the difference is a leak.

The host is looked at by what cannot lie: files, control groups, devices, ports of the switch, rows
of the northbound database.  An image's bytes in the host's cache count while the image is there.
"""

import json
import os
import pathlib
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any

from common import process
from devstack import clouds, leftovers, libvirt, ovs
from devstack.instance import Instance
from devstack.settings import SERVICES

Held = dict[str, set[str]]
SETTLE_S = 120.0
PAUSE_S = 1.0
NORTHBOUND = (
    *("Logical_Switch", "Logical_Switch_Port", "Logical_Router", "DHCP_Options"),
    *("Port_Group", "Address_Set", "NAT", "ACL", "Load_Balancer"),
)
OF_ONE = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
OWNERS = {
    "project_id": "projects",
    "owner": "projects",
    "tenant_id": "projects",
    "user_id": "users",
}
# Rows that outlive their project on purpose: what was done, and what was set by an operator.
KEPT = {
    "actions",
    "image_tasks",
    "migrations",
    "decisions",
    "messages",
    "quotas",
    "quota_limits",
    "quota_locks",
}


def held(cloud: Instance) -> Held:
    """Return what there is, by kind."""
    admin = clouds.connect(cloud)
    found: Held = {kind: set(names) for kind, names in _rows(admin)}
    images = found["image"]
    found |= {kind: set(names) for kind, names in _host(cloud, images)}
    found["row of nobody"] = set(_ownerless(cloud))
    return found


def more(before: Held, after: Held) -> list[str]:
    """Return what is there after and was not before, a line each."""
    return [
        f"{kind} {name}"
        for kind, names in sorted(after.items())
        for name in sorted(names - before.get(kind, set()))
    ]


def settle(
    cloud: Instance, before: Held, *, timeout_s: float = SETTLE_S, look: Callable[..., Held] = held
) -> list[str]:
    """Return what is left once nothing is, or once the sweeps had their time."""
    deadline = time.monotonic() + timeout_s
    while True:
        left = more(before, look(cloud))
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(PAUSE_S)


def _rows(admin: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield what every service shows its administrator."""
    compute, net, identity = admin.compute, admin.network, admin.identity
    lists = {
        "server": compute.servers(details=False, all_projects=True),
        "flavor": compute.flavors(details=False, is_public=None),
        "aggregate": compute.aggregates(),
        "image": admin.image.images(),
        "network": net.networks(),
        "subnet": net.subnets(),
        "port": net.ports(),
        "router": net.routers(),
        "floating address": net.ips(),
        "security group": net.security_groups(),
        "volume": admin.block_storage.volumes(details=False, all_projects=True),
        "volume snapshot": admin.block_storage.snapshots(details=False, all_projects=True),
        "volume backup": admin.block_storage.backups(details=False, all_projects=True),
        "stack": admin.orchestration.get("/stacks", params={"global_tenant": "true"}).json()[
            "stacks"
        ],
        "project": identity.projects(),
        "user": identity.users(),
        "group": identity.groups(),
        "domain": identity.domains(),
        "role": identity.roles(),
        "endpoint": identity.endpoints(),
    }
    for kind, rows in lists.items():
        yield kind, [f"{row['id']} ({row.get('name') or '-'})" for row in rows]
    yield "allocation", list(_allocations(admin))


def _allocations(admin: Any) -> Iterator[str]:
    for provider in admin.placement.resource_providers():
        answer = admin.placement.get(f"/resource_providers/{provider.id}/allocations").json()
        yield from answer["allocations"]


def _host(cloud: Instance, images: set[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield what the host holds for the cloud."""
    known = {image.split(" ")[0] for image in images}
    yield "file", [name for name in _files(cloud.state_dir) if not _cached(name, known)]
    yield "control group", list(_groups(cloud.tag))
    yield "virtual machine", [str(pid) for pid in libvirt.qemus(cloud.state_dir, cloud.tag)]
    yield "mount", leftovers.mounts(cloud)
    yield "namespace", [path.name for path in pathlib.Path("/run/netns").glob(f"{cloud.tag}*")]
    listing = process.run(
        ["ip", "-json", "link", "show"], timeout_s=10, network_namespace=cloud.tag
    )
    yield "device", [link["ifname"] for link in json.loads(listing)]
    programs = ovs.fetch()
    ports = ovs.ask(cloud.state_dir, programs, "ovs-vsctl", "list-ports", "br-int", timeout_s=10)
    yield "switch port", [port for port in ports.split() if not port.startswith("patch-")]
    for table in NORTHBOUND:
        rows = ("--format=csv", "--no-headings", "--columns=_uuid", "list", table)
        found = ovs.ask(cloud.state_dir, programs, "ovn-nbctl", *rows, timeout_s=10)
        yield f"northbound {table}", found.split()


def _files(state_dir: pathlib.Path) -> Iterator[str]:
    """Yield all files, and those directories that are one thing's: named by an id."""
    for top in ("compute", "images", "volumes", "volume-keys", "backups"):
        for directory, below, names in os.walk(state_dir / top):
            here = pathlib.Path(directory).relative_to(state_dir)
            things = {name for name in below if OF_ONE.search(name)}
            yield from (str(here / name) for name in [*names, *things])
            below[:] = set(below) - things


def _cached(name: str, images: set[str]) -> bool:
    """Tell whether a file is a living image's, in the store or in the host's cache."""
    last = name.rpartition("/")[2].removeprefix("image-")
    return any(last.startswith(image) for image in images) or "/trees" in name


def _groups(tag: str) -> Iterator[str]:
    """Yield guests' control groups; those above them stay."""
    for top in leftovers.groups(tag):
        yield from (path for path, _, _ in os.walk(top) if OF_ONE.search(path))


def _ownerless(cloud: Instance) -> Iterator[str]:
    """Yield rows whose project or user is gone.  Looks only where the databases are files."""
    databases = {name: cloud.state_dir / f"db/{name}.db" for name in SERVICES}
    if not all(path.exists() for path in databases.values()):
        return
    owners = {
        "projects": _column(databases["identity"], "projects", "id"),
        "users": _column(databases["identity"], "users", "id"),
    }
    for service, path in databases.items():
        for table, columns in _tables(path).items():
            for column in [name for name in OWNERS if name in columns and table not in KEPT]:
                alive = "deleted_at IS NULL" if "deleted_at" in columns else "1"
                for owner in _column(path, table, column, alive) - owners[OWNERS[column]]:
                    yield f"{service}.{table} of {column} {owner}"


def _tables(path: pathlib.Path) -> dict[str, set[str]]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as link:
        names = link.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: {row[1] for row in link.execute(f"PRAGMA table_info({name})")}
            for (name,) in names
        }


def _column(path: pathlib.Path, table: str, column: str, where: str = "1") -> set[str]:
    query = f"SELECT DISTINCT {column} FROM {table} WHERE {where}"  # noqa: S608  names of the schema
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as link:
        return {row[0] for row in link.execute(query) if row[0]}
