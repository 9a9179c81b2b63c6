"""/os-migrations, and what moves one server at this moment."""

import datetime as dt
from urllib.parse import urlencode

import falcon

from common import errors, http, paging
from common.policy import Policy
from compute.api.versions import base_url, since
from compute.logic.filters import moment_of
from compute.logic.migrations import Migrations
from compute.logic.servers import Servers
from compute.policies import migrations as policies
from compute.schemas import migrations as schemas
from compute.views import migrations as views


class MigrationsResource:
    """/os-migrations"""

    def __init__(self, policy: Policy, migrations: Migrations) -> None:
        self._policy = policy
        self._migrations = migrations

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.LIST)
        version = req.context.version
        page = paging.Page(order=(("created_at", False),))
        if version >= (2, 59):
            page = paging.page(req, sort_keys=[])
        given = {name: str(req.get_param(name) or "") for name in req.params}
        if version < (2, 80):
            given = {k: v for k, v in given.items() if k not in ("user_id", "project_id")}
        found = self._migrations.list(
            given,
            page,
            self._moment(given, "changes-since") if version >= (2, 59) else None,
            self._moment(given, "changes-before") if version >= (2, 66) else None,
        )
        resp.media = {"migrations": [views.migration(version, row) for row in found]}
        if version >= (2, 59) and found and len(found) == page.limit:
            params = urlencode({**req.params, "marker": found[-1].id}, doseq=True)
            href = f"{base_url(req)}{req.path}?{params}"
            resp.media["migrations_links"] = [{"rel": "next", "href": href}]

    def _moment(self, given: dict[str, str], key: str) -> dt.datetime | None:
        return moment_of(key, given[key]) if key in given else None


class MigrationMissing(errors.NotFound):
    message = "In-progress live migration {migration_id} is not found for server {server_id}."


class ServerMigrationsResource:
    """/servers/{server_id}/migrations, from 2.23 on: what moves it while it runs.

    No server here moves while it runs, so there is never one.
    """

    def __init__(self, policy: Policy, servers: Servers) -> None:
        self._policy = policy
        self._servers = servers

    def on_get(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.LIVE)
        since(req, (2, 23))
        self._servers.plain(req.context.ctx, server_id)
        resp.media = {"migrations": []}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, migration_id: str
    ) -> None:
        self._missing(req, server_id, migration_id, (2, 23))

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, migration_id: str
    ) -> None:
        self._missing(req, server_id, migration_id, (2, 24))

    def on_post_action(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, migration_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.LIVE)
        since(req, (2, 22))
        http.body(req, schemas.FORCE_COMPLETE)
        self._servers.plain(req.context.ctx, server_id)
        missing = MigrationMissing(migration_id=migration_id, server_id=server_id)
        raise errors.BadRequest(reason=str(missing))

    def _missing(
        self, req: falcon.Request, server_id: str, migration_id: str, version: tuple[int, int]
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.LIVE)
        since(req, version)
        self._servers.plain(req.context.ctx, server_id)
        raise MigrationMissing(migration_id=migration_id, server_id=server_id)
