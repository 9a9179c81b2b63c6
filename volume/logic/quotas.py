"""Quotas: what projects may have, and what they have."""

from collections.abc import Mapping
from typing import Any

from common import errors as roots
from common.context import RequestContext
from common.db import Database
from volume.db import quotas as queries


class Quotas:
    """Reads and changes limits.  configured: by resource."""

    def __init__(self, database: Database, configured: Mapping[str, int]) -> None:
        self._database = database
        self._configured = configured

    def limits(self, project_id: str) -> dict[str, int]:
        """Return the limits of a project by resource."""
        with self._database.reading() as session:
            return queries.limits(session, project_id, self._configured)

    def defaults(self) -> dict[str, int]:
        """Return the limits of a project that has none of its own."""
        with self._database.reading() as session:
            return queries.resources(session, self._configured)

    def usage(self, project_id: str) -> dict[str, int]:
        """Return what a project has by resource; what is not there counts as none."""
        with self._database.reading() as session:
            return queries.usage(session, project_id)

    def set(self, owner: str, wanted: Mapping[str, Any]) -> dict[str, int]:
        """Give a project, or the class, limits of its own.  Raises BadRequest."""
        with self._database.transaction() as session:
            known = queries.resources(session, self._configured)
            strange = sorted(set(wanted) - set(known))
            if strange:
                raise roots.BadRequest(
                    reason=f"Bad key(s) in quota set: {', '.join(strange)}; these would work: "
                    f"{', '.join(sorted(known))}."
                )
            for resource, limit in wanted.items():
                queries.set_limit(session, owner, resource, int(limit))
        return self.defaults() if owner == queries.CLASS else self.limits(owner)

    def reset(self, project_id: str) -> None:
        """Let the defaults count for a project again."""
        with self._database.transaction() as session:
            queries.reset(session, project_id)


def refuse_strangers(ctx: RequestContext, project_id: str) -> None:
    """Raise Forbidden when the quota of another project is asked for."""
    if not ctx.is_admin and project_id != ctx.project_id:
        raise roots.Forbidden(reason=f"The quotas of project {project_id} are not yours to see.")
