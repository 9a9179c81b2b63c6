"""What lies on a host: volumes, and files that wait to be taken over.

Source: Block Storage API v3, "Volume manage extension".
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from common.db import Database
from volume import errors
from volume.db import services as queries
from volume.db.models import Service, Volume

KEYS = ("size", "reference")


@dataclasses.dataclass(frozen=True)
class Manageable:
    """name: of the file, or `volume-<id>`.  volume_id: of one that is known already."""

    name: str
    size_gib: int
    volume_id: str | None = None


class Lying:
    """Tells what lies on hosts; what waits is as the hosts reported last."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, wanted: Mapping[str, str]) -> Sequence[Manageable]:
        """Return a page of what lies on a host, or on those of a cluster.

        wanted: host (its pool's name or the host alone) or cluster; sort (`size:desc`), marker (a
        name), limit, offset.  Raises InvalidInput.
        """
        with self._database.reading() as session:
            workers = [one for one in queries.workers(session) if _meant(one, wanted)]
            if not workers:
                raise errors.InvalidInput(
                    reason="A host or a cluster has to be named that keeps volumes: "
                    f"{wanted.get('host') or wanted.get('cluster') or 'none was named'}."
                )
            hosts = [one.host for one in workers]
            rows = session.execute(
                sa.select(Volume.id, Volume.size_gib).where(Volume.host.in_(hosts))
            )
            found = [Manageable(f"volume-{one}", int(size), str(one)) for one, size in rows]
        for worker in workers:
            waiting = worker.figures.get("importable") or []
            found += [Manageable(str(name), int(size)) for name, size in waiting]
        return _page(_sorted(found, wanted.get("sort") or "reference:desc"), wanted)


def _meant(worker: Service, wanted: Mapping[str, str]) -> bool:
    if wanted.get("host"):
        return wanted["host"].partition("@")[0] == worker.host
    cluster = queries.cluster_of(worker)
    return bool(wanted.get("cluster")) and wanted["cluster"].partition("#")[0] == cluster


def _sorted(found: list[Manageable], asked: str) -> list[Manageable]:
    """Return all in the order asked for, the first key weighing most.  Raises InvalidInput."""
    for part in reversed(asked.split(",")):
        key, _, direction = part.strip().partition(":")
        if key not in KEYS or direction not in ("", "asc", "desc"):
            raise errors.InvalidInput(
                reason=f"It cannot be sorted by {part!r}; size and reference, each with :asc or "
                ":desc, would work."
            )
        by_size = key == "size"
        found = sorted(
            found,
            key=lambda one: (one.size_gib, "") if by_size else (0, one.name),
            reverse=direction != "asc",
        )
    return found


def _page(found: list[Manageable], wanted: Mapping[str, Any]) -> list[Manageable]:
    names = [one.name for one in found]
    first = 0
    if wanted.get("marker"):
        if wanted["marker"] not in names:
            raise errors.InvalidInput(reason=f"There is no {wanted['marker']} to go on after.")
        first = names.index(wanted["marker"]) + 1
    first += int(wanted.get("offset") or 0)
    limit = wanted.get("limit")
    return found[first : None if limit is None else first + int(limit)]
