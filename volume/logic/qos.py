"""QoS specs: limits that several volume types may share."""

import builtins
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from volume.db import types
from volume.db.models import QosSpecs, VolumeType


class QosNotFound(roots.NotFound):
    message = "No such qos spec {qos_id}."


class QosExists(roots.Conflict):
    message = "QoS spec {name} already exists."


class QosInUse(roots.BadRequest):
    message = "Qos specs {qos_id} is still associated with entities; force would delete it."


class Qos:
    """Reads and changes QoS specs."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def list(self) -> builtins.list[QosSpecs]:
        """Return all of them, by name."""
        with self._database.reading() as session:
            return list(session.scalars(sa.select(QosSpecs).order_by(QosSpecs.name)))

    def get(self, qos_id: str) -> QosSpecs:
        """Return one.  Raises QosNotFound."""
        with self._database.reading() as session:
            return _get(session, qos_id)

    def create(self, name: str, consumer: str, specs: Mapping[str, str]) -> QosSpecs:
        """Make one.  Raises QosExists."""
        with self._database.transaction() as session:
            if session.scalar(sa.select(QosSpecs.id).where(QosSpecs.name == name)):
                raise QosExists(name=name)
            made = QosSpecs(
                id=str(uuid.uuid4()),
                name=name,
                consumer=consumer,
                specs=dict(specs),
                created_at=self._clock(),
            )
            session.add(made)
            session.flush()
            return made

    def set(self, qos_id: str, changes: Mapping[str, str]) -> None:
        """Set keys, or the consumer.  Raises QosNotFound."""
        with self._database.transaction() as session:
            found = _get(session, qos_id)
            keys = dict(changes)
            found.consumer = keys.pop("consumer", found.consumer)
            found.specs = {**found.specs, **keys}

    def unset(self, qos_id: str, keys: Sequence[str]) -> None:
        """Take keys away.  Raises QosNotFound, also for a key that is not there."""
        with self._database.transaction() as session:
            found = _get(session, qos_id)
            for key in keys:
                if key not in found.specs:
                    raise roots.NotFound(reason=f"QoS spec {qos_id} has no spec with key {key}.")
            found.specs = {name: value for name, value in found.specs.items() if name not in keys}

    def delete(self, qos_id: str, *, force: bool) -> None:
        """Remove one.  force: also from the types that have it.  Raises QosNotFound, QosInUse."""
        with self._database.transaction() as session:
            found = _get(session, qos_id)
            if _types(session, qos_id) and not force:
                raise QosInUse(qos_id=qos_id)
            _part(session, VolumeType.qos_id == qos_id)
            session.delete(found)

    def types(self, qos_id: str) -> builtins.list[VolumeType]:
        """Return the types that have one.  Raises QosNotFound."""
        with self._database.reading() as session:
            _get(session, qos_id)
            return _types(session, qos_id)

    def associate(self, ctx: RequestContext, qos_id: str, type_id: str) -> None:
        """Give a type these limits.  Raises QosNotFound, TypeNotFound, BadRequest."""
        with self._database.transaction() as session:
            _get(session, qos_id)
            kind = types.get(session, ctx, type_id)
            if kind.qos_id not in (None, qos_id):
                raise roots.BadRequest(
                    reason=f"Type {type_id} is already associated with qos specs {kind.qos_id}; "
                    "disassociate it first."
                )
            kind.qos_id = qos_id

    def disassociate(self, ctx: RequestContext, qos_id: str, type_id: str | None) -> None:
        """Take the limits from a type, or from all.  Raises QosNotFound, TypeNotFound."""
        with self._database.transaction() as session:
            _get(session, qos_id)
            if type_id is not None:
                types.get(session, ctx, type_id)
                _part(session, VolumeType.id == type_id, VolumeType.qos_id == qos_id)
            else:
                _part(session, VolumeType.qos_id == qos_id)


def _get(session: orm.Session, qos_id: str) -> QosSpecs:
    found = session.get(QosSpecs, qos_id)
    if found is None:
        raise QosNotFound(qos_id=qos_id)
    return found


def _types(session: orm.Session, qos_id: str) -> list[VolumeType]:
    query = sa.select(VolumeType).where(VolumeType.qos_id == qos_id).order_by(VolumeType.name)
    return list(session.scalars(query))


def _part(session: orm.Session, *conditions: Any) -> None:
    session.execute(sa.update(VolumeType).where(*conditions).values(qos_id=None))
