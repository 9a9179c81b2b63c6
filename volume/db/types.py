"""Queries about volume types: their specs, who may use them, encryption and QoS."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite

from common import paging
from common.context import RequestContext
from volume import errors
from volume.db.models import DefaultType, QosSpecs, TypeAccess, TypeEncryption, Volume, VolumeType

SEED = uuid.UUID("8c5bb8a4-7c56-4c3a-9f55-6f1d2f3f9f10")
"""What the ids of seeded types are made from."""


def usable(ctx: RequestContext) -> sa.ColumnElement[bool]:
    """Return the condition that only shows the types a caller may use."""
    if ctx.is_admin:
        return sa.true()
    access = sa.exists().where(
        TypeAccess.type_id == VolumeType.id, TypeAccess.project_id == ctx.project_id
    )
    return sa.or_(VolumeType.is_public, access)


def find(session: orm.Session, ctx: RequestContext, named: str) -> VolumeType:
    """Return a type by id or name that the caller may use.  Raises TypeNotFound."""
    for column in (VolumeType.id, VolumeType.name):
        found = session.scalar(sa.select(VolumeType).where(column == named, usable(ctx)))
        if found is not None:
            return found
    raise errors.TypeNotFound(type_id=named)


def get(session: orm.Session, ctx: RequestContext, type_id: str) -> VolumeType:
    """Return a type by id that the caller may use.  Raises TypeNotFound."""
    found = session.scalar(sa.select(VolumeType).where(VolumeType.id == type_id, usable(ctx)))
    if found is None:
        raise errors.TypeNotFound(type_id=type_id)
    return found


def seed(session: orm.Session, name: str, now: dt.datetime) -> VolumeType:
    """Return the type of that name; a missing one is made, with the same id by whoever is first."""
    found = session.scalar(sa.select(VolumeType).where(VolumeType.name == name))
    if found is None:
        is_postgresql = session.get_bind().dialect.name == "postgresql"
        insert = postgresql.insert if is_postgresql else sqlite.insert
        row = {"id": str(uuid.uuid5(SEED, name)), "name": name, "is_public": True}
        added = insert(VolumeType).values(**row, specs={}, created_at=now)
        session.execute(added.on_conflict_do_nothing())
        found = session.scalar(sa.select(VolumeType).where(VolumeType.name == name))
    if found is None:
        raise errors.TypeNotFound(type_id=name)
    return found


def default(session: orm.Session, project_id: str, name: str, now: dt.datetime) -> VolumeType:
    """Return the type of a project's volumes that name none: its own, else the cloud's."""
    own = session.get(DefaultType, project_id)
    found = session.get(VolumeType, own.type_id) if own else None
    return found or seed(session, name, now)


SORTABLE: dict[str, Any] = {
    "id": VolumeType.id,
    "name": VolumeType.name,
    "created_at": VolumeType.created_at,
    "updated_at": VolumeType.updated_at,
    "is_public": VolumeType.is_public,
}


def page(
    session: orm.Session,
    conditions: Sequence[sa.ColumnElement[bool]],
    wanted: paging.Page,
    offset: int,
) -> list[VolumeType]:
    """Return one page of types.  Raises BadRequest for an unknown marker."""
    query = sa.select(VolumeType).where(*conditions).offset(offset)
    return paging.fetch(session, query, SORTABLE, VolumeType.id, wanted)


def is_used(session: orm.Session, type_id: str) -> bool:
    """Tell whether volumes of a type exist."""
    query = sa.select(Volume.id).where(Volume.type_id == type_id).limit(1)
    return session.scalar(query) is not None


def projects_of(session: orm.Session, type_id: str) -> list[str]:
    """Return the projects that may use a private type."""
    query = sa.select(TypeAccess.project_id).where(TypeAccess.type_id == type_id)
    return sorted(session.scalars(query))


def encryption_of(session: orm.Session, type_id: str) -> TypeEncryption | None:
    """Return how volumes of a type are encrypted, or None."""
    return session.get(TypeEncryption, type_id)


def qos_of(session: orm.Session, type_id: str) -> dict[str, str] | None:
    """Return the limits that a guest's host keeps for volumes of a type, or None."""
    query = sa.select(QosSpecs).join(VolumeType, VolumeType.qos_id == QosSpecs.id)
    found = session.scalar(query.where(VolumeType.id == type_id))
    if found is None or found.consumer == "back-end" or not found.specs:
        return None
    return dict(found.specs)
