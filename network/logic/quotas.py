"""Quotas of projects: seen, set and given up."""

from collections.abc import Mapping

from common.context import RequestContext
from network import errors
from network.db import quotas as queries
from network.logic.base import Logic


class ProjectQuotas(Logic):
    """What can be done with quotas."""

    def get(self, ctx: RequestContext, project_id: str) -> dict[str, int]:
        """Return a project's limits.  Raises NotYours for another project's."""
        if not ctx.is_admin and project_id != ctx.project_id:
            raise errors.NotYours(what="The quota of", resource_id=project_id)
        with self._database.reading() as session:
            return self._quotas.limits(session, project_id)

    def details(self, ctx: RequestContext, project_id: str) -> dict[str, dict[str, int]]:
        """Return limit, use and reservations of each resource; what is made is in use at once."""
        limits = self.get(ctx, project_id)
        with self._database.reading() as session:
            return {
                name: {
                    "limit": limit,
                    "used": queries.usage(session, project_id, name),
                    "reserved": 0,
                }
                for name, limit in limits.items()
            }

    def defaults(self) -> dict[str, int]:
        """Return the limits of a project that has none of its own."""
        return self._quotas.defaults

    def all(self) -> dict[str, dict[str, int]]:
        """Return the limits of every project that has some of its own."""
        with self._database.reading() as session:
            found = queries.projects(session)
            return {one: self._quotas.limits(session, one) for one in found}

    def update(
        self, project_id: str, limits: Mapping[str, int], *, checked: bool = False
    ) -> dict[str, int]:
        """Set some of a project's limits, and return all.

        checked: whether a limit below what is in use is refused.  Raises InvalidInput.
        """
        unknown = sorted(limits.keys() - self._quotas.defaults.keys())
        if unknown:
            raise errors.InvalidInput(reason=f"there is no quota of {', '.join(unknown)}")
        with self._database.transaction() as session:
            for name, limit in limits.items() if checked else ():
                used = queries.usage(session, project_id, name)
                if 0 <= limit < used:
                    raise errors.InvalidInput(
                        reason=f"the limit {limit} of {name} is below the {used} in use"
                    )
            queries.replace(session, project_id, limits)
            return self._quotas.limits(session, project_id)

    def delete(self, project_id: str) -> None:
        """Give a project the default limits again."""
        with self._database.transaction() as session:
            queries.forget(session, project_id)
