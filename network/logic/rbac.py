"""Grants: resources that their owner lets other projects use."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import orm

from common import errors as roots
from common.context import RequestContext
from network import errors
from network.db import rbac as queries
from network.db import rows
from network.db.base import new_id
from network.db.lists import Wanted
from network.db.models import Network
from network.db.rbac_models import EVERYBODY, EXTERNAL, SHARED, Grant
from network.logic import rbac_use
from network.logic.base import Logic
from network.rpc.contract import ADDRESS_GROUP, NETWORK, SECURITY_GROUP, Changes


class RbacPolicies(Logic):
    """What can be done with grants."""

    def list(self, ctx: RequestContext, wanted: Wanted) -> list[Grant]:
        """Return one page of the caller's grants."""
        with self._database.reading() as session:
            return queries.LISTING.fetch(session, queries.visible(ctx), wanted)

    def get(self, ctx: RequestContext, grant_id: str) -> Grant:
        """Return one grant.  Raises RbacPolicyNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, grant_id)

    def create(self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]) -> Sequence[Grant]:
        """Make all of the grants or none.

        Raises OverQuota, DuplicateRbacPolicy, RbacOwnerOnly, AdminOnly, the object's NotFound.
        """
        changes: Changes = []
        with self._database.transaction() as session:
            made = []
            for one in wanted:
                grant = self._create(session, ctx, one)
                made.append(grant)
                changes += _told(grant)
        self._tell(ctx, *changes)
        return made

    def _create(
        self, session: orm.Session, ctx: RequestContext, wanted: Mapping[str, Any]
    ) -> Grant:
        object_type, object_id = wanted["object_type"], wanted["object_id"]
        rbac_use.check_action(object_type, wanted["action"])
        row = rbac_use.find(session, ctx, object_type, object_id)
        if not ctx.is_admin and row.project_id != ctx.project_id:
            raise errors.RbacOwnerOnly(object_type=object_type, object_id=object_id)
        target = _target(ctx, wanted)
        rbac_use.check_reach(session, row, target)
        project_id = ctx.project_id or row.project_id
        self._quotas.reserve(session, project_id, "rbac_policy")
        grant = Grant(
            id=new_id(),
            project_id=project_id,
            object_type=object_type,
            object_id=object_id,
            action=wanted["action"],
            target=target,
        )
        queries.add(session, grant)
        settle(session, row)
        return grant

    def update(self, ctx: RequestContext, grant_id: str, wanted: Mapping[str, Any]) -> Grant:
        """Grant to another project in place of this one.

        Raises RbacPolicyNotFound, RbacPolicyInUse, AdminOnly, DuplicateRbacPolicy.
        """
        with self._database.transaction() as session:
            grant = queries.get(session, ctx, grant_id)
            row = rbac_use.row_of(session, grant)
            target = _target(ctx, wanted)
            if target != grant.target:
                kept = [one for one in queries.of_object(session, row.id) if one.id != grant.id]
                new = [target] if grant.object_type == "network" else []
                rbac_use.check_unused(session, row, grant, [*_reached(kept, grant), *new])
                rows.change(grant, {"target": target})
                queries.add(session, grant)
                settle(session, row)
            changes = _told(grant)
        self._tell(ctx, *changes)
        return grant

    def delete(self, ctx: RequestContext, grant_id: str) -> None:
        """Take a grant back.  Raises RbacPolicyNotFound, RbacPolicyInUse."""
        with self._database.transaction() as session:
            grant = queries.get(session, ctx, grant_id)
            changes = _told(grant)
            withdraw(session, grant)
        self._tell(ctx, *changes)


def withdraw(session: orm.Session, grant: Grant) -> None:
    """Take one grant back.  Raises RbacPolicyInUse while a project needs it."""
    row = rbac_use.row_of(session, grant)
    kept = [one for one in queries.of_object(session, row.id) if one.id != grant.id]
    rbac_use.check_unused(session, row, grant, _reached(kept, grant))
    session.delete(grant)
    session.flush()
    settle(session, row)


def share(session: orm.Session, object_type: str, row: Any, action: str = SHARED) -> None:
    """Grant a resource to everybody, unless it is already."""
    there = queries.of_object(session, row.id)
    if not any(one.action == action and one.target == EVERYBODY for one in there):
        session.add(
            Grant(
                id=new_id(),
                project_id=row.project_id,
                object_type=object_type,
                object_id=row.id,
                action=action,
                target=EVERYBODY,
            )
        )
        session.flush()
        settle(session, row)


def unshare(session: orm.Session, row: Any, action: str = SHARED) -> None:
    """Take back what was granted to everybody, or all ways out.  Raises RbacPolicyInUse."""
    for grant in queries.of_object(session, row.id):
        if grant.action == action and (action == EXTERNAL or grant.target == EVERYBODY):
            withdraw(session, grant)


def settle(session: orm.Session, row: Any) -> None:
    """Make a resource say what its grants come to, and advance its revision."""
    if isinstance(row, Network):
        there = queries.of_object(session, row.id)
        row.external = any(one.action == EXTERNAL for one in there)
        row.shared = any(one.action == SHARED and one.target == EVERYBODY for one in there)
    rows.advance(row)
    session.flush()
    session.expire(row, ["grants"])


def check_own(ctx: RequestContext, what: str, row: Any) -> None:
    """Return when the caller may change a resource that it sees.  Raises NotYours."""
    if not ctx.is_admin and row.project_id != ctx.project_id:
        raise errors.NotYours(what=what, resource_id=row.id)


def _target(ctx: RequestContext, wanted: Mapping[str, Any]) -> str:
    target = wanted.get("target_tenant") or wanted.get("target_project")
    if not target:
        raise roots.BadRequest(reason="an RBAC policy needs a target_tenant: a project id or *")
    if target == EVERYBODY and not ctx.is_admin:
        raise errors.AdminOnly(attribute="target_tenant=*")
    return str(target)


def _reached(kept: Sequence[Grant], grant: Grant) -> list[str]:
    """Return whom the other grants of the same kind reach."""
    return [one.target for one in kept if one.action == grant.action]


def _told(grant: Grant) -> Changes:
    kinds = {
        "network": NETWORK,
        "security_group": SECURITY_GROUP,
        "address_group": ADDRESS_GROUP,
    }
    kind = kinds.get(grant.object_type)
    return [(kind, grant.object_id)] if kind else []
