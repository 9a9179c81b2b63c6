"""Not waiting for the sweep: what is under way on hosts is taken up, or given up, at once.

Source: Block Storage API v3, "Workers".
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.clock import Clock
from common.db import Database
from volume import errors, states
from volume.db import services as queries
from volume.db.models import Backup, Service, Snapshot, Volume
from volume.logic.hosts import Hosts


@dataclasses.dataclass(frozen=True)
class Cleaned:
    """cleaning: whose resources are looked after now.  unavailable: whom nobody looks after."""

    cleaning: Sequence[Service]
    unavailable: Sequence[Service]


class Cleanup:
    """The controllers carry it out."""

    def __init__(self, database: Database, hosts: Hosts, clock: Clock) -> None:
        self._database = database
        self.hosts = hosts
        self._clock = clock

    def ask(self, wanted: Mapping[str, Any]) -> Cleaned:
        """Have orders to hosts that are up sent again, and those to hosts that are down end.

        wanted: host, binary, cluster_name, is_up (else those that are down), disabled, service_id,
        resource_id, resource_type.  Raises InvalidInput for a resource that is not there.
        """
        found: Sequence[Service] = [one for one in self.hosts.list() if self._meant(one, wanted)]
        if not any(
            one.binary == queries.SCHEDULER and self.hosts.is_up(one) for one in self.hosts.list()
        ):
            return Cleaned([], found)
        with self._database.transaction() as session:
            found = _of_resource(session, found, wanted)
            for one in found:
                if one.binary == queries.WORKER:
                    self._hasten(session, one, wanted)
        return Cleaned(found, [])

    def _meant(self, one: Service, wanted: Mapping[str, Any]) -> bool:
        cluster = self.hosts.cluster(one) or ""
        return (
            one.binary == (wanted.get("binary") or queries.WORKER)
            and self.hosts.is_up(one) == bool(wanted.get("is_up"))
            and wanted.get("disabled") in (None, one.disabled)
            and wanted.get("host") in (None, one.host, self.hosts.name(one))
            and wanted.get("cluster_name") in (None, cluster, cluster.partition("@")[0] or None)
            and str(wanted.get("service_id") or one.id) == one.id
        )

    def _hasten(self, session: orm.Session, worker: Service, wanted: Mapping[str, Any]) -> None:
        """Let the next sweep find what is under way on a host; on one that is down, as failed.

        A volume that is backed up or restored follows its backup.
        """
        now = self._clock()
        values: dict[str, Any] = {"deadline": now}
        if not self.hosts.is_up(worker):
            values["attempts"] = states.LONG + 1
        of_host = sa.select(Volume.id).where(Volume.host == worker.host)
        for model, places in (
            (Volume, sa.and_(Volume.host == worker.host, Volume.verb.not_in(states.DRIVEN))),
            (Snapshot, Snapshot.volume_id.in_(of_host)),
            (Backup, Backup.host == worker.host),
        ):
            if _other(model, wanted):
                continue
            change = sa.update(model).where(places, model.verb.is_not(None), model.deadline > now)
            if wanted.get("resource_id"):
                change = change.where(model.id == wanted["resource_id"])
            session.execute(change.values(**values))


def _other(model: type[Volume] | type[Snapshot] | type[Backup], wanted: Mapping[str, Any]) -> bool:
    kind = str(wanted.get("resource_type") or "").lower()
    return bool(kind) and kind != model.__name__.lower()


def _of_resource(
    session: orm.Session, found: Sequence[Service], wanted: Mapping[str, Any]
) -> Sequence[Service]:
    """Return those that have the resource; all where none is named.  Raises InvalidInput."""
    resource_id = wanted.get("resource_id")
    if not resource_id:
        return found
    host = None
    for model in (Volume, Snapshot):
        row = None if _other(model, wanted) else session.get(model, resource_id)
        if isinstance(row, Snapshot):
            row = session.get_one(Volume, row.volume_id)
        host = row.host if isinstance(row, Volume) else host
    if host is None:
        raise errors.InvalidInput(
            reason=f"There is no volume or snapshot {resource_id} on any host."
        )
    return [one for one in found if one.host == host]
