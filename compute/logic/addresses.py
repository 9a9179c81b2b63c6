"""The fixed addresses of a server's ports: seen anew, added, removed."""

import builtins
import logging
from typing import Any

from common import errors as roots
from common import neighbours
from common.context import RequestContext
from common.db import Database
from compute.clients import NetworkService
from compute.db import servers as queries
from compute.db.models import Nic
from compute.logic import wiring

LOG = logging.getLogger(__name__)


class Addresses:
    """Keeps what compute shows of a server's addresses as the network service has it."""

    def __init__(self, database: Database, network: NetworkService) -> None:
        self._database = database
        self._network = network

    def of(self, ctx: RequestContext, server_id: str) -> builtins.list[Nic]:
        """Return a server's ports.  Raises ServerNotFound."""
        with self._database.reading() as session:
            queries.get(session, ctx, server_id)
            return queries.nics_of(session, [server_id])[server_id]

    def add(self, ctx: RequestContext, server_id: str, network_id: str) -> None:
        """Give a server's port one more address of its network.

        Raises ServerNotFound, BadRequest when no port is in the network.
        """
        port = self._port(self.of(ctx, server_id), "network_id", network_id)
        if port is None or not port["fixed_ips"]:
            raise roots.BadRequest(
                reason=f"Instance {server_id} has no address on network {network_id} to add to."
            )
        more = {"subnet_id": port["fixed_ips"][0]["subnet_id"]}
        self._set(server_id, port, [*port["fixed_ips"], more])

    def remove(self, ctx: RequestContext, server_id: str, address: str) -> None:
        """Take an address from a server.  Raises ServerNotFound, BadRequest when it has it not."""
        nics = self.of(ctx, server_id)
        holder = next(
            (nic for nic in nics if address in [one["address"] for one in nic.addresses]), None
        )
        port = self._port([holder], "id", holder.port_id or "") if holder else None
        if port is None:
            raise roots.BadRequest(reason=f"Instance {server_id} has no address {address}.")
        left = [one for one in port["fixed_ips"] if one["ip_address"] != address]
        self._set(server_id, port, left)

    def _port(self, nics: builtins.list[Nic], key: str, value: str) -> dict[str, Any] | None:
        if not nics:
            return None
        ports = self._network.ports_of(nics[0].server_id)
        return next((port for port in ports if port[key] == value), None)

    def _set(
        self, server_id: str, port: dict[str, Any], fixed: builtins.list[dict[str, Any]]
    ) -> None:
        try:
            self._network.update_port(port["id"], fixed_ips=fixed)
        except neighbours.ServiceFailed as error:
            raise roots.BadRequest(reason=str(error)) from error
        self.look_again(server_id)

    def look_again(self, server_id: str) -> None:
        """Write down the addresses that a server's ports have at the network service now."""
        try:
            ports = {port["id"]: port for port in self._network.ports_of(server_id)}
            networks = {port["network_id"] for port in ports.values()}
            subnets = self._network.subnets(networks) if networks else {}
        except (neighbours.ServiceFailed, neighbours.ServiceSilent) as error:
            LOG.warning("addresses of server %s stay as they were: %s", server_id, error)
            return
        with self._database.transaction() as session:
            for nic in queries.nics_of(session, [server_id])[server_id]:
                port = ports.get(nic.port_id or "")
                if port is not None:
                    nic.addresses = wiring.row_of(port, subnets)["addresses"]
