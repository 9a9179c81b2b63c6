"""Work that is looked at every few seconds, in one thread that stops at once."""

import logging
import threading
import time
from collections.abc import Callable

LOG = logging.getLogger(__name__)
PATIENCE_S = 60.0


class Sweeper:
    """Call one function at start and then every interval_s seconds, or sooner when poked."""

    def __init__(self, name: str, interval_s: float, function: Callable[[], None]) -> None:
        self.name = name
        self._interval_s = interval_s
        self._succeeded = time.monotonic()
        self._function = function
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"sweep-{name}", daemon=True)

    def start(self) -> None:
        """Begin; the first sweep runs at once."""
        self._thread.start()

    def poke(self) -> None:
        """Sweep now instead of at the next turn."""
        self._wake.set()

    def late_s(self) -> float:
        """Return the seconds by which a success is overdue; 0 while all is well."""
        patience_s = 3 * self._interval_s + PATIENCE_S
        return max(0.0, time.monotonic() - self._succeeded - patience_s)

    def stop(self) -> None:
        """End after the sweep under way."""
        self._stopped.set()
        self._wake.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                self._function()
                self._succeeded = time.monotonic()
            except Exception:
                LOG.exception("sweep %s failed; it runs again in %s s", self.name, self._interval_s)
            self._wake.wait(self._interval_s)
