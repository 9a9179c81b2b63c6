"""Volume types: made, changed and removed by administrators, used by everybody."""

import builtins
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common import paging
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from volume.db import types as queries
from volume.db.models import DefaultType, TypeAccess, TypeEncryption, VolumeType


class TypeExists(roots.Conflict):
    message = "Volume Type {name} already exists."


class TypeInUse(roots.BadRequest):
    message = "Target volume type is still in use: volumes of type {type_id} exist."


class SpecNotFound(roots.NotFound):
    message = "Volume Type {type_id} has no extra specs with key {key}."


class EncryptionNotFound(roots.NotFound):
    message = "Volume type encryption for type {type_id} does not exist."


class EncryptionExists(roots.BadRequest):
    message = "Volume type encryption for type {type_id} already exists."


class Types:
    """Reads and changes types.  default_type: the name of the cloud's default."""

    def __init__(self, database: Database, clock: Clock, *, default_type: str) -> None:
        self._database = database
        self._clock = clock
        self._default_type = default_type

    def list(
        self,
        ctx: RequestContext,
        page: paging.Page,
        offset: int,
        *,
        public: bool | None,
        specs: Mapping[str, str],
    ) -> builtins.list[VolumeType]:
        """Return a page of the types a caller may use.  public: None for both kinds."""
        conditions = [queries.usable(ctx)]
        if public is not None:
            conditions.append(VolumeType.is_public.is_(public))
        with self._database.transaction() as session:
            queries.seed(session, self._default_type, self._clock())
            found = queries.page(session, conditions, page, offset)
        return [
            kind
            for kind in found
            if all(kind.specs.get(key) == value for key, value in specs.items())
        ]

    def get(self, ctx: RequestContext, type_id: str) -> VolumeType:
        """Return a type by its id, or `default`: the caller's.  Raises TypeNotFound."""
        with self._database.transaction() as session:
            if type_id == "default":
                now = self._clock()
                return queries.default(session, ctx.project_id or "", self._default_type, now)
            return queries.get(session, ctx, type_id)

    def create(self, wanted: Mapping[str, Any]) -> VolumeType:
        """Make a type.  wanted: name, description, is_public, specs.  Raises TypeExists."""
        with self._database.transaction() as session:
            _refuse_name(session, wanted["name"])
            kind = VolumeType(
                id=str(uuid.uuid4()),
                name=wanted["name"],
                description=wanted.get("description"),
                is_public=wanted["is_public"],
                specs=dict(wanted.get("specs") or {}),
                created_at=self._clock(),
            )
            session.add(kind)
            session.flush()
            return kind

    def update(self, ctx: RequestContext, type_id: str, changes: Mapping[str, Any]) -> VolumeType:
        """Change name, description or is_public.  Raises TypeNotFound, TypeExists."""
        with self._database.transaction() as session:
            kind = queries.get(session, ctx, type_id)
            if changes.get("name", kind.name) != kind.name:
                _refuse_name(session, changes["name"])
            for name, value in changes.items():
                setattr(kind, name, value)
            kind.updated_at = self._clock()
            session.flush()
            return kind

    def delete(self, ctx: RequestContext, type_id: str) -> None:
        """Remove a type that no volume has.  Raises TypeNotFound, TypeInUse."""
        with self._database.transaction() as session:
            kind = queries.get(session, ctx, type_id)
            if queries.is_used(session, type_id):
                raise TypeInUse(type_id=type_id)
            if kind.name == self._default_type:
                raise roots.BadRequest(reason=f"Type {kind.name} is the cloud's default and stays.")
            for part in (TypeAccess, TypeEncryption, DefaultType):
                session.execute(sa.delete(part).where(part.type_id == type_id))
            session.delete(kind)

    def set_specs(
        self, ctx: RequestContext, type_id: str, specs: Mapping[str, str]
    ) -> dict[str, str]:
        """Give a type extra specs, beside those it has.  Raises TypeNotFound."""
        with self._database.transaction() as session:
            kind = queries.get(session, ctx, type_id)
            kind.specs = {**kind.specs, **specs}
            kind.updated_at = self._clock()
            return kind.specs

    def delete_spec(self, ctx: RequestContext, type_id: str, key: str) -> None:
        """Take an extra spec away.  Raises TypeNotFound, SpecNotFound."""
        with self._database.transaction() as session:
            kind = queries.get(session, ctx, type_id)
            if key not in kind.specs:
                raise SpecNotFound(type_id=type_id, key=key)
            kind.specs = {name: value for name, value in kind.specs.items() if name != key}

    def projects(self, ctx: RequestContext, type_id: str) -> builtins.list[str]:
        """Return who may use a private type.  Raises TypeNotFound, also for a public one."""
        with self._database.reading() as session:
            if queries.get(session, ctx, type_id).is_public:
                raise roots.NotFound(reason="Access list not available for public volume types.")
            return queries.projects_of(session, type_id)

    def allow(self, ctx: RequestContext, type_id: str, project_id: str) -> None:
        """Let a project use a private type.  Raises TypeNotFound, Conflict."""
        with self._database.transaction() as session:
            if queries.get(session, ctx, type_id).is_public:
                raise roots.Conflict(
                    reason="Type access modification is not applicable to public volume type."
                )
            if project_id in queries.projects_of(session, type_id):
                raise roots.Conflict(
                    reason=f"Volume type access for {type_id} / {project_id} already exists."
                )
            session.add(TypeAccess(type_id=type_id, project_id=project_id))

    def forbid(self, ctx: RequestContext, type_id: str, project_id: str) -> None:
        """Take a private type from a project.  Raises TypeNotFound, NotFound."""
        with self._database.transaction() as session:
            queries.get(session, ctx, type_id)
            found = session.get(TypeAccess, (type_id, project_id))
            if found is None:
                raise roots.NotFound(
                    reason=f"Volume type access not found for {type_id} / {project_id}."
                )
            session.delete(found)

    def encryption(self, ctx: RequestContext, type_id: str) -> TypeEncryption | None:
        """Return how volumes of a type are encrypted, or None.  Raises TypeNotFound."""
        with self._database.reading() as session:
            queries.get(session, ctx, type_id)
            return queries.encryption_of(session, type_id)

    def encrypt(
        self, ctx: RequestContext, type_id: str, wanted: Mapping[str, Any]
    ) -> TypeEncryption:
        """Have volumes of a type encrypted.  Raises TypeNotFound, EncryptionExists, TypeInUse."""
        with self._database.transaction() as session:
            queries.get(session, ctx, type_id)
            if queries.encryption_of(session, type_id) is not None:
                raise EncryptionExists(type_id=type_id)
            if queries.is_used(session, type_id):
                raise TypeInUse(type_id=type_id)
            made = TypeEncryption(
                type_id=type_id, id=str(uuid.uuid4()), created_at=self._clock(), **wanted
            )
            session.add(made)
            session.flush()
            return made

    def change_encryption(
        self, ctx: RequestContext, type_id: str, encryption_id: str, changes: Mapping[str, Any]
    ) -> None:
        """Encrypt otherwise.  Raises TypeNotFound, EncryptionNotFound, TypeInUse."""
        with self._database.transaction() as session:
            found = self._encryption(session, ctx, type_id, encryption_id)
            for name, value in changes.items():
                setattr(found, name, value)
            found.updated_at = self._clock()

    def decrypt(self, ctx: RequestContext, type_id: str, encryption_id: str) -> None:
        """Encrypt no more.  Raises TypeNotFound, EncryptionNotFound, TypeInUse."""
        with self._database.transaction() as session:
            session.delete(self._encryption(session, ctx, type_id, encryption_id))

    def _encryption(
        self, session: orm.Session, ctx: RequestContext, type_id: str, encryption_id: str
    ) -> TypeEncryption:
        queries.get(session, ctx, type_id)
        found = queries.encryption_of(session, type_id)
        if found is None or found.id != encryption_id:
            raise EncryptionNotFound(type_id=type_id)
        if queries.is_used(session, type_id):
            raise TypeInUse(type_id=type_id)
        return found

    def defaults(self) -> Sequence[DefaultType]:
        """Return the projects that have a default of their own."""
        with self._database.reading() as session:
            return list(session.scalars(sa.select(DefaultType).order_by(DefaultType.project_id)))

    def default_of(self, project_id: str) -> DefaultType:
        """Return a project's own default.  Raises NotFound."""
        with self._database.reading() as session:
            found = session.get(DefaultType, project_id)
        if found is None:
            raise roots.NotFound(
                reason=f"Default type for project {project_id} not found; the cloud's counts."
            )
        return found

    def set_default(self, ctx: RequestContext, project_id: str, named: str) -> DefaultType:
        """Give a project a default of its own.  Raises TypeNotFound."""
        with self._database.transaction() as session:
            kind = queries.find(session, ctx, named)
            return session.merge(DefaultType(project_id=project_id, type_id=kind.id))

    def unset_default(self, project_id: str) -> None:
        """Let the cloud's default count for a project again."""
        with self._database.transaction() as session:
            session.execute(sa.delete(DefaultType).where(DefaultType.project_id == project_id))


def _refuse_name(session: orm.Session, name: str) -> None:
    if session.scalar(sa.select(VolumeType.id).where(VolumeType.name == name)) is not None:
        raise TypeExists(name=name)
