"""Security groups and their rules: made, changed and removed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db import address_groups, rows
from network.db import groups as queries
from network.db.base import new_id
from network.db.group_models import SecurityGroup, SecurityGroupRule
from network.db.lists import Wanted
from network.logic import rules
from network.logic.base import Logic, named, owner
from network.rpc.contract import SECURITY_GROUP, Changes

CHANGEABLE = ("name", "description", "stateful")


class SecurityGroups(Logic):
    """What can be done with security groups."""

    def list(self, ctx: RequestContext, wanted: Wanted) -> list[SecurityGroup]:
        """Return one page of the groups the caller may see, its project's default among them."""
        self._ensure_default(ctx)
        with self._database.reading() as session:
            return queries.LISTING.fetch(session, queries.visible(ctx), wanted)

    def _ensure_default(self, ctx: RequestContext) -> None:
        if not ctx.project_id:
            return
        with self._database.reading() as session:
            if queries.default_of(session, ctx.project_id) is not None:
                return
        with self._database.transaction() as session:
            group_id, _ = queries.ensure_default(session, ctx.project_id)
        self._tell(ctx, (SECURITY_GROUP, group_id))

    def get(self, ctx: RequestContext, group_id: str) -> SecurityGroup:
        """Return one group with its rules.  Raises SecurityGroupNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, group_id)

    def create(
        self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]
    ) -> Sequence[SecurityGroup]:
        """Make all of the groups or none.  Raises SecurityGroupDefaultAlreadyExists, OverQuota."""
        changes: Changes = []
        with self._database.transaction() as session:
            ids = []
            for one in wanted:
                group_id, more = self._create(session, ctx, one)
                ids.append(group_id)
                changes += more
            made = [queries.get(session, ctx, group_id) for group_id in ids]
        self._tell(ctx, *changes)
        return made

    def _create(
        self, session: orm.Session, ctx: RequestContext, wanted: Mapping[str, Any]
    ) -> tuple[str, Changes]:
        if wanted.get("name", "").lower() == queries.DEFAULT:
            raise errors.SecurityGroupDefaultAlreadyExists()
        project_id = owner(ctx, wanted)
        first, new = queries.ensure_default(session, project_id)
        self._quotas.reserve(session, project_id, "security_group")
        group = SecurityGroup(id=new_id(), project_id=project_id, **named(wanted, CHANGEABLE))
        session.add(group)
        session.flush()
        session.add_all(queries.standard_rules(group))
        rows.set_tags(session, group.id, wanted.get("tags", ()))
        made = [(SECURITY_GROUP, group.id)]
        return group.id, [(SECURITY_GROUP, first), *made] if new else made

    def update(
        self, ctx: RequestContext, group_id: str, wanted: Mapping[str, Any]
    ) -> SecurityGroup:
        """Change a group.  Raises SecurityGroupNotFound, SecurityGroupCannotUpdateDefault."""
        with self._database.transaction() as session:
            group = queries.get_own(session, ctx, group_id)
            if "name" in wanted and wanted["name"] != group.name:
                if queries.is_default(session, group_id):
                    raise errors.SecurityGroupCannotUpdateDefault()
                if wanted["name"].lower() == queries.DEFAULT:
                    raise errors.SecurityGroupDefaultAlreadyExists()
            rows.change(group, named(wanted, CHANGEABLE))
            session.flush()
            group = queries.get(session, ctx, group_id)
        self._tell(ctx, (SECURITY_GROUP, group_id))
        return group

    def delete(self, ctx: RequestContext, group_id: str) -> None:
        """Remove a group, and other groups' rules about its members.

        Raises SecurityGroupNotFound, SecurityGroupInUse, SecurityGroupCannotRemoveDefault.
        """
        with self._database.transaction() as session:
            group = queries.get_own(session, ctx, group_id)
            if not ctx.is_admin and queries.is_default(session, group_id):
                raise errors.SecurityGroupCannotRemoveDefault()
            count = queries.ports_in(session, group_id)
            if count:
                raise errors.SecurityGroupInUse(security_group_id=group_id, count=count)
            others = queries.referring(session, group_id)
            rows.delete(session, group)
            rows.advance_all(session, SecurityGroup, others)
        changed = [(SECURITY_GROUP, other) for other in others]
        self._tell(ctx, *changed, (SECURITY_GROUP, group_id))


class SecurityGroupRules(Logic):
    """What can be done with the rules of security groups."""

    def list(self, ctx: RequestContext, wanted: Wanted) -> list[SecurityGroupRule]:
        """Return one page of the rules the caller may see."""
        with self._database.reading() as session:
            return queries.RULES.fetch(session, queries.rule_visible(ctx), wanted)

    def get(self, ctx: RequestContext, rule_id: str) -> SecurityGroupRule:
        """Return one rule.  Raises SecurityGroupRuleNotFound."""
        with self._database.reading() as session:
            return queries.get_rule(session, ctx, rule_id)

    def create(
        self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]
    ) -> Sequence[SecurityGroupRule]:
        """Make all of the rules or none.  Raises SecurityGroupRuleExists, OverQuota..."""
        made: list[Any] = []
        with self._database.transaction() as session:
            for group_id in dict.fromkeys(one["security_group_id"] for one in wanted):
                own = [one for one in wanted if one["security_group_id"] == group_id]
                made += self._add(session, ctx, group_id, own)
        changes = [(SECURITY_GROUP, rule.security_group_id) for rule in made]
        self._tell(ctx, *changes)
        return made

    def _add(
        self,
        session: orm.Session,
        ctx: RequestContext,
        group_id: str,
        wanted: Sequence[Mapping[str, Any]],
    ) -> Sequence[SecurityGroupRule]:
        group = queries.get_own(session, ctx, group_id)
        self._quotas.reserve(session, group.project_id, "security_group_rule", len(wanted))
        remotes = [one["remote_group_id"] for one in wanted if one.get("remote_group_id")]
        made = [rules.build(group, group.project_id, one) for one in wanted]
        queries.check_visible(session, ctx, remotes)
        for one in {rule.remote_address_group_id for rule in made}:
            if one is not None:
                address_groups.get(session, ctx, one)
        known = {rules.meaning(rule): rule.id for rule in queries.rules_of(session, group_id)}
        for rule in made:
            same = known.setdefault(rules.meaning(rule), rule.id)
            if same != rule.id:
                raise errors.SecurityGroupRuleExists(rule_id=same)
        session.add_all(made)
        rows.advance(group)
        session.flush()
        return made

    def delete(self, ctx: RequestContext, rule_id: str) -> None:
        """Remove a rule.  Raises SecurityGroupRuleNotFound."""
        with self._database.transaction() as session:
            rule = queries.get_rule(session, ctx, rule_id)
            group_id = rule.security_group_id
            queries.get_own(session, ctx, group_id)
            rows.delete(session, rule)
            rows.advance_all(session, SecurityGroup, [group_id])
        self._tell(ctx, (SECURITY_GROUP, group_id))
