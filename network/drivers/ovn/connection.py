"""One OVSDB database, held in memory and kept up to date by one thread.

Everybody else hands that thread a function and waits for its outcome, so rows are never read
while they change and each function's writes are one transaction.  A connection that is lost is
made again; what is asked meanwhile waits until its deadline.
"""

import concurrent.futures
import contextlib
import dataclasses
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ovs import jsonrpc, poller, stream
from ovs.db import idl

from network.drivers.base import EngineUnavailable
from network.drivers.ovn.rows import Index, Row, Rows

LOG = logging.getLogger(__name__)

T = TypeVar("T")
Key = Callable[[Row], str]

RETRY_MS = 50
RECONNECT_MS = 1000


def by_name(row: Row) -> str:
    return str(row.name)


class Listener:
    """Told about rows, by the database's thread; it must neither wait nor ask the database."""

    def changed(self, event: str, row: Row) -> None:
        """A row came (create), changed (update) or went (delete)."""

    def whole(self, rows: Rows) -> None:
        """All rows are here, after the first connection and after each one since."""


@dataclasses.dataclass
class _Job:
    change: Callable[[Rows], Any]
    deadline: float
    outcome: "concurrent.futures.Future[Any]"
    answer: Any = None


class _Replica(idl.Idl):  # type: ignore[misc]
    """The library's replica, which also keeps our index of keys."""

    def __init__(self, remote: str, helper: Any, keys: Mapping[str, Key], listener: Listener):
        super().__init__(remote, helper)
        self._session.reconnect.set_backoff(RECONNECT_MS, RECONNECT_MS)
        self.keys = keys
        self.listener = listener
        self.index: Index = {table: {} for table in keys}

    def notify(self, event: str, row: Row, updates: Row | None = None) -> None:
        table = row._table.name
        key = self.keys[table](row)
        if event != idl.ROW_DELETE:
            self.index[table][key] = row.uuid
        elif self.index[table].get(key) == row.uuid:
            del self.index[table][key]
        self.listener.changed(event, row)

    @property
    def session(self) -> int | None:
        """The number of the connection whose rows are all here, None while they aren't."""
        if self.state != self.IDL_S_MONITORING or not self._session.is_connected():
            return None
        number: int = self._session.get_seqno()
        return number if number == self._last_seqno else None


def fetch_schema(remote: str, name: str) -> Any:
    """Ask the server for a database's schema (RFC 7047, get_schema).

    Raises ConnectionError when the server cannot be reached or has no such database.
    """
    failed, channel = stream.Stream.open_block(stream.Stream.open(remote), timeout=2000)
    if failed:
        raise ConnectionError(failed, os.strerror(failed))
    connection = jsonrpc.Connection(channel)
    try:
        question = jsonrpc.Message.create_request("get_schema", [name])
        failed, answer = connection.transact_block(question)
    finally:
        connection.close()
    if failed or answer.error:
        raise ConnectionError(f"no schema of {name}: {failed or answer.error}")
    return answer.result


class Database:
    """One database of one server.

    remote: such as unix:/run/db.sock.  keys: the tables to follow, and how rows are keyed.
    """

    def __init__(
        self,
        remote: str,
        schema: str,
        keys: Mapping[str, Key],
        *,
        listener: Listener | None = None,
        timeout_s: float = 10,
    ) -> None:
        self._remote = remote
        self._schema = schema
        self._keys = keys
        self._listener = listener or Listener()
        self._timeout_s = timeout_s
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._current: _Job | None = None
        self._transaction: Any = None
        self._session: int | None = None
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._stopping = False
        self._thread = threading.Thread(target=self._follow, name=f"ovsdb-{schema}", daemon=True)
        self._thread.start()

    def write(self, change: Callable[[Rows], T], *, timeout_s: float | None = None) -> T:
        """Carry out the change as one transaction, and return what it returned.

        The change may be run more than once; only one run takes effect.
        Raises EngineUnavailable at the deadline, and whatever the change raised.
        """
        wait_s = self._timeout_s if timeout_s is None else timeout_s
        if self._stopping:
            raise EngineUnavailable(reason="its connection was closed")
        job = _Job(change, time.monotonic() + wait_s, concurrent.futures.Future())
        self._jobs.put(job)
        os.eventfd_write(self._wake, 1)
        try:
            return job.outcome.result(wait_s)  # type: ignore[no-any-return]
        except concurrent.futures.TimeoutError as error:
            reason = f"{self._schema} gave no answer within {wait_s:g} s"
            raise EngineUnavailable(reason=reason) from error

    read = write

    def close(self) -> None:
        """End the thread and the connection."""
        self._stopping = True
        os.eventfd_write(self._wake, 1)
        self._thread.join(timeout=5)

    def _follow(self) -> None:
        replica: _Replica | None = None
        while not self._stopping:
            try:
                replica = replica or self._connect()
                self._turn(replica)
            except Exception as error:
                missing = replica is None
                LOG.log(
                    logging.INFO if missing else logging.ERROR,
                    "%s: %s; trying again",
                    self._schema,
                    error,
                    exc_info=not missing,
                )
                replica, self._transaction, self._session = None, None, None
                time.sleep(0.2 if missing else 1)
        if replica is not None:
            replica.close()
        self._give_up()

    def _give_up(self) -> None:
        """Tell those who still wait that nothing will come."""
        waiting = [self._current] if self._current else []
        with contextlib.suppress(queue.Empty):
            while True:
                waiting.append(self._jobs.get_nowait())
        for job in waiting:
            job.outcome.set_exception(EngineUnavailable(reason="its connection was closed"))

    def _connect(self) -> _Replica:
        helper = idl.SchemaHelper(schema_json=fetch_schema(self._remote, self._schema))
        for table in self._keys:
            helper.register_table(table)
        return _Replica(self._remote, helper, self._keys, self._listener)

    def _turn(self, replica: _Replica) -> None:
        """Take in what came, go on with the work, and sleep until there is more of either."""
        replica.run()
        session = replica.session
        if session is not None and session != self._session:
            self._session = session
            self._listener.whole(Rows(replica.tables, replica.index, None))
        if session is not None:
            while self._advance(replica):
                pass
        waiter = poller.Poller()
        replica.wait(waiter)
        waiter.fd_wait(self._wake, poller.POLLIN)
        if self._transaction is not None:
            self._transaction.wait(waiter)
        elif self._current is not None:
            waiter.timer_wait(RETRY_MS)
        waiter.block()
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)

    def _advance(self, replica: _Replica) -> bool:
        """Begin or finish one job; returns whether the next one can be looked at."""
        if self._transaction is None and not self._begin(replica):
            return False
        job, transaction = self._current, self._transaction
        if job is None or transaction is None:
            return True
        status = transaction.commit()
        if status == idl.Transaction.INCOMPLETE:
            return False
        self._transaction = None
        if status == idl.Transaction.TRY_AGAIN:
            return False
        self._current = None
        if status in (idl.Transaction.SUCCESS, idl.Transaction.UNCHANGED):
            job.outcome.set_result(job.answer)
        else:
            job.outcome.set_exception(EngineUnavailable(reason=transaction.get_error()))
        return True

    def _begin(self, replica: _Replica) -> bool:
        """Start the next job's transaction; returns False when there is no job."""
        if self._current is None:
            try:
                self._current = self._jobs.get_nowait()
            except queue.Empty:
                return False
        job = self._current
        if time.monotonic() > job.deadline:
            self._current = None
            job.outcome.cancel()
            return True
        self._transaction = idl.Transaction(replica)
        try:
            job.answer = job.change(Rows(replica.tables, replica.index, self._transaction))
        except Exception as error:
            self._transaction.abort()
            self._transaction, self._current = None, None
            job.outcome.set_exception(error)
        return True
