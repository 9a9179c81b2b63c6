"""How a volume or a snapshot goes through a verb: begin, again, finish.

`begin` claims the row for one verb and raises its generation; whatever reports with another
generation changes nothing.  A deadline stands in the row while a verb is under way.
"""

import datetime as dt
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import orm

from common import db
from common.errors import CloudError
from common.states import Verb
from volume import errors, states
from volume.db.models import Backup, Snapshot, Volume

Row = TypeVar("Row", Volume, Snapshot, Backup)


def verbs_of(model: type[Volume] | type[Snapshot] | type[Backup]) -> dict[str, Verb]:
    """Return the verbs that rows of a kind go through."""
    if model is Backup:
        return states.BACKUP_VERBS
    return states.VERBS if model is Volume else states.SNAPSHOT_VERBS


def begun(verb: Verb, now: dt.datetime, **order: Any) -> dict[str, Any]:
    """Return the columns of a new row whose first verb is under way."""
    return {
        "status": verb.running,
        "verb": verb.name,
        "generation": 1,
        "attempts": 1,
        "deadline": now + dt.timedelta(seconds=verb.timeout_s),
        "order": order,
    }


def begin(session: orm.Session, row: Row, verb: Verb, now: dt.datetime, **order: Any) -> int:
    """Claim the row for one verb and return its new generation.

    order: what the verb needs to be ordered again later.
    Raises VolumeBusy or SnapshotBusy when its status, or a verb under way, does not allow it.
    """
    model = type(row)
    claim = (
        sa.update(model)
        .where(
            model.id == row.id,
            model.generation == row.generation,
            model.status.in_(verb.start),
            model.verb.is_(None),
        )
        .values(
            verb=verb.name,
            previous=row.status,
            status=verb.running,
            generation=model.generation + 1,
            attempts=1,
            deadline=now + dt.timedelta(seconds=verb.timeout_s),
            order=order,
            updated_at=now,
        )
    )
    if not db.matched(session, claim):
        session.refresh(row)
        raise busy(row, verb.name, verb.start)
    session.refresh(row)
    return row.generation


def busy(row: Volume | Snapshot | Backup, verb: str, wanted: frozenset[str]) -> CloudError:
    """Return the error that says what keeps the row from a verb."""
    facts = {"status": row.status, "verb": verb, "wanted": " or ".join(sorted(wanted))}
    if isinstance(row, Volume):
        return errors.VolumeBusy(volume_id=row.id, **facts)
    if isinstance(row, Backup):
        return errors.BackupBusy(backup_id=row.id, **facts)
    return errors.SnapshotBusy(snapshot_id=row.id, **facts)


def again(session: orm.Session, row: Row, now: dt.datetime) -> bool:
    """Count one more attempt and move the deadline; False when another sweep was faster."""
    model = type(row)
    verb = verbs_of(model)[row.verb or ""]
    claim = (
        sa.update(model)
        .where(
            model.id == row.id,
            model.generation == row.generation,
            model.attempts == row.attempts,
            model.verb == row.verb,
        )
        .values(attempts=model.attempts + 1, deadline=now + dt.timedelta(seconds=verb.timeout_s))
    )
    if not db.matched(session, claim):
        return False
    session.refresh(row)
    return True


def note(session: orm.Session, row: Row, now: dt.datetime, **order: Any) -> bool:
    """Keep more of how far a verb has come; False when its generation is over."""
    model = type(row)
    verb = verbs_of(model)[row.verb or ""]
    claim = (
        sa.update(model)
        .where(model.id == row.id, model.generation == row.generation, model.verb == row.verb)
        .values(order={**row.order, **order}, deadline=now + dt.timedelta(seconds=verb.timeout_s))
    )
    if not db.matched(session, claim):
        return False
    session.refresh(row)
    return True


def finish(
    session: orm.Session,
    row: Row,
    generation: int,
    now: dt.datetime,
    *,
    fault: str = "",
    status: str | None = None,
    **changes: Any,
) -> bool:
    """Record how the verb of one generation ended; False when that generation is over.

    fault: the sentence for the user, empty for success.
    status: the one afterwards, where it is neither the verb's own nor the one from before.
    """
    model = type(row)
    verb = verbs_of(model).get(row.verb or "")
    if verb is None:
        return False
    after = status or (verb.failed if fault else verb.done) or row.previous
    claim = (
        sa.update(model)
        .where(model.id == row.id, model.generation == generation, model.verb == verb.name)
        .values(status=after, previous=None, verb=None, deadline=None, updated_at=now, **changes)
    )
    if not db.matched(session, claim):
        return False
    session.refresh(row)
    return True


def set_status(
    session: orm.Session, row: Row, starts: frozenset[str], verb: str, status: str, now: dt.datetime
) -> None:
    """Change a status at once, for what takes no time.  Raises VolumeBusy, SnapshotBusy."""
    model = type(row)
    claim = (
        sa.update(model)
        .where(
            model.id == row.id,
            model.generation == row.generation,
            model.status.in_(starts),
            model.verb.is_(None),
        )
        .values(status=status, generation=model.generation + 1, updated_at=now)
    )
    if not db.matched(session, claim):
        session.refresh(row)
        raise busy(row, verb, starts)
    session.refresh(row)
