"""Credentials: secrets kept for users, encrypted at rest."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from common.errors import BadRequest
from common.paging import Page
from identity.db import rows
from identity.db.models import Credential, User
from identity.drivers.vault import Vault
from identity.logic import ec2
from identity.logic.things import Things
from identity.logic.work import Work


class Credentials(Things[Credential]):
    """Every credential.  The rows that are returned hold the blob in the clear, unsaved.

    most: credentials of a user; -1: any number.
    """

    model = Credential
    writable = frozenset({"id", "user_id", "project_id", "type", "blob"})
    filters = frozenset({"user_id", "type"})

    def __init__(self, work: Work, vault: Vault, most: int = -1) -> None:
        super().__init__(work)
        self._vault = vault
        self._most = most

    def target(self, row: Credential) -> dict[str, str]:
        """Users may see their own."""
        return {"user_id": row.user_id}

    def list(self, ctx: RequestContext, query: Mapping[str, Any], page: Page) -> Sequence[Any]:
        """Return one page; those who may not see everybody's get their own."""
        return [self._clear(row) for row in super().list(ctx, query, page)]

    def get(self, row_id: str) -> Credential:
        """Return one.  Raises Missing."""
        return self._clear(super().get(row_id))

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Credential:
        """Keep a new one.  Raises Duplicate, Missing, BadRequest."""
        values = {name: value for name, value in wanted.items() if name != "id"}
        if values["type"] == "ec2":
            values["id"] = _ec2_id(values)
        values["blob"] = self._vault.seal(values["blob"])
        return self._clear(super().create(ctx, values))

    def update(self, ctx: RequestContext, row_id: str, wanted: Mapping[str, Any]) -> Credential:
        """Change one.  Raises Missing."""
        values = {name: value for name, value in wanted.items() if name != "id"}
        if "blob" in values:
            values["blob"] = self._vault.seal(values["blob"])
        return self._clear(super().update(ctx, row_id, values))

    def _prepare(self, session: orm.Session, ctx: RequestContext, values: dict[str, Any]) -> None:
        rows.get(session, User, values["user_id"])
        rows.room(session, Credential, values["user_id"], self._most)

    def _conditions(
        self, ctx: RequestContext, query: Mapping[str, Any]
    ) -> Sequence[sa.ColumnElement[bool]]:
        everybody = "admin" in ctx.roles or (ctx.system and "reader" in ctx.roles)
        own = [] if everybody else [Credential.user_id == ctx.user_id]
        return [*super()._conditions(ctx, query), *own]

    def _clear(self, row: Credential) -> Credential:
        row.blob = self._vault.open(row.blob)
        return row


def _ec2_id(values: Mapping[str, Any]) -> str:
    """Return the id of an EC2 key: found by whoever knows its access part.

    Raises BadRequest when the blob is none, or no project is named.
    """
    try:
        access = json.loads(values["blob"])["access"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadRequest(reason="Invalid blob in credential") from error
    if not values.get("project_id"):
        raise BadRequest(reason="An EC2 credential needs a project_id")
    return ec2.id_of(str(access))
