"""Ends trusts that no stack owns: what is left when an API process dies between the two."""

import datetime as dt
import logging

from common.clock import Clock, utcnow
from common.db import Database
from common.errors import CloudError
from orchestration.clients import Trusts
from orchestration.db import stacks

LOG = logging.getLogger(__name__)


class TrustKeeper:
    """Remembers since when a trust has been without a stack; trusts carry no time themselves.

    patience_s: how long a request may take from making its trust to writing its stack down.
    """

    def __init__(
        self, database: Database, trusts: Trusts, *, patience_s: float, clock: Clock = utcnow
    ) -> None:
        self._database = database
        self._trusts = trusts
        self._patience = dt.timedelta(seconds=patience_s)
        self._clock = clock
        self._alone_since: dict[str, dt.datetime] = {}

    def sweep(self) -> None:
        """Look at every trust of ours, and end those that have been alone for long enough."""
        now = self._clock()
        try:
            living = self._trusts.list()
        except CloudError as error:
            LOG.info("trusts are looked at again later: %s", error)
            return
        with self._database.reading() as session:
            alone = living - stacks.trusts(session)
        self._alone_since = {trust: self._alone_since.get(trust, now) for trust in alone}
        for trust_id, since in self._alone_since.items():
            if now - since >= self._patience:
                self._end(trust_id)

    def _end(self, trust_id: str) -> None:
        try:
            self._trusts.delete(trust_id)
        except CloudError as error:
            LOG.warning("trust %s is of no stack, and stays for now: %s", trust_id, error)
        else:
            LOG.warning("trust %s was of no stack and has ended", trust_id)
