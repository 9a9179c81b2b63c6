"""Ports of a server that come and go while it exists."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from compute import errors, states
from compute.clients import NetworkService
from compute.db import servers as queries
from compute.db.models import Nic
from compute.logic import checks, orders, progress, wiring


class PortNotAttached(roots.NotFound):
    message = "Instance {server_id} has no port {port_id}."


class Interfaces:
    """Attaching, detaching and listing ports."""

    def __init__(self, database: Database, bus: Bus, network: NetworkService, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._network = network
        self._clock = clock

    def list(self, ctx: RequestContext, server_id: str) -> list[tuple[Nic, Mapping[str, Any]]]:
        """Return the ports of a server, each as our row and as the network service shows it."""
        with self._database.reading() as session:
            queries.get(session, ctx, server_id)
            nics = queries.nics_of(session, [server_id])[server_id]
        ports = {port["id"]: port for port in self._network.ports_of(server_id)} if nics else {}
        return [(nic, ports[nic.port_id]) for nic in nics if nic.port_id in ports]

    def attach(
        self,
        ctx: RequestContext,
        server_id: str,
        asked: Mapping[str, Any],
        *,
        over_lock: bool = False,
    ) -> tuple[Nic, Mapping[str, Any]]:
        """Give a server one more port, and order it to the guest.

        Raises ServerNotFound, ServerLocked, ServerBusy, BadRequest, PortInUse.
        """
        progress.wait_for_plugs(self._database, server_id)
        with self._database.reading() as session:
            server = queries.get(session, ctx, server_id)
            position = len(queries.nics_of(session, [server_id])[server_id])
        if server.locked and not over_lock:
            raise errors.ServerLocked(server_id=server_id)
        if server.verb is not None or server.status not in states.ATTACH.start:
            raise progress.busy(server, states.ATTACH.name)
        wanted = checks.networks(self._network, ctx, _as_network(asked))
        if not wanted:
            raise roots.BadRequest(reason="The project has no network to attach to.")
        nic = new_nic(server_id, position, wanted[0])
        rows = wiring.wire(self._network, server, [nic], again=False)
        for key, value in rows[nic.id].items():
            setattr(nic, key, value)
        try:
            with self._database.transaction() as session:
                server = queries.get(session, ctx, server_id)
                progress.begin(
                    session, ctx, server, states.ATTACH, self._clock(), port_id=nic.port_id
                )
                session.add(nic)
        except (errors.ServerBusy, errors.ServerNotFound):
            wiring.let_go(self._network, nic)
            raise
        message, host = orders.order_for(server, [nic])
        self._bus.cast(ctx, message, host=host)
        ports = {port["id"]: port for port in self._network.ports_of(server_id)}
        return nic, ports.get(nic.port_id or "", {})

    def detach(
        self, ctx: RequestContext, server_id: str, port_id: str, *, over_lock: bool = False
    ) -> None:
        """Order a port away from the guest; its report lets the port go.

        Raises ServerNotFound, ServerLocked, PortNotAttached, ServerBusy.
        """
        progress.wait_for_plugs(self._database, server_id)
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            if server.locked and not over_lock:
                raise errors.ServerLocked(server_id=server_id)
            nics = queries.nics_of(session, [server_id])[server_id]
            if port_id not in {nic.port_id for nic in nics}:
                raise PortNotAttached(server_id=server_id, port_id=port_id)
            progress.begin(session, ctx, server, states.DETACH, self._clock(), port_id=port_id)
        message, host = orders.order_for(server, nics)
        self._bus.cast(ctx, message, host=host)


def _as_network(asked: Mapping[str, Any]) -> Sequence[Mapping[str, Any]] | None:
    if asked.get("port_id"):
        return [{"port": asked["port_id"], "tag": asked.get("tag")}]
    if asked.get("net_id"):
        one = {"uuid": asked["net_id"], "tag": asked.get("tag")}
        if asked.get("fixed_ips"):
            one["fixed_ip"] = asked["fixed_ips"][0]["ip_address"]
        return [one]
    return None


def new_nic(server_id: str, position: int, wanted: checks.NicWanted) -> Nic:
    """Return the row of a port that was asked for."""
    return Nic(
        id=str(uuid.uuid4()),
        server_id=server_id,
        position=position,
        network_id=wanted.network_id,
        network_name=wanted.network_name,
        mtu=wanted.mtu,
        tag=wanted.tag,
        ours=wanted.port_id is None,
        wanted_address=wanted.address,
        port_id=wanted.port_id,
        mac=wanted.mac,
        addresses=[],
    )
