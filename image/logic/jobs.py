"""Threads that do what nobody waits for, and the signs of life of what they are at."""

import logging
import threading
from collections.abc import Callable

from common import errors
from common.db import Database
from image.db import tasks as queries

LOG = logging.getLogger(__name__)
MOST = 4
HEARD_EVERY_S = 5.0


class Jobs:
    """The tasks that this process is at; what it leaves behind when it dies the sweep takes up.

    Those that wait for their turn are given signs of life too.
    """

    def __init__(self, database: Database, most: int = MOST) -> None:
        self._database = database
        self._turns = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._active: set[str] = set()
        self._wake = threading.Event()
        self._keeper: threading.Thread | None = None

    def start(self, task_id: str, work: Callable[[], str]) -> None:
        """Do a task beside the caller.  work: returns an empty text, or why the task failed."""
        with self._lock:
            self._active.add(task_id)
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep, name="jobs", daemon=True)
                self._keeper.start()
        self._wake.set()
        name = f"job-{task_id}"
        threading.Thread(target=self._run, args=(task_id, work), name=name, daemon=True).start()

    def _run(self, task_id: str, work: Callable[[], str]) -> None:
        with self._turns:
            try:
                message = work()
            except Exception as error:
                known = isinstance(error, errors.CloudError)
                message = str(error) if known else "An unexpected error occurred."
                LOG.warning("task %s failed", task_id, exc_info=not known)
        try:
            with self._database.transaction() as session:
                queries.end(session, task_id, "failure" if message else "success", message)
        except errors.DatabaseUnavailable:
            LOG.warning("task %s ended, which could not be noted; the sweep does", task_id)
        with self._lock:
            self._active.discard(task_id)

    def _keep(self) -> None:
        while True:
            with self._lock:
                active = sorted(self._active)
            if not active:
                self._wake.clear()
                self._wake.wait(60)
                continue
            try:
                with self._database.transaction() as session:
                    queries.hear(session, active)
            except Exception:
                LOG.warning("signs of life of %s tasks could not be given", len(active))
            threading.Event().wait(HEARD_EVERY_S)
