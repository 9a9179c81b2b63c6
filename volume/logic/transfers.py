"""Transfers: a volume is offered by one project, and taken over by whoever knows the key.

Of the key only a hash is kept.  Source: Block Storage API v3, "Volume transfers".
"""

import builtins
import hashlib
import hmac
import secrets
import uuid

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from volume import errors, states
from volume.db import quotas, volumes
from volume.db.models import Snapshot, Transfer, Volume, VolumeType
from volume.logic import news, progress


class TransferNotFound(roots.NotFound):
    message = "Transfer {transfer_id} could not be found."


class WrongKey(roots.BadRequest):
    message = "Invalid auth key: Attempt to transfer {transfer_id} with invalid auth key."


class Transfers:
    """Offers volumes and hands them over.  quota: the configured limits."""

    def __init__(
        self, database: Database, bus: Bus, clock: Clock, *, quota: dict[str, int]
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._quota = quota

    def create(
        self, ctx: RequestContext, volume_id: str, name: str | None, *, no_snapshots: bool
    ) -> tuple[Transfer, str]:
        """Offer a volume; return the transfer and its key, which nobody is told again.

        Raises VolumeNotFound, VolumeBusy, InvalidVolume.
        """
        key = secrets.token_hex(8)
        now = self._clock()
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            present = volumes.snapshots_of(session, volume_id)
            busy = [one.id for one in present if one.status != states.AVAILABLE]
            if busy and not no_snapshots:
                raise errors.InvalidVolume(reason=f"Snapshot {busy[0]} of the volume is busy.")
            wanted = frozenset({states.AVAILABLE})
            progress.set_status(
                session, volume, wanted, "be transferred", states.AWAITING_TRANSFER, now
            )
            transfer = Transfer(
                id=str(uuid.uuid4()),
                volume_id=volume_id,
                project_id=volume.project_id,
                name=name,
                key_hash=_hash(key),
                no_snapshots=no_snapshots,
                created_at=now,
            )
            session.add(transfer)
            session.flush()
        news.tell(self._bus, ctx, volume)
        return transfer, key

    def list(self, ctx: RequestContext, *, everywhere: bool) -> builtins.list[Transfer]:
        """Return the transfers of the project, or of all."""
        query = sa.select(Transfer).order_by(Transfer.created_at, Transfer.id)
        if not (everywhere and ctx.is_admin):
            query = query.where(Transfer.project_id == ctx.project_id)
        with self._database.reading() as session:
            return builtins.list(session.scalars(query))

    def get(self, ctx: RequestContext, transfer_id: str) -> Transfer:
        """Return a transfer of the project.  Raises TransferNotFound."""
        with self._database.reading() as session:
            return _get(session, ctx, transfer_id)

    def delete(self, ctx: RequestContext, transfer_id: str) -> None:
        """Take an offer back.  Raises TransferNotFound."""
        with self._database.transaction() as session:
            transfer = _get(session, ctx, transfer_id)
            volume = session.get_one(Volume, transfer.volume_id)
            if volume.status == states.AWAITING_TRANSFER:
                volume.status = states.AVAILABLE
            session.delete(transfer)
        news.tell(self._bus, ctx, volume)

    def accept(self, ctx: RequestContext, transfer_id: str, key: str) -> Transfer:
        """Take a volume over.  Raises TransferNotFound, WrongKey, QuotaExceeded, InvalidVolume."""
        with self._database.transaction() as session:
            transfer = session.get(Transfer, transfer_id)
            if transfer is None:
                raise TransferNotFound(transfer_id=transfer_id)
            if not hmac.compare_digest(transfer.key_hash, _hash(key)):
                raise WrongKey(transfer_id=transfer_id)
            volume = session.get_one(Volume, transfer.volume_id)
            if volume.status != states.AWAITING_TRANSFER:
                raise errors.InvalidVolume(reason=f"Volume {volume.id} is no longer on offer.")
            self._hand_over(session, ctx, volume, transfer)
            session.delete(transfer)
        news.tell(self._bus, ctx, volume)
        return transfer

    def _hand_over(
        self, session: orm.Session, ctx: RequestContext, volume: Volume, transfer: Transfer
    ) -> None:
        snapshots = [] if transfer.no_snapshots else volumes.snapshots_of(session, volume.id)
        kind = session.get_one(VolumeType, volume.type_id)
        more = {
            "volumes": 1,
            "snapshots": len(snapshots),
            "gigabytes": volume.size_gib + sum(one.size_gib for one in snapshots),
        }
        project_id = ctx.project_id or ""
        quotas.require(session, project_id, more, self._quota, type_name=kind.name)
        moved = {"project_id": project_id, "user_id": ctx.user_id}
        session.execute(
            sa.update(Snapshot)
            .where(Snapshot.id.in_([one.id for one in snapshots]))
            .values(**moved)
        )
        volume.project_id, volume.user_id = project_id, ctx.user_id or ""
        volume.status, volume.updated_at = states.AVAILABLE, self._clock()
        session.flush()


def _get(session: orm.Session, ctx: RequestContext, transfer_id: str) -> Transfer:
    found = session.get(Transfer, transfer_id)
    if found is None or (found.project_id != ctx.project_id and not ctx.is_admin):
        raise TransferNotFound(transfer_id=transfer_id)
    return found


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
