"""Hears, by the kernel and without polling, that a guest's monitor ended."""

import logging
import os
import selectors
import threading
from collections.abc import Callable

LOG = logging.getLogger(__name__)


class Watch:
    """One thread for all guests of a driver; it starts with the first guest.

    ended: called with (server id, monitor's process id) in a thread of its own.
    """

    def __init__(self, ended: Callable[[str, int], None]) -> None:
        self._ended = ended
        self._selector = selectors.DefaultSelector()
        self._wake_out, self._wake_in = os.pipe()
        self._selector.register(self._wake_out, selectors.EVENT_READ)
        self._lock = threading.Lock()
        self._new: list[tuple[int, str, int]] = []
        self._thread: threading.Thread | None = None

    def add(self, server_id: str, pid: int) -> None:
        """Watch one monitor until it ends; one that ended already is told at once."""
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            self._tell(server_id, pid)
            return
        with self._lock:
            self._new.append((descriptor, server_id, pid))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="guests", daemon=True)
                self._thread.start()
        os.write(self._wake_in, b"x")

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fd == self._wake_out:
                    self._take_new()
                    continue
                self._selector.unregister(key.fd)
                os.close(key.fd)
                self._tell(*key.data)

    def _take_new(self) -> None:
        os.read(self._wake_out, 4096)
        with self._lock:
            taken, self._new = self._new, []
        for descriptor, server_id, pid in taken:
            self._selector.register(descriptor, selectors.EVENT_READ, (server_id, pid))

    def _tell(self, server_id: str, pid: int) -> None:
        name = f"guest-{server_id[:8]}"
        threading.Thread(target=self._ended, args=(server_id, pid), name=name, daemon=True).start()
