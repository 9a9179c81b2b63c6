"""Which resources can be worked on now, and whether a stack has come to an end: pure questions."""

import datetime as dt
from collections.abc import Sequence

from orchestration import states
from orchestration.db.models import Resource


def ready(rows: Sequence[Resource], now: dt.datetime) -> list[Resource]:
    """Return the resources whose turn it is.

    What is wanted comes first, each after all it requires; then what is not wanted any more goes,
    each after all that required it.  A worker that showed no sign of life loses its resource.
    After a failure nothing new begins.
    """
    if any(row.state == states.BROKEN for row in rows):
        return []
    present = {row.name: row for row in rows if row.goal == states.PRESENT}
    absent = [row for row in rows if row.goal == states.ABSENT]
    found = [
        row
        for row in present.values()
        if _free(row, now)
        and all(present[name].state == states.DONE for name in row.requires if name in present)
    ]
    if all(row.state == states.DONE for row in present.values()):
        needed = {name for row in absent for name in row.requires}
        found += [row for row in absent if _free(row, now) and row.name not in needed]
    return found


def _free(row: Resource, now: dt.datetime) -> bool:
    if row.state == states.WAITING:
        return True
    lost = row.lease_until is None or row.lease_until < now
    return row.state == states.RUNNING and lost


def outcome(rows: Sequence[Resource]) -> tuple[str, str] | None:
    """Return (status, reason) when there is nothing left to do, None while there is."""
    if any(row.state == states.RUNNING for row in rows):
        return None
    for row in rows:
        if row.state == states.BROKEN:
            return states.FAILED, (
                f"Resource {row.action} failed: resources.{row.name}: {row.status_reason}"
            )
    if any(row.state == states.WAITING for row in rows):
        return None
    return states.COMPLETE, ""
