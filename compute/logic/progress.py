"""How a server goes through a verb: begin, again, finish.

`begin` claims the server for one verb and raises its generation; whatever reports with another
generation changes nothing.  A deadline stands in the row while a verb is under way.
"""

import datetime as dt
import time
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import db
from common.context import RequestContext
from common.db import Database
from common.states import Verb
from compute import errors, states
from compute.db import servers as queries
from compute.db.models import Server

PLUG_PATIENCE_S, PLUG_LOOK_S = 5.0, 0.02
MAX_HOSTS = 3
"""On how many hosts a build is tried."""


def begin(
    session: orm.Session,
    ctx: RequestContext,
    server: Server,
    verb: Verb,
    now: dt.datetime,
    **order: Any,
) -> int:
    """Claim the server for one verb and return its new generation.

    order: what the verb needs to be ordered again later.  A delete may overtake anything.
    Raises ServerBusy when its status, or a verb under way, does not allow it.
    """
    claim = sa.update(Server).where(
        Server.id == server.id,
        Server.generation == server.generation,
        Server.status.in_(verb.start),
        Server.deleted_at.is_(None),
    )
    if verb is not states.DELETE:
        claim = claim.where(Server.verb.is_(None))
    if not db.matched(session, claim.values(**_claimed(verb, now, order))):
        raise busy(server, verb.name)
    session.refresh(server)
    action = verb.name.removesuffix("_hard").removesuffix("_off").removesuffix("_here")
    action = action.removeprefix("soft_")
    queries.record_action(session, ctx, server, action, now)
    return server.generation


def wait_for_plugs(
    database: Database, server_id: str, verbs: Collection[str] = states.PLUGS
) -> None:
    """Return once no device is being plugged into or out of a server, or after PLUG_PATIENCE_S.

    verbs: which are waited for.
    Clients attach one thing after another without looking at the server between; what is under
    way takes a fraction of a second, and no event of its end reaches an API process.
    """
    deadline = time.monotonic() + PLUG_PATIENCE_S
    while time.monotonic() < deadline:
        with database.reading() as session:
            server = queries.find(session, server_id)
        if server is None or server.verb not in verbs:
            return
        time.sleep(PLUG_LOOK_S)


def go_on(session: orm.Session, server: Server, verb: Verb, now: dt.datetime) -> None:
    """Begin what follows from the verb before; no user asked, so no action is written."""
    claim = sa.update(Server).where(
        Server.id == server.id, Server.verb.is_(None), Server.status.in_(verb.start)
    )
    if db.matched(session, claim.values(**_claimed(verb, now, {}))):
        session.refresh(server)


def _claimed(verb: Verb, now: dt.datetime, order: dict[str, Any]) -> dict[str, Any]:
    return {
        "verb": verb.name,
        "task_state": verb.running or None,
        "generation": Server.generation + 1,
        "attempts": 1,
        "deadline": now + dt.timedelta(seconds=verb.timeout_s),
        "order": order,
        "updated_at": now,
    }


def busy(server: Server, verb: str) -> errors.ServerBusy:
    """Return the error that says what keeps the server from a verb."""
    if server.task_state:
        state = f"task_state {server.task_state}"
    elif server.verb:
        state = f"the midst of {server.verb}"
    else:
        state = f"vm_state {states.VM_STATE[server.status]}"
    return errors.ServerBusy(server_id=server.id, verb=verb, state=state)


def again(session: orm.Session, server: Server, now: dt.datetime) -> bool:
    """Count one more attempt and move the deadline; False when another sweep was faster."""
    verb = states.VERBS[server.verb or ""]
    claim = (
        sa.update(Server)
        .where(
            Server.id == server.id,
            Server.generation == server.generation,
            Server.attempts == server.attempts,
            Server.verb == server.verb,
        )
        .values(
            attempts=Server.attempts + 1,
            deadline=now + dt.timedelta(seconds=verb.timeout_s),
        )
    )
    return db.matched(session, claim)


def elsewhere(session: orm.Session, server: Server, fault: str) -> bool:
    """Let a build begin again on another host; False when it has been tried on enough of them.

    fault: why it failed on this one, which is what is told if no other host will do.
    """
    tried = [*server.order.get("tried", ()), server.host]
    verb = states.VERBS[server.verb or ""]
    if server.host is None or len(tried) >= MAX_HOSTS:
        return False
    return move(
        session,
        server,
        "spawning",
        verb.running,
        host=None,
        attempts=1,
        order={**server.order, "tried": tried, "fault": fault},
    )


def move(
    session: orm.Session, server: Server, task_from: str, task_to: str, **changes: Any
) -> bool:
    """Go one step further within a verb; False when the server has moved on meanwhile."""
    step = (
        sa.update(Server)
        .where(
            Server.id == server.id,
            Server.generation == server.generation,
            Server.task_state == task_from,
        )
        .values(task_state=task_to, **changes)
    )
    if not db.matched(session, step):
        return False
    session.refresh(server)
    return True


def step(
    session: orm.Session, server_id: str, generation: int, task: str, now: dt.datetime
) -> bool:
    """Show how far a host has come with a verb, which moves its deadline too."""
    server = session.get(Server, server_id)
    if server is None or server.verb is None:
        return False
    deadline = now + dt.timedelta(seconds=states.VERBS[server.verb].timeout_s)
    claim = (
        sa.update(Server)
        .where(Server.id == server_id, Server.generation == generation, Server.verb == server.verb)
        .values(task_state=task, deadline=deadline)
    )
    return db.matched(session, claim)


def follow(session: orm.Session, server: Server, status: str, at: float, now: dt.datetime) -> bool:
    """Let a settled row follow its guest, unless a verb is under way or newer news was heard.

    at: the host's clock when the guest was seen.
    """
    step = (
        sa.update(Server)
        .where(
            Server.id == server.id,
            Server.verb.is_(None),
            Server.status.in_(states.SETTLED),
            Server.reported_at < at,
        )
        .values(status=status, reported_at=at, updated_at=now)
    )
    if not db.matched(session, step):
        return False
    session.refresh(server)
    return True


def finish(
    session: orm.Session,
    server: Server,
    generation: int,
    now: dt.datetime,
    *,
    fault: str = "",
    failed: str | None = None,
    **changes: Any,
) -> bool:
    """Record how the verb of one generation ended; False when that generation is over.

    fault: the sentence for the user, empty for success.
    failed: the status after a fault, where it differs from the verb's own.
    """
    verb = states.VERBS.get(server.verb or "")
    if verb is None:
        return False
    after = (failed or verb.failed) if fault else server.order.get(states.BACK, verb.done)
    values: dict[str, Any] = {"verb": None, "task_state": None, "deadline": None, "updated_at": now}
    if after is not None:
        values["status"] = after
    claim = (
        sa.update(Server)
        .where(Server.id == server.id, Server.generation == generation, Server.verb == server.verb)
        .values(**values, **changes)
    )
    if not db.matched(session, claim):
        return False
    session.refresh(server)
    queries.close_action(session, server, generation, fault, now)
    if fault and server.status == states.ERROR:
        queries.record_fault(session, server.id, fault, 500, now)
    elif not fault and server.status != states.ERROR:
        queries.forget_fault(session, server.id)
    return True
