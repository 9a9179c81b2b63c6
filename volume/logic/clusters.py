"""Clusters: hosts that are counted together, as their workers say themselves."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from common import errors as roots
from common.db import Database
from volume.db import services as queries
from volume.db.models import Service
from volume.logic.hosts import Hosts


class ClusterNotFound(roots.NotFound):
    message = "Cluster {name} could not be found."


@dataclasses.dataclass(frozen=True)
class Cluster:
    """name: `near@file`.  It is disabled when all of its hosts are, and up while one of them is."""

    name: str
    hosts: Sequence[Service]
    down: int

    @property
    def up(self) -> bool:
        return self.down < len(self.hosts)

    @property
    def disabled(self) -> bool:
        return all(one.disabled for one in self.hosts)

    @property
    def reason(self) -> str | None:
        """Why it is disabled."""
        return self.hosts[0].disabled_reason if self.disabled else None

    @property
    def frozen(self) -> bool:
        return all(one.frozen for one in self.hosts)

    @property
    def created_at(self) -> dt.datetime:
        return min(one.created_at for one in self.hosts)

    @property
    def seen_at(self) -> dt.datetime:
        return max(one.seen_at for one in self.hosts)


class Clusters:
    """There is one cluster for each name that workers are counted to."""

    def __init__(self, database: Database, hosts: Hosts) -> None:
        self._database = database
        self._hosts = hosts

    def list(self) -> list[Cluster]:
        """Return all clusters, by name."""
        found: dict[str, list[Service]] = {}
        for worker in self._hosts.workers():
            name = self._hosts.cluster(worker)
            if name is not None:
                found.setdefault(name, []).append(worker)
        return [
            Cluster(name, hosts, sum(not self._hosts.is_up(one) for one in hosts))
            for name, hosts in sorted(found.items())
        ]

    def get(self, name: str, binary: str) -> Cluster:
        """Return one cluster.  Raises ClusterNotFound."""
        for one in self.list():
            if one.name == name and binary == queries.WORKER:
                return one
        raise ClusterNotFound(name=name)

    def switch(self, name: str, binary: str, *, disabled: bool, reason: str | None) -> Cluster:
        """Keep new volumes from all hosts of a cluster, or not.  Raises ClusterNotFound."""
        hosts = [one.host for one in self.get(name, binary).hosts]
        with self._database.transaction() as session:
            for service in queries.workers(session):
                if service.host in hosts:
                    service.disabled, service.disabled_reason = disabled, reason
        return self.get(name, binary)
