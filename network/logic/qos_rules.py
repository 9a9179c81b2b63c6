"""Rules of QoS policies: made, changed and removed; all that the policy holds follows."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from network import errors
from network.db import qos as queries
from network.db import rows
from network.db.base import new_id
from network.db.lists import Wanted
from network.db.qos_models import QosRule
from network.db.quotas import Quotas
from network.logic.base import Logic, named
from network.rpc.contract import PORT, ROUTER, Changes

BANDWIDTH, DSCP, MINIMUM = "bandwidth_limit", "dscp_marking", "minimum_bandwidth"
ATTRIBUTES = {
    BANDWIDTH: ("max_kbps", "max_burst_kbps", "direction"),
    DSCP: ("dscp_mark",),
    MINIMUM: ("min_kbps", "direction"),
}


class QosRules(Logic):
    """What can be done with the rules of one kind."""

    def __init__(self, database: Database, bus: Bus, quotas: Quotas, kind: str) -> None:
        super().__init__(database, bus, quotas)
        self._kind = kind

    def list(self, ctx: RequestContext, policy_id: str, wanted: Wanted) -> list[QosRule]:
        """Return one page of a policy's rules of this kind.  Raises QosPolicyNotFound."""
        with self._database.reading() as session:
            queries.get(session, ctx, policy_id)
            own = sa.and_(QosRule.policy_id == policy_id, QosRule.kind == self._kind)
            return queries.RULES.fetch(session, own, wanted)

    def get(self, ctx: RequestContext, policy_id: str, rule_id: str) -> QosRule:
        """Return one rule.  Raises QosPolicyNotFound, QosRuleNotFound."""
        with self._database.reading() as session:
            queries.get(session, ctx, policy_id)
            return queries.get_rule(session, policy_id, self._kind, rule_id)

    def create(
        self, ctx: RequestContext, policy_id: str, wanted: Sequence[Mapping[str, Any]]
    ) -> Sequence[QosRule]:
        """Make all of the rules or none.  Raises QosPolicyNotFound, QoSRulesConflict."""
        with self._database.transaction() as session:
            policy = queries.get(session, ctx, policy_id)
            rows.lock(session, policy_id)
            made = [
                QosRule(
                    id=new_id(),
                    project_id=policy.project_id,
                    policy_id=policy_id,
                    kind=self._kind,
                    **named(one, ATTRIBUTES[self._kind]),
                )
                for one in wanted
            ]
            session.add_all(made)
            self._flush(session, policy_id)
            rows.advance(policy)
            changes = _follow(session, policy_id)
        self._tell(ctx, *changes)
        return made

    def update(
        self, ctx: RequestContext, policy_id: str, rule_id: str, wanted: Mapping[str, Any]
    ) -> QosRule:
        """Change a rule.  Raises QosPolicyNotFound, QosRuleNotFound, QoSRulesConflict."""
        with self._database.transaction() as session:
            policy = queries.get(session, ctx, policy_id)
            rule = queries.get_rule(session, policy_id, self._kind, rule_id)
            rows.change(rule, named(wanted, ATTRIBUTES[self._kind]))
            self._flush(session, policy_id)
            rows.advance(policy)
            changes = _follow(session, policy_id)
        self._tell(ctx, *changes)
        return rule

    def delete(self, ctx: RequestContext, policy_id: str, rule_id: str) -> None:
        """Remove a rule.  Raises QosPolicyNotFound, QosRuleNotFound."""
        with self._database.transaction() as session:
            policy = queries.get(session, ctx, policy_id)
            rule = queries.get_rule(session, policy_id, self._kind, rule_id)
            session.delete(rule)
            rows.advance(policy)
            changes = _follow(session, policy_id)
        self._tell(ctx, *changes)

    def _flush(self, session: orm.Session, policy_id: str) -> None:
        try:
            session.flush()
        except sa.exc.IntegrityError as error:
            raise errors.QoSRulesConflict(kind=self._kind, policy_id=policy_id) from error


def _follow(session: orm.Session, policy_id: str) -> Changes:
    session.flush()
    ports, routers = queries.advance_held(session, policy_id)
    return [*((PORT, one) for one in ports), *((ROUTER, one) for one in routers)]
