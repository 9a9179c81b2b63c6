"""The time, as an argument: whoever needs it takes a Clock, so tests can move it."""

import datetime as dt
from collections.abc import Callable

Clock = Callable[[], dt.datetime]


def utcnow() -> dt.datetime:
    """Return the time now, in UTC, without a zone: the form every row holds."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def iso(moment: dt.datetime | None) -> str | None:
    """Return `2026-01-31T12:00:00Z`, the form that compute, network and image answer with."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_micro(moment: dt.datetime | None) -> str | None:
    """Return `2026-01-31T12:00:00.000000Z`, the form that identity answers with."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
