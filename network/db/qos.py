"""Questions about QoS policies, their rules, and what they hold."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db import rbac, rows
from network.db.lists import Listing, columns
from network.db.models import Network, Port
from network.db.ports import INTERNAL
from network.db.qos_models import QosPolicy, QosRule
from network.db.router_models import FloatingIp, Router

DETAILS = (
    orm.selectinload(QosPolicy.rules),
    orm.selectinload(QosPolicy.grants),
    orm.selectinload(QosPolicy.tags),
)
LISTING = Listing(
    QosPolicy,
    columns(QosPolicy, "name is_default"),
    {"shared": lambda values: rbac.shared_filter(QosPolicy, values)},
    DETAILS,
)
RULES = Listing(QosRule, columns(QosRule, "direction max_kbps max_burst_kbps min_kbps dscp_mark"))


def visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of a policy."""
    return rbac.seen(ctx, QosPolicy, "qos_policy")


def get(session: orm.Session, ctx: RequestContext, policy_id: str) -> QosPolicy:
    """Return a policy the caller may see, with its rules.  Raises QosPolicyNotFound."""
    query = sa.select(QosPolicy).where(QosPolicy.id == policy_id, visible(ctx))
    query = query.options(*DETAILS).execution_options(populate_existing=True)
    policy = session.scalars(query).one_or_none()
    if policy is None:
        raise errors.QosPolicyNotFound(policy_id=policy_id)
    return policy


def get_rule(session: orm.Session, policy_id: str, kind: str, rule_id: str) -> QosRule:
    """Return a rule of a policy.  Raises QosRuleNotFound."""
    query = sa.select(QosRule).where(
        QosRule.id == rule_id, QosRule.policy_id == policy_id, QosRule.kind == kind
    )
    rule = session.scalars(query).one_or_none()
    if rule is None:
        raise errors.QosRuleNotFound(policy_id=policy_id, rule_id=rule_id)
    return rule


def default_of(session: orm.Session, project_id: str) -> QosPolicy | None:
    """Return the policy of a project's new networks."""
    query = sa.select(QosPolicy).where(
        QosPolicy.project_id == project_id, QosPolicy.is_default.is_(True)
    )
    return session.scalars(query.limit(1)).first()


def rules_of(session: orm.Session, policy_ids: Sequence[str | None]) -> dict[str, list[QosRule]]:
    """Return the rules of policies by policy."""
    wanted = sorted({one for one in policy_ids if one})
    found: dict[str, list[QosRule]] = {one: [] for one in wanted}
    if wanted:
        for rule in session.scalars(sa.select(QosRule).where(QosRule.policy_id.in_(wanted))):
            found[rule.policy_id].append(rule)
    return found


def held_ports(policy_id: str) -> sa.Select[Any]:
    """Return the query of the ports that a policy holds, their network's ones too."""
    networks = sa.select(Network.id).where(Network.qos_policy_id == policy_id)
    by_network = sa.and_(
        Port.qos_policy_id.is_(None),
        Port.network_id.in_(networks),
        Port.device_owner.not_in(INTERNAL),
    )
    return sa.select(Port.id).where(sa.or_(Port.qos_policy_id == policy_id, by_network))


def advance_held(session: orm.Session, policy_id: str) -> tuple[Sequence[str], Sequence[str]]:
    """Advance all that a policy holds, and return the ids of its ports and routers."""
    ports = list(session.scalars(held_ports(policy_id)))
    floating = sa.select(FloatingIp.router_id).where(
        FloatingIp.qos_policy_id == policy_id, FloatingIp.router_id.is_not(None)
    )
    gateways = sa.select(Router.id).where(Router.gateway_qos_policy_id == policy_id)
    routers = sorted({*session.scalars(floating), *session.scalars(gateways)})
    rows.advance_all(session, Port, ports)
    rows.advance_all(session, Router, routers)
    return ports, routers


USED_BY: tuple[tuple[str, Any, Any], ...] = (
    ("network", Network, Network.qos_policy_id),
    ("port", Port, Port.qos_policy_id),
    ("floating IP", FloatingIp, FloatingIp.qos_policy_id),
    ("router", Router, Router.gateway_qos_policy_id),
)


def user(session: orm.Session, policy_id: str) -> tuple[str, str] | None:
    """Return something that names a policy: what it is, and its id."""
    for what, model, column in USED_BY:
        found = session.scalar(sa.select(model.id).where(column == policy_id).limit(1))
        if found is not None:
            return what, found
    return None


def user_projects(session: orm.Session, policy_id: str) -> set[str]:
    """Return the projects of all that names a policy."""
    queries = [
        sa.select(model.project_id).where(column == policy_id) for _, model, column in USED_BY
    ]
    return set(session.scalars(sa.union(*queries)))
