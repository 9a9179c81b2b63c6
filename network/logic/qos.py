"""QoS policies: made, changed and removed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db import qos as queries
from network.db import rows
from network.db.base import new_id
from network.db.lists import Wanted
from network.db.qos_models import QosPolicy
from network.logic import rbac
from network.logic.base import Logic, named, owner

PLAIN = ("name", "description", "is_default")


class QosPolicies(Logic):
    """What can be done with QoS policies, their rules aside."""

    def list(self, ctx: RequestContext, wanted: Wanted) -> list[QosPolicy]:
        """Return one page of the policies the caller may see."""
        with self._database.reading() as session:
            return queries.LISTING.fetch(session, queries.visible(ctx), wanted)

    def get(self, ctx: RequestContext, policy_id: str) -> QosPolicy:
        """Return one policy with its rules.  Raises QosPolicyNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, policy_id)

    def create(
        self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]
    ) -> Sequence[QosPolicy]:
        """Make all of the policies or none.  Raises QoSPolicyDefaultAlreadyExists."""
        with self._database.transaction() as session:
            return [self._create(session, ctx, one) for one in wanted]

    def _create(
        self, session: orm.Session, ctx: RequestContext, wanted: Mapping[str, Any]
    ) -> QosPolicy:
        policy = QosPolicy(id=new_id(), project_id=owner(ctx, wanted), **named(wanted, PLAIN))
        _check_default(session, policy)
        session.add(policy)
        session.flush()
        rows.set_tags(session, policy.id, wanted.get("tags", ()))
        if wanted.get("shared"):
            rbac.share(session, "qos_policy", policy)
        return queries.get(session, ctx, policy.id)

    def update(self, ctx: RequestContext, policy_id: str, wanted: Mapping[str, Any]) -> QosPolicy:
        """Change a policy.  Raises QosPolicyNotFound, RbacPolicyInUse..."""
        with self._database.transaction() as session:
            policy = queries.get(session, ctx, policy_id)
            rows.change(policy, named(wanted, PLAIN))
            _check_default(session, policy)
            if wanted.get("shared"):
                rbac.share(session, "qos_policy", policy)
            elif wanted.get("shared") is False:
                rbac.unshare(session, policy)
            session.flush()
            return queries.get(session, ctx, policy_id)

    def delete(self, ctx: RequestContext, policy_id: str) -> None:
        """Remove a policy and its rules.  Raises QosPolicyNotFound, QosPolicyInUse."""
        with self._database.transaction() as session:
            policy = queries.get(session, ctx, policy_id)
            user = queries.user(session, policy_id)
            if user is not None:
                raise errors.QosPolicyInUse(
                    policy_id=policy_id, object_type=user[0], object_id=user[1]
                )
            rows.delete(session, policy)


def _check_default(session: orm.Session, policy: QosPolicy) -> None:
    if not policy.is_default:
        return
    rows.lock(session, f"default qos {policy.project_id}")
    with session.no_autoflush:
        other = queries.default_of(session, policy.project_id)
    if other is not None and other.id != policy.id:
        raise errors.QoSPolicyDefaultAlreadyExists(project_id=policy.project_id, policy_id=other.id)


def chosen(
    session: orm.Session, ctx: RequestContext, wanted: Mapping[str, Any], before: str | None = None
) -> dict[str, Any]:
    """Return the column that a request for a network, port or address sets, if it does.

    before: the policy there is.  Raises QosPolicyNotFound, and PolicyRemoveAuthorizationError
    when a policy that the caller cannot see would go.
    """
    if "qos_policy_id" not in wanted or wanted["qos_policy_id"] == before:
        return {}
    if before is not None:
        try:
            queries.get(session, ctx, before)
        except errors.QosPolicyNotFound as error:
            raise errors.PolicyRemoveAuthorizationError(policy_id=before) from error
    if wanted["qos_policy_id"] is not None:
        queries.get(session, ctx, wanted["qos_policy_id"])
    return {"qos_policy_id": wanted["qos_policy_id"]}
