"""Passwords are checked in one way everywhere, and whoever guesses is locked out."""

import dataclasses
import datetime as dt
from typing import Any

import sqlalchemy as sa

from common import clock, db
from identity.db.models import User
from identity.logic import passwords
from identity.logic.work import Work

# The option of a user whom wrong passwords do not lock out: a service, whose password nobody can
# guess, but whom anybody could keep from working.  Source: Identity API v3, user options.
NOT_COUNTED = "ignore_lockout_failure_attempts"


@dataclasses.dataclass(frozen=True)
class Lockout:
    """failures: wrong passwords in a row that lock a user out; 0: never."""

    failures: int = 0
    duration_s: int = 1800


class Door:
    """Says whose password is right.  rounds: bcrypt's work factor, for users who do not exist."""

    def __init__(self, work: Work, rounds: int, lockout: Lockout) -> None:
        self._work = work
        self._rounds = rounds
        self._lockout = lockout

    def opens(self, user: User | None, password: str) -> bool:
        """Say whether the password is the user's, and count the wrong ones.

        No password opens for nobody, or for a user who is locked out; that takes as long.  A user
        with the option `ignore_lockout_failure_attempts` is never locked out.
        """
        counted = user is not None and not user.options.get(NOT_COUNTED)
        locked = counted and user is not None and _locked(user)
        stored = user.password_hash if user is not None and not locked else None
        right = passwords.matches(password, stored, self._rounds)
        if user is None or locked:
            return False
        if counted:
            self._count(user, right)
        return right

    def _count(self, user: User, right: bool) -> None:
        """Note a wrong password, or forget the earlier ones after a right one."""
        if not self._lockout.failures or (right and not user.failures):
            return
        values: dict[str, Any] = {"failures": 0, "locked_until": None}
        if not right:
            expired = user.locked_until is not None
            count = sa.literal(1) if expired else User.failures + 1
            until = clock.utcnow() + dt.timedelta(seconds=self._lockout.duration_s)
            full = count >= self._lockout.failures
            values = {"failures": count, "locked_until": sa.case((full, until), else_=None)}
        with self._work.change() as change:
            db.matched(change.session, sa.update(User).where(User.id == user.id).values(**values))


def _locked(user: User) -> bool:
    return user.locked_until is not None and user.locked_until > clock.utcnow()
