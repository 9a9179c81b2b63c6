"""A change and the tokens it ends: one transaction, and the news of it after the commit."""

import collections
import contextlib
import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors
from common.context import RequestContext
from common.contracts import identity as contract
from common.db import Database
from common.revocations import Revocation
from common.rpc import Bus
from identity.db import revocations
from identity.db.models import Trust

LOG = logging.getLogger(__name__)


@dataclasses.dataclass
class Change:
    """One transaction that may end tokens."""

    session: orm.Session
    _conditions: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    def end(self, **condition: Any) -> None:
        """End the tokens that match every field: see common.revocations.Revocation."""
        if condition not in self._conditions:
            self._conditions.append(condition)

    def end_user(self, user_id: str, *, project_id: str | None = None) -> None:
        """End what a user, or another in the user's name, does: everywhere, or in a project."""
        self.end(user_id=user_id, **({"project_id": project_id} if project_id else {}))
        mine = Trust.trustor_user_id == user_id
        if project_id is None:
            mine |= Trust.trustee_user_id == user_id
        else:
            mine &= Trust.project_id == project_id
        for trust_id in self.session.scalars(sa.select(Trust.id).where(mine)):
            self.end(trust_id=trust_id)

    def write_rules(self, now: float, lifetime_s: int) -> list[Revocation]:
        """Record what was ended: the last thing before the commit, so that no token slips by."""
        return [
            revocations.add(
                self.session, issued_before=now, expires_at=now + lifetime_s, **condition
            )
            for condition in self._conditions
        ]


class Herald:
    """Tells every service which tokens ended, from a thread: no request waits for the broker.

    What could not be told is not lost: the sign of life names the newest rule, and whoever
    misses one asks for it.
    """

    def __init__(self, database: Database, bus: Bus, interval_s: float) -> None:
        self._database = database
        self._bus = bus
        self._interval_s = interval_s
        self._news: collections.deque[Revocation] = collections.deque(maxlen=1000)
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="herald", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def tell(self, rules: list[Revocation]) -> None:
        """Pass committed rules on, soon."""
        if rules:
            self._news.extend(rules)
            self._wake.set()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stopped.is_set():
            try:
                self._tell_news()
                if time.monotonic() >= due:
                    due = time.monotonic() + self._interval_s
                    self._sign_of_life()
            except Exception:
                LOG.exception("news of revocations could not be sent; services ask for them")
            self._wake.wait(max(0.0, due - time.monotonic()))
            self._wake.clear()

    def _tell_news(self) -> None:
        while self._news:
            rule = self._news.popleft()
            event = contract.TokensRevoked(sequence=rule.sequence, rule=rule.to_dict())
            self._bus.publish(RequestContext.internal(), event)

    def _sign_of_life(self) -> None:
        try:
            with self._database.reading() as session:
                newest = revocations.newest(session)
        except errors.DatabaseUnavailable:
            return
        event = contract.RevocationsAlive(sequence=newest)
        self._bus.publish(RequestContext.internal(), event)


class Work:
    """Where identity's reads and changes begin.

    herald: None where nobody is to be told at once, as in bootstrap.
    """

    def __init__(
        self,
        database: Database,
        herald: Herald | None = None,
        *,
        lifetime_s: int = 3600,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.database = database
        self.clock = clock
        self.lifetime_s = lifetime_s
        self._herald = herald

    @contextlib.contextmanager
    def reading(self) -> Iterator[orm.Session]:
        """Open a transaction that only reads."""
        with self.database.reading() as session:
            yield session

    @contextlib.contextmanager
    def change(self) -> Iterator[Change]:
        """Open a transaction; the tokens it ends are refused everywhere once it is committed."""
        rules: list[Revocation] = []
        with self.database.transaction() as session:
            change = Change(session)
            yield change
            session.flush()
            rules = change.write_rules(self.clock(), self.lifetime_s)
        if self._herald is not None:
            self._herald.tell(rules)
