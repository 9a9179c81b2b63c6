"""The security groups of a server: kept on its ports, remembered in its row."""

from typing import Any

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from compute.clients import NetworkService
from compute.db import servers as queries
from compute.db.models import Server
from compute.views.servers import NO_GROUP


class ServerSecurityGroups:
    """Adding, removing and listing the groups of a server's ports."""

    def __init__(self, database: Database, network: NetworkService, clock: Clock) -> None:
        self._database = database
        self._network = network
        self._clock = clock

    def list(self, ctx: RequestContext, server_id: str) -> list[dict[str, Any]]:
        """Return the groups of a server's ports, rules and all.  Raises ServerNotFound."""
        with self._database.reading() as session:
            queries.get(session, ctx, server_id)
        ids = {one for port in self._network.ports_of(server_id) for one in port["security_groups"]}
        return self._network.security_groups(ctx, ids=sorted(ids)) if ids else []

    def add(self, ctx: RequestContext, server_id: str, name: str) -> None:
        """Put a group on every port.  Raises ServerNotFound, NotFound for the group."""
        server, group = self._both(ctx, server_id, name)
        for port in self._network.ports_of(server_id):
            if group["id"] not in port["security_groups"]:
                groups = [*port["security_groups"], group["id"]]
                self._network.update_port(port["id"], security_groups=groups)
        self._remember(ctx, server)

    def remove(self, ctx: RequestContext, server_id: str, name: str) -> None:
        """Take a group off every port.  Raises ServerNotFound, NotFound for the group."""
        server, group = self._both(ctx, server_id, name)
        found = False
        for port in self._network.ports_of(server_id):
            if group["id"] in port["security_groups"]:
                found = True
                groups = [one for one in port["security_groups"] if one != group["id"]]
                self._network.update_port(port["id"], security_groups=groups)
        if not found:
            raise roots.NotFound()
        self._remember(ctx, server)

    def _both(
        self, ctx: RequestContext, server_id: str, name: str
    ) -> tuple[Server, dict[str, Any]]:
        with self._database.reading() as session:
            server = queries.get(session, ctx, server_id)
        for group in self._network.security_groups(ctx, server.project_id):
            if name in (group["name"], group["id"]):
                return server, group
        raise roots.NotFound()

    def _remember(self, ctx: RequestContext, server: Server) -> None:
        ids = {one for port in self._network.ports_of(server.id) for one in port["security_groups"]}
        groups = self._network.security_groups(ctx, ids=sorted(ids)) if ids else []
        kept = [{"id": group["id"], "name": group["name"]} for group in groups] or [NO_GROUP]
        with self._database.transaction() as session:
            row = session.get_one(Server, server.id)
            queries.touch(session, row, self._clock(), security_groups=kept)
