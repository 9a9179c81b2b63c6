"""Unified limits: what is registered, and what projects and domains were given instead.

The model is flat: a project's limit says nothing about the projects below it.  Services of this
cloud count their own quotas; these rows are for those that ask for limits here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from common.errors import BadRequest
from identity.db import rows
from identity.db.extensions import Limit, RegisteredLimit
from identity.db.models import Domain, Project, Region, Service
from identity.errors import ActionForbidden
from identity.logic.things import Before, Things
from identity.logic.work import Change

MODEL = {
    "name": "flat",
    "description": "Limit enforcement and validation does not take project hierarchy "
    "into consideration.",
}


class RegisteredLimits(Things[RegisteredLimit]):
    """What holds where nothing else is said."""

    model = RegisteredLimit
    writable = frozenset(
        {"service_id", "region_id", "resource_name", "default_limit", "description"}
    )
    filters = frozenset({"service_id", "region_id", "resource_name"})

    def create_all(
        self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]
    ) -> Sequence[RegisteredLimit]:
        """Register several, or none of them.  Raises Duplicate, BadRequest."""
        with self._work.change() as change:
            made = []
            for each in wanted:
                _known(change.session, each)
                row = RegisteredLimit(**{**each, "region_id": each.get("region_id") or ""})
                rows.add(change.session, row)
                made.append(row)
            return made

    def _updated(self, change: Change, row: RegisteredLimit, before: Before) -> None:
        names = ("service_id", "region_id", "resource_name")
        if any(before.differs(row, name) for name in names):
            _known(change.session, {name: getattr(row, name) for name in names})
            _unused(change.session, row, "changed")

    def _leaving(self, change: Change, row: RegisteredLimit) -> None:
        _unused(change.session, row, "deleted")


class Limits(Things[Limit]):
    """What single projects and domains were given.

    Those who may not see everybody's are shown their own in a list.
    """

    model = Limit
    writable = frozenset({"resource_limit", "description"})
    filters = frozenset({"project_id", "domain_id"})

    def target(self, row: Limit) -> dict[str, Any]:
        """Members may see their project's, and their domain's."""
        return {"project_id": row.project_id, "domain_id": row.domain_id}

    def create_all(
        self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]
    ) -> Sequence[Limit]:
        """Give several, or none of them.

        Raises Missing, Duplicate, and BadRequest when there is no registered limit to deviate
        from, or not exactly one of project and domain.
        """
        with self._work.change() as change:
            made = []
            for each in wanted:
                registered = _registered(change.session, each)
                row = Limit(
                    registered=registered,
                    **_whose(change.session, each),
                    resource_limit=each["resource_limit"],
                    description=each.get("description"),
                )
                rows.add(change.session, row)
                made.append(row)
            return made

    def _conditions(
        self, ctx: RequestContext, query: Mapping[str, Any]
    ) -> Sequence[sa.ColumnElement[bool]]:
        found = [*super()._conditions(ctx, query)]
        names = ("service_id", "region_id", "resource_name")
        facts = {name: query[name] or "" for name in names if isinstance(query.get(name), str)}
        if facts:
            of = sa.select(RegisteredLimit.id).filter_by(**facts)
            found.append(Limit.registered_limit_id.in_(of))
        if "admin" not in ctx.roles and not (ctx.system and "reader" in ctx.roles):
            mine = sa.and_(Limit.project_id == (ctx.project_id or ""), Limit.project_id != "")
            ours = sa.and_(Limit.domain_id == (ctx.domain_id or ""), Limit.domain_id != "")
            found.append(sa.or_(mine, ours))
        return found


def forget(session: orm.Session, **owner: str) -> None:
    """Remove what a project_id or domain_id that goes was given."""
    session.execute(sa.delete(Limit).filter_by(**owner))


def _known(session: orm.Session, wanted: Mapping[str, Any]) -> None:
    """Return when the service and the region are there.  Raises BadRequest."""
    for name, model in (("service_id", Service), ("region_id", Region)):
        if wanted.get(name) and session.get(model, wanted[name]) is None:
            raise BadRequest(reason=f"Could not find {rows.kind(model)}: {wanted[name]}.")


def _unused(session: orm.Session, row: RegisteredLimit, verb: str) -> None:
    if session.scalar(sa.select(Limit.id).filter_by(registered_limit_id=row.id).limit(1)):
        raise ActionForbidden(
            reason=f"Unable to update or delete registered limit {row.id} because there are "
            f"project limits associated with it; it can be {verb} once they are gone"
        )


def _registered(session: orm.Session, wanted: Mapping[str, Any]) -> RegisteredLimit:
    found = rows.find(
        session,
        RegisteredLimit,
        service_id=wanted["service_id"],
        region_id=wanted.get("region_id") or "",
        resource_name=wanted["resource_name"],
    )
    if found is None:
        raise BadRequest(
            reason="Unable to create a limit that has no corresponding registered limit: "
            f"register {wanted['resource_name']} of service {wanted['service_id']} first."
        )
    return found


def _whose(session: orm.Session, wanted: Mapping[str, Any]) -> dict[str, str]:
    project_id, domain_id = wanted.get("project_id"), wanted.get("domain_id")
    if bool(project_id) == bool(domain_id):
        raise BadRequest(reason="A limit is of a project or of a domain: give exactly one of both")
    if project_id:
        return {"project_id": rows.get(session, Project, project_id).id, "domain_id": ""}
    return {"project_id": "", "domain_id": rows.get(session, Domain, str(domain_id)).id}
