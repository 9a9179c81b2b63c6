"""Says what of a running cloud does not agree with itself, a line each; nothing is changed.

Compared are what compute and the volume service say of who has which volume, what guests on this
host really have open, the pool's links with the volumes and snapshots that there are, and how long
things have been on their way.
"""

import argparse
import datetime as dt
import os
import socket
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from openstack import exceptions

from devstack import clouds, instance, reach
from devstack.instance import Instance

PATIENCE_S = 60.0
"""For how long something may be on its way."""
RESTING = frozenset(
    {
        *("available", "in-use", "reserved", "error", "maintenance", "deleted", "backing-up"),
        *("awaiting-transfer", "error_deleting", "error_extending", "error_restoring"),
        *("error_backing-up", "error_managing"),
    }
)


def main(argv: list[str] | None = None) -> int:
    """Entry point of devstack/doctor: 0 when all agrees, 1 when something does not."""
    parser = argparse.ArgumentParser(prog="devstack/doctor", description=__doc__)
    parser.add_argument("--state-dir", default=instance.DEFAULT_STATE_DIR, help="what it keeps")
    options = parser.parse_args(argv)
    cloud = instance.known(options.state_dir)
    if cloud is None:
        print(f"no cloud was made in {options.state_dir}", file=sys.stderr)
        return 2
    try:
        found = complaints(cloud)
    except exceptions.SDKException as error:
        print(f"the cloud does not answer: {error}", file=sys.stderr)
        return 2
    for line in found:
        print(line)
    print(f"{len(found)} complaints")
    return 1 if found else 0


def complaints(cloud: Instance) -> list[str]:
    """Return what does not agree, a sentence each.  Raises SDKException."""
    admin = clouds.connect(cloud)
    storage, everyone = admin.block_storage, {"all_projects": True}
    volumes = list(storage.volumes(details=True, **everyone))
    snapshots = list(storage.snapshots(details=True, **everyone))
    servers = list(admin.compute.servers(details=True, **everyone))
    here = [one for one in volumes if str(one.host).partition("@")[0] == socket.gethostname()]
    ids = {one.id for one in here}
    return [
        *attachments(servers, volumes),
        *stuck("volume", volumes, RESTING),
        *stuck("snapshot", snapshots, RESTING),
        *stuck("backup", storage.backups(details=True, all_tenants=True), RESTING),
        *busy(servers),
        *strays(cloud, "volumes", here),
        *strays(cloud, "snapshots", [one for one in snapshots if one.volume_id in ids]),
        *reach.complaints(cloud, servers, volumes),
    ]


def attachments(servers: Iterable[Any], volumes: Iterable[Any]) -> Iterator[str]:
    """Yield who has a volume by the word of one service only."""
    compute = {(one["id"], server.id) for server in servers for one in server.attached_volumes}
    storage = {(volume.id, one["server_id"]) for volume in volumes for one in volume.attachments}
    for volume_id, server_id in sorted(compute - storage):
        yield f"server {server_id} has volume {volume_id}, and the volume service does not know"
    for volume_id, server_id in sorted(storage - compute):
        yield f"volume {volume_id} is attached to server {server_id}, and compute does not know"


def stuck(noun: str, rows: Iterable[Any], resting: frozenset[str]) -> Iterator[str]:
    """Yield what has been on its way for too long."""
    for row in rows:
        waited = age_s(row.updated_at or row.created_at)
        if row.status not in resting and waited > PATIENCE_S:
            yield f"{noun} {row.id} has been {row.status} for {waited:.0f} s"


def busy(servers: Iterable[Any]) -> Iterator[str]:
    """Yield servers whose task takes too long."""
    for server in servers:
        waited = age_s(server.updated_at or server.created_at)
        if server.task_state is not None and waited > PATIENCE_S:
            yield f"server {server.id} has been {server.task_state} for {waited:.0f} s"


def strays(cloud: Instance, room: str, rows: Iterable[Any]) -> Iterator[str]:
    """Yield what this host's pool has of nobody, and what it should have and has not.

    rows: what is on this host.
    """
    place = cloud.state_dir / "volumes" / room
    if not place.is_dir():
        return
    links = {name for name in os.listdir(place) if not name.startswith(".")}
    known = {row.id for row in rows}
    settled = {row.id for row in rows if row.status in ("available", "in-use")}
    for one in sorted(links - known):
        yield f"the pool has {room[:-1]} {one}, and no service knows it here"
    for one in sorted(settled - links):
        yield f"{room[:-1]} {one} is not in the pool"


def age_s(moment: str) -> float:
    """Return the seconds since a moment that an API tells in UTC."""
    at = dt.datetime.fromisoformat(moment.removesuffix("Z")).replace(tzinfo=dt.UTC)
    return (dt.datetime.now(dt.UTC) - at).total_seconds()


if __name__ == "__main__":
    sys.exit(main())
