"""What a project may have, and what it has: counted from the rows themselves.

Resources are named as the API does: `volumes`, `gigabytes`, `snapshots`, and each of them for one
type, `volumes_<type>`; a snapshot counts among the gigabytes, too.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import orm

from common import db
from volume import errors
from volume.db.models import Backup, Group, QuotaLimit, Snapshot, Volume, VolumeType

CLASS = "class:default"
PER_TYPE = ("volumes", "gigabytes", "snapshots")
NAMES = {
    "volumes": "VolumeLimitExceeded",
    "snapshots": "SnapshotLimitExceeded",
    "gigabytes": "VolumeSizeExceedsAvailableQuota",
    "per_volume_gigabytes": "VolumeSizeExceedsLimit",
    "backups": "BackupLimitExceeded",
    "backup_gigabytes": "VolumeBackupSizeExceedsAvailableQuota",
    "groups": "GroupLimitExceeded",
}


def resources(session: orm.Session, defaults: Mapping[str, int]) -> dict[str, int]:
    """Return every resource there is, with its default: those of the types have no limit."""
    found = dict(defaults)
    for name in session.scalars(sa.select(VolumeType.name).order_by(VolumeType.name)):
        found |= {f"{resource}_{name}": -1 for resource in PER_TYPE}
    query = sa.select(QuotaLimit).where(QuotaLimit.owner == CLASS)
    known = {row.resource: row.hard_limit for row in session.scalars(query)}
    return {name: known.get(name, limit) for name, limit in found.items()}


def limits(session: orm.Session, project_id: str, defaults: Mapping[str, int]) -> dict[str, int]:
    """Return the limits of a project: its own, else the cloud's."""
    found = resources(session, defaults)
    query = sa.select(QuotaLimit).where(QuotaLimit.owner == project_id)
    own = {row.resource: row.hard_limit for row in session.scalars(query)}
    return {name: own.get(name, limit) for name, limit in found.items()}


def usage(session: orm.Session, project_id: str) -> dict[str, int]:
    """Return what a project has now, altogether and by type."""
    query = sa.select(VolumeType.id, VolumeType.name)
    names = {str(one): str(name) for one, name in session.execute(query)}
    mine = sa.select(sa.func.count()).select_from(Group).where(Group.project_id == project_id)
    found = {"volumes": 0, "snapshots": 0, "gigabytes": 0, "groups": session.scalar(mine) or 0}
    kept = sa.select(sa.func.count(), sa.func.sum(Backup.size_gib))
    count, size = session.execute(kept.where(Backup.project_id == project_id)).one()
    found |= {"backups": int(count), "backup_gigabytes": int(size or 0)}
    for model, resource in ((Volume, "volumes"), (Snapshot, "snapshots")):
        counted = sa.select(model.type_id, sa.func.count(), sa.func.sum(model.size_gib)).where(
            model.project_id == project_id, model.consumes_quota
        )
        for type_id, count, size in session.execute(counted.group_by(model.type_id)):
            for suffix in ("", f"_{names.get(type_id, '')}"):
                for name, amount in ((resource, int(count)), ("gigabytes", int(size or 0))):
                    found[name + suffix] = found.get(name + suffix, 0) + amount
    return found


def require(
    session: orm.Session,
    project_id: str,
    wanted: Mapping[str, int],
    defaults: Mapping[str, int],
    *,
    type_name: str | None = None,
) -> None:
    """Return when the project may have so much more.  Raises QuotaExceeded naming the figure.

    per_volume_gigabytes is compared as it is.  type_name: whose own limits count, too.
    """
    db.lock(session, f"volume quota of {project_id}")
    allowed = limits(session, project_id, defaults)
    used = usage(session, project_id)
    asked = dict(wanted)
    if type_name is not None:
        asked |= {f"{name}_{type_name}": wanted[name] for name in PER_TYPE if name in wanted}
    for resource, amount in asked.items():
        limit = allowed.get(resource, -1)
        present = used.get(resource, 0)
        if 0 <= limit < present + amount:
            raise errors.QuotaExceeded(
                name=_name(resource),
                resource=resource,
                requested=amount,
                used=present,
                limit=limit,
            )


def _name(resource: str) -> str:
    plain = next((name for name in NAMES if resource.startswith(f"{name}_")), resource)
    return NAMES.get(resource) or NAMES.get(plain, "QuotaExceeded")


def set_limit(session: orm.Session, owner: str, resource: str, hard_limit: int) -> None:
    """Give a project, or the class, a limit of its own."""
    session.merge(QuotaLimit(owner=owner, resource=resource, hard_limit=hard_limit))


def reset(session: orm.Session, project_id: str) -> None:
    """Let the defaults count again."""
    session.execute(sa.delete(QuotaLimit).where(QuotaLimit.owner == project_id))
