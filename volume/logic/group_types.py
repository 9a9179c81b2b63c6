"""Group types: what groups of volumes are for."""

import builtins
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from common import errors as roots
from common import paging
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from volume.db import groups as queries
from volume.db.models import Group, GroupType

DEFAULT = "default_group_type"


class GroupTypeExists(roots.Conflict):
    message = "Group Type {name} already exists."


class GroupTypeInUse(roots.BadRequest):
    message = "Target group type is still in use: groups of type {type_id} exist."


class SpecNotFound(roots.NotFound):
    message = "Group Type {type_id} has no specs with key {key}."


class GroupTypes:
    """Reads and changes group types."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def list(
        self, ctx: RequestContext, page: paging.Page, offset: int, *, public: bool | None
    ) -> builtins.list[GroupType]:
        """Return a page of the types a caller may use.  public: None for both kinds."""
        query = sa.select(GroupType).offset(offset)
        if not ctx.is_admin:
            query = query.where(GroupType.is_public)
        elif public is not None:
            query = query.where(GroupType.is_public.is_(public))
        with self._database.reading() as session:
            return paging.fetch(session, query, queries.TYPES_SORTABLE, GroupType.id, page)

    def get(self, ctx: RequestContext, type_id: str) -> GroupType:
        """Return a type.  Raises GroupTypeNotFound."""
        with self._database.reading() as session:
            named = DEFAULT if type_id == "default" else type_id
            return queries.get_type(session, ctx, named)

    def create(self, wanted: Mapping[str, Any]) -> GroupType:
        """Make a type.  wanted: name, description, is_public, specs.  Raises GroupTypeExists."""
        with self._database.transaction() as session:
            taken = sa.select(GroupType.id).where(GroupType.name == wanted["name"])
            if session.scalar(taken):
                raise GroupTypeExists(name=wanted["name"])
            made = GroupType(id=str(uuid.uuid4()), created_at=self._clock(), **wanted)
            session.add(made)
            session.flush()
            return made

    def update(self, ctx: RequestContext, type_id: str, changes: Mapping[str, Any]) -> GroupType:
        """Change name, description or is_public.  Raises GroupTypeNotFound, GroupTypeExists."""
        with self._database.transaction() as session:
            found = queries.get_type(session, ctx, type_id)
            name = changes.get("name", found.name)
            taken = sa.select(GroupType.id).where(GroupType.name == name)
            if name != found.name and session.scalar(taken):
                raise GroupTypeExists(name=name)
            for key, value in changes.items():
                setattr(found, key, value)
            found.updated_at = self._clock()
            session.flush()
            return found

    def delete(self, ctx: RequestContext, type_id: str) -> None:
        """Remove a type that no group has.  Raises GroupTypeNotFound, GroupTypeInUse."""
        with self._database.transaction() as session:
            found = queries.get_type(session, ctx, type_id)
            if session.scalar(sa.select(Group.id).where(Group.group_type_id == found.id).limit(1)):
                raise GroupTypeInUse(type_id=type_id)
            session.delete(found)

    def set_specs(
        self, ctx: RequestContext, type_id: str, specs: Mapping[str, str]
    ) -> dict[str, str]:
        """Give a type specs, beside those it has.  Raises GroupTypeNotFound."""
        with self._database.transaction() as session:
            found = queries.get_type(session, ctx, type_id)
            found.specs = {**found.specs, **specs}
            return found.specs

    def spec(self, ctx: RequestContext, type_id: str, key: str) -> dict[str, str]:
        """Return one spec.  Raises GroupTypeNotFound, SpecNotFound."""
        found = self.get(ctx, type_id)
        if key not in found.specs:
            raise SpecNotFound(type_id=type_id, key=key)
        return {key: found.specs[key]}

    def delete_spec(self, ctx: RequestContext, type_id: str, key: str) -> None:
        """Take a spec away.  Raises GroupTypeNotFound, SpecNotFound."""
        with self._database.transaction() as session:
            found = queries.get_type(session, ctx, type_id)
            if key not in found.specs:
                raise SpecNotFound(type_id=type_id, key=key)
            found.specs = {name: value for name, value in found.specs.items() if name != key}
