"""Where a new volume goes: the host with the most room whose pool is as its type says."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import orm

from common.clock import Clock
from volume.db import services
from volume.db.models import Service

IGNORED = frozenset({"multiattach", "replication_enabled", "format", "wipe"})
"""Extra specs that say how a volume is kept, and not where."""


@dataclasses.dataclass(frozen=True)
class Placing:
    """Chooses among the workers.  host_down_s: silence after which one is no choice."""

    clock: Clock
    host_down_s: float

    def choose(
        self, session: orm.Session, size_gib: int, specs: Mapping[str, str], near: str | None
    ) -> tuple[str | None, str]:
        """Return a host, or None and the sentence that says why there is none.

        near: the host of what the volume is made from, which is then the only one that will do.
        """
        now = self.clock()
        promised = services.promised(session)
        found, refused = [], []
        for worker in services.workers(session):
            reason = self._against(worker, now, size_gib, specs, near, promised)
            if reason:
                refused.append(reason)
            else:
                found.append((room(worker, promised), worker.host))
        if found:
            return max(found)[1], ""
        causes = "; ".join(sorted(set(refused))) or "no host keeps volumes"
        return None, f"No host can take {size_gib} GiB: {causes}."

    def _against(
        self,
        worker: Service,
        now: dt.datetime,
        size_gib: int,
        specs: Mapping[str, str],
        near: str | None,
        promised: Mapping[str, int],
    ) -> str:
        """Return what speaks against a host; nothing when it will do."""
        if near is not None and worker.host != near:
            return "the source is on another host"
        if worker.disabled or worker.frozen:
            return "a host is disabled"
        if not services.is_up(worker, now, self.host_down_s):
            return "a host does not answer"
        for key, wanted in specs.items():
            if not meets(worker.figures, key, wanted):
                return f"no pool has {key}={wanted}"
        free = room(worker, promised)
        return f"the most that is free is {max(0, int(free))} GiB" if free < size_gib else ""


def suits(worker: Service, specs: Mapping[str, str]) -> bool:
    """Tell whether a host's pool is as a type asks."""
    return all(meets(worker.figures, key, wanted) for key, wanted in specs.items())


def room(worker: Service, promised: Mapping[str, int]) -> float:
    """Return how many GiB may still be promised on a host."""
    figures = worker.figures
    total = float(figures.get("total_gib", 0)) * float(figures.get("oversubscription", 1.0))
    return total - promised.get(worker.host, 0)


def meets(figures: Mapping[str, Any], key: str, wanted: str) -> bool:
    """Tell whether a pool has what an extra spec asks for.

    key: with the scope `capabilities:` or none; other scopes are for the driver.
    wanted: the value itself, `<is> True`, or `<in> part`.
    Source: Block Storage, "Capabilities filter" of the scheduler.
    """
    scope, _, name = key.rpartition(":")
    if scope not in ("", "capabilities") or name in IGNORED:
        return True
    has = str(figures.get(name, "")).lower()
    operator, _, value = wanted.strip().partition(" ")
    if operator in ("<is>", "<in>") and value:
        wanted_value = value.strip().lower()
        return wanted_value == has if operator == "<is>" else wanted_value in has
    return wanted.strip().lower() == has
