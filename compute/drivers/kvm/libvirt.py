"""The connection to libvirt: opened when needed, opened again when lost, and its events."""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import libvirt

from compute.drivers.base import GuestFault, GuestMissing, GuestState

LOG = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE_S = 10.0
BACKOFF_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
BROKEN = frozenset({libvirt.VIR_FROM_RPC, libvirt.VIR_FROM_REMOTE})
DIED = frozenset({libvirt.VIR_DOMAIN_SHUTOFF_CRASHED, libvirt.VIR_DOMAIN_SHUTOFF_FAILED})
BROKEN_PAUSE = frozenset({libvirt.VIR_DOMAIN_PAUSED_UNKNOWN, libvirt.VIR_DOMAIN_PAUSED_CRASHED})

_events_started = threading.Lock()
_events_running = False


class Connection:
    """One connection that heals itself.

    changed: the ids of guests that libvirt told an event of; None when the connection was lost,
    so that anything may have happened.
    """

    def __init__(self, uri: str, *, patience_s: float = PATIENCE_S) -> None:
        self.changed: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._uri = uri
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._open: Any = None
        self._news = threading.Condition()
        self._news_count = 0

    def get(self) -> Any:
        """Return the open connection.  Raises GuestFault when libvirt stays away too long."""
        with self._lock:
            if self._open is None or not _alive(self._open):
                self._open = self._reopen()
            return self._open

    def ask(self, question: Callable[[Any], T]) -> T:
        """Return what `question` finds out; asked again when the connection breaks meanwhile.

        question: changes nothing.  Raises libvirtError, GuestFault.
        """
        while True:
            connection = self.get()
            try:
                return question(connection)
            except libvirt.libvirtError as error:
                if error.get_error_domain() not in BROKEN:
                    raise
                self._forget(connection)

    def domain(self, server_id: str) -> Any:
        """Return libvirt's handle of a guest.  Raises GuestMissing, GuestFault."""
        with found(server_id):
            return self.ask(lambda connection: connection.lookupByUUIDString(server_id))

    def _forget(self, connection: Any) -> None:
        with self._lock:
            if self._open is connection:
                self._open = None

    def wait(self, done: Callable[[], bool], timeout_s: float) -> bool:
        """Tell whether `done` came true within timeout_s; asked again after each event."""
        deadline = time.monotonic() + timeout_s
        while True:
            seen = self._news_count
            if done():
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            with self._news:
                self._news.wait_for(lambda: self._news_count != seen, min(left, 1.0))  # noqa: B023

    def _reopen(self) -> Any:
        _run_events()
        deadline = time.monotonic() + self._patience_s
        for attempt in range(1000):
            try:
                return self._opened()
            except libvirt.libvirtError as error:
                if time.monotonic() > deadline:
                    raise GuestFault(reason=f"libvirt does not answer: {error}") from error
                time.sleep(BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)])
        raise GuestFault(reason="libvirt does not answer")

    def _opened(self) -> Any:
        connection = libvirt.open(self._uri)
        connection.setKeepAlive(5, 3)
        connection.registerCloseCallback(self._closed, None)
        connection.domainEventRegisterAny(
            None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, self._event, None
        )
        connection.domainEventRegisterAny(
            None, libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, self._device_removed, None
        )
        connection.domainEventRegisterAny(
            None, libvirt.VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, self._job_ended, None
        )
        connection.domainEventRegisterAny(
            None, libvirt.VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2, self._block_job, None
        )
        self.changed.put(None)
        return connection

    def _event(self, _conn: Any, domain: Any, _event: int, _detail: int, _opaque: Any) -> None:
        self.changed.put(domain.UUIDString())
        self._wake()

    def _device_removed(self, _conn: Any, _domain: Any, _alias: str, _opaque: Any) -> None:
        self._wake()

    def _job_ended(self, _conn: Any, _domain: Any, _facts: Any, _opaque: Any) -> None:
        self._wake()

    def _block_job(
        self, _conn: Any, _domain: Any, _disk: str, _type: int, _status: int, _opaque: Any
    ) -> None:
        self._wake()

    def _wake(self) -> None:
        with self._news:
            self._news_count += 1
            self._news.notify_all()

    def _closed(self, _conn: Any, reason: int, _opaque: Any) -> None:
        LOG.warning("libvirt's connection was closed, reason %d; opening it again", reason)
        self.changed.put(None)
        self._wake()


@contextlib.contextmanager
def faults(doing: str) -> Iterator[None]:
    """Turn libvirt's errors into GuestFault; `doing` says what failed."""
    try:
        yield
    except libvirt.libvirtError as error:
        raise GuestFault(reason=f"{doing} failed: {error}") from error


@contextlib.contextmanager
def found(server_id: str) -> Iterator[None]:
    """Turn libvirt's errors into GuestMissing where there is no such guest, else GuestFault."""
    try:
        yield
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            raise GuestMissing(server_id=server_id) from error
        raise GuestFault(reason=f"libvirt: {error}") from error


@contextlib.contextmanager
def tolerated(*codes: int) -> Iterator[None]:
    """Let errors with these codes pass: somebody else was faster, or it is so already."""
    try:
        yield
    except libvirt.libvirtError as error:
        if error.get_error_code() not in codes:
            raise


def state(domain: Any) -> GuestState:
    """Return what a guest does, from libvirt's state and its reason."""
    number, reason = domain.state()
    if number == libvirt.VIR_DOMAIN_PAUSED:
        return GuestState.CRASHED if reason in BROKEN_PAUSE else GuestState.PAUSED
    if number == libvirt.VIR_DOMAIN_CRASHED:
        return GuestState.CRASHED
    if domain.isActive():
        return GuestState.RUNNING
    if domain.hasManagedSaveImage():
        return GuestState.SUSPENDED
    return GuestState.CRASHED if reason in DIED else GuestState.OFF


def _alive(connection: Any) -> bool:
    with contextlib.suppress(libvirt.libvirtError):
        return bool(connection.isAlive())
    return False


def _run_events() -> None:
    """Start libvirt's event loop, once in a process, before its first connection."""
    global _events_running
    with _events_started:
        if _events_running:
            return
        libvirt.registerErrorHandler(lambda *_: None, None)
        libvirt.virEventRegisterDefaultImpl()
        threading.Thread(target=_loop, name="libvirt-events", daemon=True).start()
        _events_running = True


def _loop() -> None:
    while True:
        libvirt.virEventRunDefaultImpl()
