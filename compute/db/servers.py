"""Queries about servers and their parts."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import db, paging
from common.context import RequestContext
from compute import errors, states
from compute.db.models import Action, Fault, Nic, Server, ServerTag


def mine(ctx: RequestContext) -> sa.ColumnElement[bool]:
    """Return the condition that only shows the caller's own rows; an administrator sees all."""
    if ctx.is_admin:
        return sa.true()
    return Server.project_id == ctx.project_id


def get(
    session: orm.Session, ctx: RequestContext, server_id: str, *, deleted: bool = False
) -> Server:
    """Return one server the caller may see.  Raises ServerNotFound."""
    query = sa.select(Server).where(Server.id == server_id, mine(ctx))
    if not deleted:
        query = query.where(Server.deleted_at.is_(None))
    found = session.scalar(query)
    if found is None:
        raise errors.ServerNotFound(server_id=server_id)
    return found


def find(session: orm.Session, server_id: str) -> Server | None:
    """Return a server, deleted or not, or None."""
    return session.get(Server, server_id)


def page(
    session: orm.Session, conditions: Iterable[sa.ColumnElement[bool]], wanted: paging.Page
) -> list[Server]:
    """Return one page of servers.  Raises BadRequest for an unknown marker."""
    query = sa.select(Server).where(*conditions)
    return paging.fetch(session, query, SORTABLE, Server.id, wanted)


SORTABLE: dict[str, Any] = {
    "created_at": Server.created_at,
    "updated_at": Server.updated_at,
    "launched_at": Server.launched_at,
    "display_name": Server.name,
    "display_description": Server.description,
    "name": Server.name,
    "hostname": Server.hostname,
    "host": Server.host,
    "vm_state": Server.status,
    "task_state": Server.task_state,
    "power_state": Server.status,
    "status": Server.status,
    "uuid": Server.id,
    "id": Server.id,
    "project_id": Server.project_id,
    "user_id": Server.user_id,
    "image_ref": Server.image_id,
    "instance_type_id": Server.memory_mib,
    "key_name": Server.key_name,
    "availability_zone": Server.zone,
    "access_ip_v4": Server.access_ip_v4,
    "access_ip_v6": Server.access_ip_v6,
    "config_drive": Server.config_drive,
    "launch_index": Server.launch_index,
    "locked": Server.locked,
    "node": Server.host,
    "auto_disk_config": Server.disk_config,
    "root_device_name": Server.id,
    "terminated_at": Server.deleted_at,
    "progress": Server.id,
    "kernel_id": Server.id,
    "ramdisk_id": Server.id,
    "locked_by": Server.locked_by_admin,
}


def nics_of(session: orm.Session, server_ids: Sequence[str]) -> dict[str, list[Nic]]:
    """Return the ports of some servers, in their order, by server id."""
    found: dict[str, list[Nic]] = {server_id: [] for server_id in server_ids}
    for start in range(0, len(server_ids), 500):
        part = server_ids[start : start + 500]
        query = sa.select(Nic).where(Nic.server_id.in_(part)).order_by(Nic.position)
        for nic in session.scalars(query):
            found[nic.server_id].append(nic)
    return found


def servers_of_ports(session: orm.Session, port_ids: Collection[str]) -> dict[str, str]:
    """Return the servers' ids by the ports that lead to them."""
    query = sa.select(Nic.port_id, Nic.server_id).where(Nic.port_id.in_(port_ids))
    query = query.join(Server, Server.id == Nic.server_id).where(Server.deleted_at.is_(None))
    return {str(port_id): server_id for port_id, server_id in session.execute(query)}


def tags_of(session: orm.Session, server_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the tags of some servers, sorted, by server id."""
    found: dict[str, list[str]] = {server_id: [] for server_id in server_ids}
    query = sa.select(ServerTag).where(ServerTag.server_id.in_(server_ids)).order_by(ServerTag.tag)
    for row in session.scalars(query):
        found[row.server_id].append(row.tag)
    return found


def faults_of(session: orm.Session, server_ids: Sequence[str]) -> dict[str, Fault]:
    """Return the newest faults by server id."""
    query = sa.select(Fault).where(Fault.server_id.in_(server_ids))
    return {fault.server_id: fault for fault in session.scalars(query)}


def record_fault(
    session: orm.Session, server_id: str, message: str, code: int, now: dt.datetime
) -> None:
    """Keep the reason why a server is in ERROR."""
    session.merge(Fault(server_id=server_id, code=code, message=message[:2000], created_at=now))


def forget_fault(session: orm.Session, server_id: str) -> None:
    """Drop the reason: the server is well again."""
    session.execute(sa.delete(Fault).where(Fault.server_id == server_id))


def record_action(
    session: orm.Session, ctx: RequestContext, server: Server, action: str, now: dt.datetime
) -> None:
    """Write down who asked what of a server, under the request's id."""
    session.add(
        Action(
            id=str(uuid.uuid4()),
            server_id=server.id,
            generation=server.generation,
            request_id=ctx.request_id,
            action=action,
            user_id=ctx.user_id,
            project_id=ctx.project_id,
            started_at=now,
        )
    )


def close_action(
    session: orm.Session,
    server: Server,
    generation: int,
    fault: str,
    now: dt.datetime,
) -> None:
    """Write down how the action of one generation ended."""
    session.execute(
        sa.update(Action)
        .where(
            Action.server_id == server.id,
            Action.generation == generation,
            Action.finished_at.is_(None),
        )
        .values(
            finished_at=now,
            result="Error" if fault else "Success",
            message=fault or None,
            host=server.host,
        )
    )


def actions(session: orm.Session, server_id: str) -> list[Action]:
    """Return all that was asked of a server, newest first."""
    query = sa.select(Action).where(Action.server_id == server_id)
    return list(session.scalars(query.order_by(Action.started_at.desc(), Action.id)))


def touch(session: orm.Session, server: Server, now: dt.datetime, **changes: Any) -> bool:
    """Change plain columns of a living server; say whether it still lives."""
    update = sa.update(Server).where(Server.id == server.id, Server.deleted_at.is_(None))
    if not db.matched(session, update.values(updated_at=now, **changes)):
        return False
    session.refresh(server)
    return True


def on_host(session: orm.Session, host: str, guests: Iterable[str]) -> dict[str, Server]:
    """Return the servers that live on a host, and those among the guests named, by id."""
    query = sa.select(Server).where(
        sa.or_(
            sa.and_(Server.host == host, Server.deleted_at.is_(None)),
            Server.id.in_(list(guests)),
        )
    )
    return {server.id: server for server in session.scalars(query)}


def deleted(session: orm.Session, server_ids: Collection[str]) -> set[str]:
    """Return those of the ids that belong to a deleted server; unknown ones do not."""
    query = sa.select(Server.id).where(Server.id.in_(server_ids), Server.deleted_at.is_not(None))
    return set(session.scalars(query))


def known(session: orm.Session, server_ids: Collection[str]) -> set[str]:
    """Return those of the ids that belong to a server, also to a deleted one."""
    return set(session.scalars(sa.select(Server.id).where(Server.id.in_(server_ids))))


def shelved(session: orm.Session, before: float, limit: int = 100) -> list[Server]:
    """Return the servers whose guests are still on their hosts, shelved since before a moment."""
    query = sa.select(Server).where(
        Server.status == states.SHELVED, Server.verb.is_(None), Server.deleted_at.is_(None)
    )
    found = session.scalars(query.order_by(Server.updated_at).limit(limit))
    return [server for server in found if (server.shelved or {}).get("at", 0) <= before]


def soft_deleted(session: orm.Session, before: dt.datetime, limit: int = 100) -> list[Server]:
    """Return the servers that were put aside before a moment."""
    query = sa.select(Server).where(
        Server.status == states.SOFT_DELETED,
        Server.verb.is_(None),
        Server.deleted_at.is_(None),
        Server.updated_at <= before,
    )
    return list(session.scalars(query.order_by(Server.updated_at).limit(limit)))


def overdue(session: orm.Session, now: dt.datetime, limit: int = 200) -> list[Server]:
    """Return the servers whose verb is under way too long, the oldest first."""
    query = sa.select(Server).where(Server.deadline < now).order_by(Server.deadline).limit(limit)
    return list(session.scalars(query))


def leave_password(session: orm.Session, server: Server, password: str) -> bool:
    """Keep what a guest left for its owner; say whether there was none before."""
    query = sa.update(Server).where(Server.id == server.id, Server.guest_password.is_(None))
    return db.matched(session, query.values(guest_password=password))
