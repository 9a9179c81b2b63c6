"""Which resources can be worked on now, and whether a stack has come to an end: pure questions."""

import datetime as dt
from collections.abc import Mapping, Sequence

from orchestration import states
from orchestration.db.models import Resource


def ready(rows: Sequence[Resource], now: dt.datetime, *, backwards: bool = False) -> list[Resource]:
    """Return the resources whose turn it is.

    backwards: whether each comes before what it requires, as when a stack goes to sleep.

    What is wanted comes first, each after all it requires; then what is not wanted any more goes,
    each after all that required it.  A worker that showed no sign of life loses its resource.
    After a failure nothing new begins, and what has begun goes on.
    """
    if any(row.state == states.BROKEN for row in rows):
        return [row for row in rows if row.state != states.WAITING and _free(row, now)]
    present = {row.name: row for row in rows if row.goal == states.PRESENT}
    absent = [row for row in rows if row.goal == states.ABSENT]
    first = _users(present) if backwards else {name: row.requires for name, row in present.items()}
    found = [
        row
        for row in present.values()
        if _free(row, now)
        and all(present[name].state == states.DONE for name in first[row.name] if name in present)
    ]
    if all(row.state == states.DONE for row in present.values()):
        needed = {name for row in absent for name in row.requires}
        found += [row for row in absent if _free(row, now) and row.name not in needed]
    return found


def _users(present: Mapping[str, Resource]) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {name: [] for name in present}
    for row in present.values():
        for name in row.requires:
            if name in users:
                users[name].append(row.name)
    return users


def _free(row: Resource, now: dt.datetime) -> bool:
    if row.state == states.WAITING:
        return row.hook is None
    over = row.lease_until is None or row.lease_until < now
    return row.state in (states.RUNNING, states.PARKED) and over


def outcome(rows: Sequence[Resource]) -> tuple[str, str] | None:
    """Return (status, reason) when there is nothing left to do, None while there is."""
    if any(row.state in (states.RUNNING, states.PARKED) for row in rows):
        return None
    for row in rows:
        if row.state == states.BROKEN:
            return states.FAILED, (
                f"Resource {row.action} failed: resources.{row.name}: {row.status_reason}"
            )
    if any(row.state == states.WAITING for row in rows):
        return None
    return states.COMPLETE, ""
