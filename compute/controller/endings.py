"""How a verb ends: its own outcome, and what in the database hangs on it, in one transaction."""

import datetime as dt
from typing import Any

from sqlalchemy import orm

from compute import states
from compute.db import ledger, moves
from compute.db import servers as queries
from compute.db.models import Migration, Server
from compute.logic import progress


def end(
    session: orm.Session,
    server: Server,
    generation: int,
    now: dt.datetime,
    *,
    fault: str = "",
    failed: str | None = None,
    **changes: Any,
) -> bool:
    """Finish a verb as progress.finish does, with all that follows from it."""
    verb, order = server.verb or "", server.order
    if not progress.finish(session, server, generation, now, fault=fault, failed=failed, **changes):
        return False
    if verb in states.RESIZES:
        migration = moves.open_of(session, server.id)
        if migration is not None and migration.id == order["resize"]["migration"]:
            _RESIZED[verb](session, server, migration, fault, now)
    if not fault and verb == states.SHELVE.name:
        at = now.replace(tzinfo=dt.UTC).timestamp()
        shelved = {"image_id": order.get("image_id"), "at": at}
        queries.touch(session, server, now, shelved=shelved)
    elif not fault and verb in states.UNSHELVES:
        queries.touch(session, server, now, shelved=None)
    return True


def _resized(
    session: orm.Session, server: Server, migration: Migration, fault: str, now: dt.datetime
) -> None:
    if fault:
        _back(session, server, migration, "error", now)
        return
    moves.close(session, migration, "finished", now)
    flavor = migration.new_flavor
    queries.touch(session, server, now, flavor=flavor, disk_gib=flavor["disk"])


def _confirmed(
    session: orm.Session, server: Server, migration: Migration, fault: str, now: dt.datetime
) -> None:
    if fault:
        moves.close(session, migration, "finished", now)
        return
    moves.close(session, migration, "confirmed", now)
    ledger.release(session, migration.id)
    _count(session, server, migration.new_flavor, now)


def _reverted(
    session: orm.Session, server: Server, migration: Migration, fault: str, now: dt.datetime
) -> None:
    if fault:
        moves.close(session, migration, "error", now)
        return
    _back(session, server, migration, "reverted", now)


def _back(
    session: orm.Session, server: Server, migration: Migration, status: str, now: dt.datetime
) -> None:
    """Let the server be, and hold, what it was and held before."""
    moves.close(session, migration, status, now)
    ledger.hand_over(session, migration.id, server.id)
    queries.touch(session, server, now, flavor=migration.old_flavor)
    _count(session, server, migration.old_flavor, now)


def _count(session: orm.Session, server: Server, flavor: Any, now: dt.datetime) -> None:
    queries.touch(
        session,
        server,
        now,
        vcpus=flavor["vcpus"],
        memory_mib=flavor["ram"],
        disk_gib=flavor["disk"],
    )


_RESIZED = {
    states.RESIZE.name: _resized,
    states.CONFIRM.name: _confirmed,
    states.REVERT.name: _reverted,
}
