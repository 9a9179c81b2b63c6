"""Hosts, the processes on them, and zones, as administrators see them."""

import builtins
import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from compute.db import hosts as queries
from compute.db import ledger
from compute.db.hosts import INTERNAL_ZONE, HostState, ServiceState
from compute.db.ledger_models import Host, Inventory, Service
from compute.db.models import Server


class ServiceNotFound(roots.NotFound):
    message = "Service {service_id} could not be found."


class HostNotFound(roots.NotFound):
    message = "Hypervisor {host_id} could not be found."


class ComputeHostNotFound(roots.NotFound):
    message = "Compute host {name} could not be found."


class Hosts:
    """Reading and changing what is known about hosts."""

    def __init__(
        self, database: Database, clock: Clock, *, down_after_s: float, default_zone: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._down_after_s = down_after_s
        self._default_zone = default_zone

    def services(
        self, host: str | None = None, binary: str | None = None
    ) -> builtins.list[ServiceState]:
        """Return the processes, in the order they first came."""
        query = sa.select(Service).order_by(Service.number)
        if host is not None:
            query = query.where(Service.host == host)
        if binary is not None:
            query = query.where(Service.binary == binary)
        with self._database.reading() as session:
            groups = ledger.aggregates_by_host(session)
            return [self._state(row, groups) for row in session.scalars(query)]

    def _state(self, service: Service, groups: dict[str, Any]) -> ServiceState:
        alive_since = self._clock() - dt.timedelta(seconds=self._down_after_s)
        zone = INTERNAL_ZONE
        if service.binary == queries.COMPUTE:
            zone = ledger.zone_of(groups.get(service.host, []), self._default_zone)
        return ServiceState(service, ledger.is_up(service, alive_since), zone)

    def change_service(
        self, service_id: str | tuple[str, str], values: Mapping[str, Any]
    ) -> ServiceState:
        """Change a process' row, named by UUID or by host and binary.  Raises ServiceNotFound."""
        if isinstance(service_id, str):
            where = [Service.id == service_id]
        else:
            where = [Service.host == service_id[0], Service.binary == service_id[1]]
        with self._database.transaction() as session:
            service = session.scalar(sa.select(Service).where(*where))
            if service is None:
                raise ServiceNotFound(service_id=service_id)
            for key, value in values.items():
                setattr(service, key, value)
            session.flush()
            return self._state(service, ledger.aggregates_by_host(session))

    def remove_service(self, service_id: str) -> None:
        """Forget a process, named by UUID or number; with a host's worker also the host.

        It is there again as soon as it gives a sign of life.
        Raises ServiceNotFound, Conflict while servers are on the host.
        """
        named = [Service.id == service_id]
        if service_id.isdigit():
            named.append(Service.number == int(service_id))
        with self._database.transaction() as session:
            service = session.scalar(sa.select(Service).where(sa.or_(*named)))
            if service is None:
                raise ServiceNotFound(service_id=service_id)
            if service.binary == queries.COMPUTE:
                if queries.has_servers(session, service.host):
                    raise roots.Conflict(
                        reason="Unable to delete compute service that is hosting instances. "
                        "Migrate or delete the instances first."
                    )
                queries.forget(session, service.host)
            session.delete(service)

    def list(self, *, servers: bool = False) -> builtins.list[HostState]:
        """Return every host with its figures.  servers: whether its servers are loaded too."""
        with self._database.reading() as session:
            return [self._host(session, host, servers) for host in queries.listed(session)]

    def get(self, host_id: str, *, servers: bool = False) -> HostState:
        """Return one host, named by UUID or number.  Raises HostNotFound."""
        with self._database.reading() as session:
            for host in queries.listed(session):
                if host_id in (host.id, str(host.number)):
                    return self._host(session, host, servers)
        raise HostNotFound(host_id=host_id)

    def named(self, name: str) -> HostState:
        """Return one host by its name, with its servers.  Raises ComputeHostNotFound."""
        with self._database.reading() as session:
            host = session.scalar(sa.select(Host).where(Host.name == name))
            if host is None:
                raise ComputeHostNotFound(name=name)
            return self._host(session, host, True)

    def _host(self, session: orm.Session, host: Host, servers: bool) -> HostState:
        service = queries.compute_services(session)[host.name]
        inventories = session.scalars(sa.select(Inventory).where(Inventory.provider_id == host.id))
        living = sa.and_(Server.host == host.name, Server.deleted_at.is_(None))
        query = sa.select(Server).where(living).order_by(Server.created_at)
        return HostState(
            host=host,
            service=self._state(service, ledger.aggregates_by_host(session)),
            total={row.resource_class: row.total for row in inventories},
            used=ledger.usage(session, host.id),
            servers=[*session.scalars(query)],
        )

    def zones(self, ctx: RequestContext) -> dict[str, builtins.list[ServiceState]]:
        """Return the processes by zone."""
        found: dict[str, builtins.list[ServiceState]] = {}
        for state in self.services():
            found.setdefault(state.zone, []).append(state)
        return found
