"""What a host's pool has, reported at start and regularly."""

import time

from common.context import RequestContext
from common.rpc import Bus
from volume.drivers.base import Driver
from volume.drivers.exports import Exports
from volume.rpc import contract

LISTED = 1000
"""How many files that wait are named in one report."""


class PoolReporter:
    """Tells the controllers about this host.

    facts: what of the pool does not change: backend, pool_dir, oversubscription...
    exports: what other hosts use; None where they cannot.
    """

    def __init__(
        self,
        driver: Driver,
        bus: Bus,
        *,
        host: str,
        facts: dict[str, object],
        exports: Exports | None = None,
    ) -> None:
        self._exports = exports
        self._driver = driver
        self._bus = bus
        self._host = host
        self._facts = facts

    def report(self) -> None:
        """Send one report."""
        at = time.time()
        found = self._driver.figures()
        served = None if self._exports is None else self._exports.all()
        figures = {**self._facts, "total_gib": found.total_gib, "free_gib": found.free_gib}
        figures["importable"] = self._driver.importable()[:LISTED]
        self._bus.cast(
            RequestContext.internal(),
            contract.PoolReport(
                host=self._host,
                figures=figures,
                volumes=sorted(self._driver.volumes()),
                snapshots=sorted(self._driver.snapshots()),
                at=at,
                exports=None if served is None else [one.export_id for one in served],
            ),
            deadline=at + 60,
        )
