"""Users: who they are, and their passwords."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import clock
from common.context import RequestContext
from common.errors import BadRequest
from identity.db import assignments, rows
from identity.db.models import Domain, Group, Membership, OldPassword, Project, User
from identity.errors import AuthenticationFailed, PasswordUnacceptable
from identity.logic import passwords
from identity.logic.lockout import Door
from identity.logic.things import Before, Things
from identity.logic.work import Change, Work


class Users(Things[User]):
    """Every user.

    rounds: bcrypt's work factor.  history: how many of the latest passwords a new one, chosen by
    the user, must differ from; 0: none.
    """

    model = User
    writable = frozenset(
        {"name", "domain_id", "description", "enabled", "default_project_id", "options"}
        | {"password_hash", "password_changed_at"}
    )
    filters = frozenset({"id", "name", "domain_id", "enabled"})

    def __init__(self, work: Work, rounds: int, door: Door, history: int = 0) -> None:
        super().__init__(work)
        self._door = door
        self._rounds = rounds
        self._history = history

    def target(self, row: User) -> dict[str, str]:
        """Users may see themselves."""
        return {"domain_id": row.domain_id, "user_id": row.id}

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> User:
        """Store a new user.  Raises Duplicate, Missing."""
        return super().create(ctx, self._hashed(wanted))

    def update(self, ctx: RequestContext, row_id: str, wanted: Mapping[str, Any]) -> User:
        """Change a user; a new password ends the tokens of the old one."""
        return super().update(ctx, row_id, self._hashed(wanted))

    def change_password(self, user_id: str, original: str, password: str) -> None:
        """Change a password for a user who knows the old one; wrong ones count as at the login.

        Raises AuthenticationFailed, PasswordUnacceptable.
        """
        with self._work.reading() as session:
            user = session.get(User, user_id)
            old = _old(session, user_id, self._history - 1) if self._history else []
        known = user if user is not None and user.enabled else None
        if not self._door.opens(known, original) or user is None:
            raise AuthenticationFailed()
        barred = [str(user.password_hash), *old] if self._history else []
        if any(passwords.matches(password, each, self._rounds) for each in barred):
            raise PasswordUnacceptable(
                reason=f"the new password cannot be one of the latest {self._history}"
            )
        super().update(RequestContext.internal(), user_id, self._hashed({"password": password}))

    def projects(self, user_id: str) -> Sequence[Project]:
        """Return the projects that the user has a role on.  Raises Missing."""
        with self._work.reading() as session:
            rows.get(session, User, user_id)
            return assignments.projects_of(session, user_id)

    def domains(self, user_id: str) -> Sequence[Domain]:
        """Return the domains that the user has a role on."""
        with self._work.reading() as session:
            return assignments.domains_of(session, user_id)

    def on_system(self, user_id: str) -> bool:
        """Say whether the user has a role on the system."""
        with self._work.reading() as session:
            return bool(assignments.effective(session, user_id, "system", assignments.SYSTEM))

    def groups(self, user_id: str) -> Sequence[Group]:
        """Return the groups that the user is in.  Raises Missing."""
        with self._work.reading() as session:
            rows.get(session, User, user_id)
            query = sa.select(Group).join(Membership, Membership.group_id == Group.id)
            return session.scalars(
                query.where(Membership.user_id == user_id).order_by(Group.name)
            ).all()

    def _hashed(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values with a hash for the password: made before any transaction opens."""
        values = {
            name: value
            for name, value in wanted.items()
            if name not in ("password_hash", "password_changed_at", "original_password")
        }
        if "password" not in values:
            return values
        password = values.pop("password")
        values["password_hash"] = passwords.make(password, self._rounds) if password else None
        values["password_changed_at"] = clock.utcnow()
        return values

    def _prepare(self, session: orm.Session, ctx: RequestContext, values: dict[str, Any]) -> None:
        domain_id = values.get("domain_id") or ctx.domain_id or ctx.project_domain_id
        values["domain_id"] = rows.get(session, Domain, domain_id or "default").id
        _default_project(session, values)

    def _updated(self, change: Change, row: User, before: Before) -> None:
        if before.differs(row, "password_hash"):
            row.failures, row.locked_until = 0, None
            if self._history and before.values["password_hash"]:
                _remember(change.session, row.id, before.values["password_hash"], self._history)
            change.end_user(row.id)
        elif before.differs(row, "enabled") and not row.enabled:
            change.end_user(row.id)
        if before.differs(row, "default_project_id"):
            _default_project(change.session, {"default_project_id": row.default_project_id})

    def _leaving(self, change: Change, row: User) -> None:
        change.end_user(row.id)
        assignments.forget_actor(change.session, "user", row.id)


def _default_project(session: orm.Session, values: Mapping[str, Any]) -> None:
    """Raise BadRequest when the default project is a domain: nobody works in one."""
    project_id = values.get("default_project_id")
    if project_id and session.get(Domain, project_id) is not None:
        raise BadRequest(reason="User's default project ID cannot be a domain ID.")


def _old(session: orm.Session, user_id: str, most: int) -> list[str]:
    newest = sa.select(OldPassword.password_hash).where(OldPassword.user_id == user_id)
    order = newest.order_by(OldPassword.created_at.desc()).limit(max(most, 0))
    return list(session.scalars(order))


def _remember(session: orm.Session, user_id: str, password_hash: str, most: int) -> None:
    """Keep a hash, and no more than `most` of them."""
    newest = (
        sa.select(OldPassword)
        .where(OldPassword.user_id == user_id)
        .order_by(OldPassword.created_at.desc())
    )
    for surplus in session.scalars(newest).all()[most - 1 :]:
        session.delete(surplus)
    now: dt.datetime = clock.utcnow()
    session.add(OldPassword(user_id=user_id, password_hash=password_hash, created_at=now))
