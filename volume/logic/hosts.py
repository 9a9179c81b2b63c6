"""The service's own processes and pools, as administrators see them."""

import builtins
from typing import Any

import sqlalchemy as sa

from common import errors as roots
from common.clock import Clock
from common.db import Database
from volume.db import services as queries
from volume.db.models import Service, Snapshot, Volume


class ServiceNotFound(roots.NotFound):
    message = "Service {binary} could not be found on host {host}."


class HostInvalid(roots.BadRequest):
    message = "Service could not be found on host {host}."


class Hosts:
    """backend: the name of every host's pool.  down_after_s: silence after which one is down."""

    def __init__(
        self, database: Database, clock: Clock, *, backend: str, zone: str, down_after_s: float
    ) -> None:
        self._database = database
        self._clock = clock
        self._backend = backend
        self._zone = zone
        self._down_after_s = down_after_s

    @property
    def zone(self) -> str:
        """The zone that every host is in."""
        return self._zone

    def name(self, service: Service) -> str:
        """Return how a process' host is called: a worker's with its backend."""
        if service.binary == queries.WORKER:
            return f"{service.host}@{self._backend}"
        return service.host

    def cluster(self, service: Service) -> str | None:
        """Return the name of the cluster that a worker is counted to."""
        return queries.cluster_of(service)

    def pool(self, service: Service) -> str:
        """Return the name of a worker's pool."""
        return f"{self.name(service)}#{self._backend}"

    def is_up(self, service: Service) -> bool:
        """Tell whether a process was heard of lately."""
        return queries.is_up(service, self._clock(), self._down_after_s)

    def list(self, host: str | None = None, binary: str | None = None) -> builtins.list[Service]:
        """Return the processes; host: by its name with or without the backend."""
        with self._database.reading() as session:
            found = queries.listed(session)
        return [
            one
            for one in found
            if host in (None, one.host, self.name(one)) and binary in (None, one.binary)
        ]

    def workers(self) -> builtins.list[Service]:
        """Return the workers."""
        return self.list(binary=queries.WORKER)

    def switch(self, host: str, binary: str, *, disabled: bool, reason: str | None) -> Service:
        """Keep new volumes from a host, or not.  Raises ServiceNotFound."""
        found = self.list(host, binary)
        if not found:
            raise ServiceNotFound(binary=binary, host=host)
        with self._database.transaction() as session:
            service = session.get_one(Service, (found[0].binary, found[0].host))
            service.disabled, service.disabled_reason = disabled, reason
            session.flush()
            return service

    def freeze(self, host: str, *, frozen: bool) -> None:
        """Let nothing on a host change, or let it again.  Raises HostInvalid."""
        found = self.list(host, queries.WORKER)
        if not found:
            raise HostInvalid(host=host)
        with self._database.transaction() as session:
            service = session.get_one(Service, (queries.WORKER, found[0].host))
            service.frozen = frozen

    def held(self, host: str) -> builtins.list[dict[str, Any]]:
        """Return what projects have on a host, the sum of all first.  Raises HostInvalid."""
        found = self.list(host)
        if not found:
            raise roots.NotFound(reason=f"Host {host} could not be found.")
        plain = found[0].host
        with self._database.reading() as session:
            volumes = {
                str(project): (int(count), int(size or 0))
                for project, count, size in session.execute(
                    sa.select(Volume.project_id, sa.func.count(), sa.func.sum(Volume.size_gib))
                    .where(Volume.host == plain)
                    .group_by(Volume.project_id)
                )
            }
            snapshots = {
                str(project): (int(count), int(size or 0))
                for project, count, size in session.execute(
                    sa.select(Snapshot.project_id, sa.func.count(), sa.func.sum(Snapshot.size_gib))
                    .join(Volume, Volume.id == Snapshot.volume_id)
                    .where(Volume.host == plain)
                    .group_by(Snapshot.project_id)
                )
            }
        rows = [
            _held(host, project, volumes.get(project, (0, 0)), snapshots.get(project, (0, 0)))
            for project in sorted({*volumes, *snapshots})
        ]
        total = _held(host, "(total)", _sum(volumes), _sum(snapshots))
        return [total, *rows]


def _sum(found: dict[str, tuple[int, int]]) -> tuple[int, int]:
    return sum(one for one, _ in found.values()), sum(size for _, size in found.values())


def _held(
    host: str, project: str, volumes: tuple[int, int], snapshots: tuple[int, int]
) -> dict[str, Any]:
    return {
        "host": host,
        "project": project,
        "volume_count": str(volumes[0]),
        "total_volume_gb": str(volumes[1]),
        "snapshot_count": str(snapshots[0]),
        "total_snapshot_gb": str(snapshots[1]),
    }
