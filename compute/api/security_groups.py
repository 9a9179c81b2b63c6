"""/os-security-groups, /os-security-group-rules, and the groups of one server."""

from typing import Any

import falcon

from common import http, paging
from common.policy import Policy
from compute.api.versions import until
from compute.logic.groups import ServerSecurityGroups
from compute.logic.security_groups import SecurityGroups
from compute.policies import security_groups as policies
from compute.policies import servers as server_policies
from compute.schemas import security_groups as schemas
from compute.schemas.common import truth
from compute.views import security_groups as views

PASSED_ON_UNTIL = (2, 35)


class ServerSecurityGroupsResource:
    """/servers/{server_id}/os-security-groups"""

    def __init__(self, policy: Policy, groups: ServerSecurityGroups) -> None:
        self._policy = policy
        self._groups = groups

    def on_get(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, server_policies.SHOW)
        resp.media = _shown(self._groups.list(req.context.ctx, server_id))


class SecurityGroupsResource:
    """/os-security-groups and /{group_id} below it"""

    def __init__(self, policy: Policy, groups: SecurityGroups) -> None:
        self._policy = policy
        self._groups = groups

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SHOW)
        until(req, PASSED_ON_UNTIL)
        everywhere = truth(req.get_param("all_tenants"))
        found = self._groups.list(ctx, everywhere=everywhere and ctx.is_admin)
        first = req.get_param_as_int("offset", min_value=0) or 0
        limit = paging.page(req, sort_keys=[]).limit
        resp.media = _shown(found[first : first + limit], others=found)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.EDIT)
        until(req, PASSED_ON_UNTIL)
        wanted = http.body(req, schemas.GROUP)["security_group"]
        self._answer(req, resp, self._groups.create(req.context.ctx, wanted))

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, group_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        until(req, PASSED_ON_UNTIL)
        self._answer(req, resp, self._groups.get(req.context.ctx, group_id))

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, group_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.EDIT)
        until(req, PASSED_ON_UNTIL)
        wanted = http.body(req, schemas.GROUP)["security_group"]
        self._answer(req, resp, self._groups.update(req.context.ctx, group_id, wanted))

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, group_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.EDIT)
        until(req, PASSED_ON_UNTIL)
        self._groups.delete(req.context.ctx, group_id)
        resp.status = falcon.HTTP_202

    def _answer(self, req: falcon.Request, resp: falcon.Response, group: dict[str, Any]) -> None:
        others = _pointed_to(self._groups, req, group.get("security_group_rules", ()))
        resp.media = {"security_group": views.group(group, others)}


class RulesResource:
    """/os-security-group-rules and /{rule_id} below it"""

    def __init__(self, policy: Policy, groups: SecurityGroups) -> None:
        self._policy = policy
        self._groups = groups

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.EDIT)
        until(req, PASSED_ON_UNTIL)
        wanted = http.body(req, schemas.RULE)["security_group_rule"]
        made = self._groups.add_rule(req.context.ctx, wanted)
        others = _pointed_to(self._groups, req, [made])
        resp.media = {"security_group_rule": views.rule(made, others)}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, rule_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.EDIT)
        until(req, PASSED_ON_UNTIL)
        self._groups.remove_rule(req.context.ctx, rule_id)
        resp.status = falcon.HTTP_202


def _pointed_to(groups: SecurityGroups, req: falcon.Request, rules: Any) -> views.Groups:
    """Return groups by id when a rule points to one."""
    if not any(rule.get("remote_group_id") for rule in rules):
        return {}
    return {one["id"]: one for one in groups.list(req.context.ctx)}


def _shown(
    found: list[dict[str, Any]], others: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    known = {one["id"]: one for one in others or found}
    return {"security_groups": [views.group(one, known) for one in found]}
