"""Migrations as administrators see them."""

import builtins
import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from common.db import Database
from common.paging import Page
from compute.db import moves
from compute.db.models import Migration

COLUMNS = {
    "status": Migration.status,
    "instance_uuid": Migration.server_id,
    "source_compute": Migration.source_host,
    "migration_type": Migration.kind,
    "user_id": Migration.user_id,
    "project_id": Migration.project_id,
}


class Migrations:
    """Reading what was written down of resizes and moves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self,
        given: Mapping[str, str],
        page: Page,
        since: dt.datetime | None = None,
        before: dt.datetime | None = None,
    ) -> builtins.list[Migration]:
        """Return a page of migrations.

        given: COLUMNS' names and `host`, which is source or destination.
        since, before: when they changed last.  Raises BadRequest for an unknown marker.
        """
        conditions: builtins.list[sa.ColumnElement[bool]] = [
            COLUMNS[name] == value for name, value in given.items() if name in COLUMNS
        ]
        if "host" in given:
            either = (Migration.source_host, Migration.dest_host)
            conditions.append(sa.or_(*(column == given["host"] for column in either)))
        if since is not None:
            conditions.append(Migration.updated_at >= since)
        if before is not None:
            conditions.append(Migration.updated_at <= before)
        with self._database.reading() as session:
            return moves.page(session, conditions, page)
