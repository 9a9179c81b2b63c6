"""Taking up what a process that died left behind.

Every step is guarded by the database and may be done twice, so all API processes sweep.
"""

import datetime as dt
import logging

from common.clock import Clock, utcnow
from common.db import Database
from image.db import images as queries
from image.drivers.base import Store
from image.logic.data import forget

LOG = logging.getLogger(__name__)


class Sweep:
    """silent_s: seconds without a sign of life after which an upload counts as dead."""

    def __init__(
        self, database: Database, store: Store, silent_s: float, clock: Clock = utcnow
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
