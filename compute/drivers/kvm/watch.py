"""Telling what guests do by themselves from what they were ordered to do."""

import collections
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator

from compute.drivers.base import GuestFault, GuestMissing, GuestState, Watcher
from compute.drivers.kvm.libvirt import Connection

LOG = logging.getLogger(__name__)

RETRY_S = 1.0
COMPARE_S = 20.0


class Watch:
    """Compares each guest with what was last known of it, on libvirt's news and now and then.

    upkeep: what else to do now and then.
    An event says that something happened and the guest itself is asked what: so events that are
    lost, late or doubled do no harm.
    """

    def __init__(
        self,
        connection: Connection,
        state: Callable[[str], GuestState],
        guests: Callable[[], dict[str, GuestState]],
        upkeep: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._state = state
        self._guests = guests
        self._upkeep = upkeep
        self._lock = threading.Lock()
        self._known: dict[str, GuestState] = {}
        self._ordered: collections.Counter[str] = collections.Counter()

    @contextlib.contextmanager
    def ordered(self, server_id: str) -> Iterator[None]:
        """Take what the guest does meanwhile as done on order, and not tell of it."""
        with self._lock:
            self._ordered[server_id] += 1
        try:
            yield
        finally:
            with contextlib.suppress(GuestFault), self._settling(server_id):
                self._learn(server_id)

    def start(self, watcher: Watcher) -> None:
        """Call watcher from a thread from now on."""
        with self._lock:
            self._known = self._guests()
        threading.Thread(target=self._run, args=(watcher,), name="kvm-watch", daemon=True).start()

    @contextlib.contextmanager
    def _settling(self, server_id: str) -> Iterator[None]:
        try:
            yield
        finally:
            with self._lock:
                self._ordered[server_id] -= 1
                if not self._ordered[server_id]:
                    del self._ordered[server_id]

    def _run(self, watcher: Watcher) -> None:
        while True:
            try:
                server_id = self._connection.changed.get(timeout=COMPARE_S)
            except queue.Empty:
                server_id = None
            try:
                if server_id is None:
                    self._upkeep()
                for changed in [server_id] if server_id else self._everyone():
                    self._look(changed, watcher)
            except GuestFault as error:
                LOG.warning("looking after guests failed, and is tried again: %s", error)
                time.sleep(RETRY_S)
                self._connection.changed.put(None)

    def _everyone(self) -> list[str]:
        """Return every guest there is or was; opens the connection again if it was lost."""
        return sorted({*self._guests(), *self._known})

    def _look(self, server_id: str, watcher: Watcher) -> None:
        with self._lock:
            if self._ordered[server_id]:
                return
            del self._ordered[server_id]
            before = self._known.get(server_id)
        now = self._learn(server_id)
        if now is not None and before is not None and now is not before:
            LOG.info("guest %s is %s by itself", server_id, now.value)
            watcher(server_id, now)

    def _learn(self, server_id: str) -> GuestState | None:
        """Ask what the guest does and keep the answer; None when it is gone."""
        try:
            now = self._state(server_id)
        except GuestMissing:
            self._known.pop(server_id, None)
            return None
        self._known[server_id] = now
        return now
