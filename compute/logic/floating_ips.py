"""Floating addresses for clients from before the network service: all is done there."""

import builtins
from collections.abc import Mapping
from typing import Any

from common import errors as roots
from common.context import RequestContext
from common.db import Database
from compute.clients import NetworkService
from compute.db import servers as queries
from compute.db.models import Nic

Row = dict[str, Any]


class FloatingIpMissing(roots.NotFound):
    message = "Floating IP not found for ID {floating_id}"


class AddressMissing(roots.NotFound):
    message = "floating IP not found"


class PoolMissing(roots.NotFound):
    message = "Floating IP pool not found."


class FloatingIps:
    """Passes on what is asked of floating addresses, in the words of the Networking API.

    A row is what that API shows, with `pool` (its network's name) and `server_id` beside.
    """

    def __init__(self, database: Database, network: NetworkService) -> None:
        self._database = database
        self._network = network

    def pools(self, ctx: RequestContext) -> builtins.list[str]:
        """Return the names of the networks that floating addresses come from."""
        return [str(one["name"] or one["id"]) for one in self._external(ctx)]

    def list(self, ctx: RequestContext) -> builtins.list[Row]:
        """Return the project's floating addresses."""
        return self._whole(ctx, self._found(ctx, {"project_id": ctx.project_id}))

    def get(self, ctx: RequestContext, floating_id: str) -> Row:
        """Return one floating address.  Raises FloatingIpMissing."""
        found = self._whole(ctx, self._found(ctx, {"id": floating_id}))
        if not found:
            raise FloatingIpMissing(floating_id=floating_id)
        return found[0]

    def create(self, ctx: RequestContext, pool: str | None) -> Row:
        """Take an address from a network, named or by id.  Raises PoolMissing, Forbidden."""
        external = self._external(ctx)
        names = [one for one in external if pool in (None, one["name"], one["id"])]
        if not names:
            raise PoolMissing()
        body = {"floatingip": {"floating_network_id": names[0]["id"]}}
        made: Row = self._network.pass_on(ctx, "POST", "/floatingips", json=body)["floatingip"]
        return made | {"pool": names[0]["name"] or names[0]["id"], "server_id": None}

    def delete(self, ctx: RequestContext, floating_id: str) -> None:
        """Give an address back.  Raises FloatingIpMissing."""
        self.get(ctx, floating_id)
        self._network.pass_on(ctx, "DELETE", f"/floatingips/{floating_id}")

    def associate(
        self, ctx: RequestContext, server_id: str, address: str, fixed: str | None
    ) -> None:
        """Lead a floating address to a server, to its first IPv4 address where none is named.

        Raises ServerNotFound, AddressMissing, BadRequest when the server has no such address.
        """
        with self._database.reading() as session:
            server = queries.get(session, ctx, server_id)
            nics = queries.nics_of(session, [server.id])[server.id]
        port_id, chosen = _end(nics, fixed)
        floating = self._addressed(ctx, address)
        values = {"port_id": port_id, "fixed_ip_address": chosen}
        self._update(ctx, floating["id"], values)

    def dissociate(self, ctx: RequestContext, server_id: str, address: str) -> None:
        """Lead a floating address to nowhere.

        Raises ServerNotFound, AddressMissing, Conflict when it leads to another server or none.
        """
        with self._database.reading() as session:
            server = queries.get(session, ctx, server_id)
            ports = {nic.port_id for nic in queries.nics_of(session, [server.id])[server.id]}
        floating = self._addressed(ctx, address)
        if not floating.get("port_id") or floating["port_id"] not in ports:
            raise roots.Conflict(
                reason=f"Floating IP {address} is not associated with instance {server_id}."
            )
        self._update(ctx, floating["id"], {"port_id": None})

    def _update(self, ctx: RequestContext, floating_id: str, values: Row) -> None:
        path = f"/floatingips/{floating_id}"
        self._network.pass_on(ctx, "PUT", path, json={"floatingip": values})

    def _addressed(self, ctx: RequestContext, address: str) -> Row:
        found = self._found(ctx, {"floating_ip_address": address})
        if not found:
            raise AddressMissing()
        return found[0]

    def _found(self, ctx: RequestContext, params: Mapping[str, Any]) -> builtins.list[Row]:
        answer = self._network.pass_on(ctx, "GET", "/floatingips", params=list(params.items()))
        found: builtins.list[Row] = answer["floatingips"]
        return found

    def _external(self, ctx: RequestContext) -> builtins.list[Row]:
        return [one for one in self._network.networks(ctx) if one.get("router:external")]

    def _whole(self, ctx: RequestContext, rows: builtins.list[Row]) -> builtins.list[Row]:
        """Return the rows with the pool's name and the server's id, by one call and one query."""
        if not rows:
            return []
        names = {one["id"]: one["name"] or one["id"] for one in self._external(ctx)}
        ports = [row["port_id"] for row in rows if row.get("port_id")]
        with self._database.reading() as session:
            servers = queries.servers_of_ports(session, ports)
        return [
            row
            | {
                "pool": names.get(row["floating_network_id"], row["floating_network_id"]),
                "server_id": servers.get(row.get("port_id") or ""),
            }
            for row in rows
        ]


def _end(nics: builtins.list[Nic], fixed: str | None) -> tuple[str, str]:
    """Return the port and the address of a server that a floating address leads to."""
    ends = [
        (nic.port_id, str(one["address"])) for nic in nics if nic.port_id for one in nic.addresses
    ]
    if not ends:
        raise roots.BadRequest(reason="No fixed IPs associated to instance")
    for port_id, address in ends:
        if address == fixed or (fixed is None and ":" not in address):
            return port_id, address
    raise roots.BadRequest(
        reason=f"Specified fixed address {fixed} is none of the instance's: "
        + ", ".join(address for _, address in ends)
    )
