"""Taking up what a process that died left behind.

Every step is guarded by the database and may be done twice, so all API processes sweep.
"""

import datetime as dt
import logging

from sqlalchemy import orm

from common.clock import Clock, utcnow
from common.db import Database
from image.db import copies, tasks
from image.db import images as queries
from image.db.models import Task
from image.drivers.stores import Stores
from image.logic.copying import Copying
from image.logic.data import forget
from image.logic.imports import unstage

LOG = logging.getLogger(__name__)


class Sweep:
    """silent_s: seconds without a sign of life after which an upload counts as dead."""

    def __init__(
        self, database: Database, store: Stores, silent_s: float, clock: Clock = utcnow
    ) -> None:
        self._database = database
        self._store = store
        self._silent = dt.timedelta(seconds=silent_s)
        self._clock = clock

    def __call__(self) -> None:
        """Queue the images of dead uploads again, and forget data that no image has any more."""
        with self._database.reading() as session:
            dead = queries.silent(session, self._clock() - self._silent)
            discards = queries.discards(session)
        for image_id, data_id in dead:
            with self._database.transaction() as session:
                taken_back = queries.fail_upload(session, image_id, data_id)
            if taken_back:
                LOG.warning("upload of image %s fell silent; it is queued again", image_id)
                discards.append(data_id)
        for data_id in discards:
            forget(self._database, self._store, data_id)
        self._tasks()
        Copying(self._database, self._store).forget()

    def _tasks(self) -> None:
        """End the tasks of dead processes, and forget those that have been over for long."""
        with self._database.reading() as session:
            dead = tasks.silent(session, self._clock() - self._silent)
        for task in dead:
            with self._database.transaction() as session:
                if tasks.end(session, task.id, "failure", "The process that was at it died."):
                    LOG.warning("task %s fell silent; it has failed", task.id)
                    self._take_back(session, task)
        with self._database.transaction() as session:
            tasks.expire(session, self._clock())

    def _take_back(self, session: orm.Session, task: Task) -> None:
        image_id, data_id = str(task.image_id), str(task.data_id)
        queries.fail_upload(session, image_id, data_id)
        if queries.end_spread(session, image_id, data_id, done=False):
            unstage(session, image_id, data_id, self._store.default)
        else:
            copies.give_up(session, image_id, data_id, copies.FAILED)
