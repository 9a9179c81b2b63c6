"""Roles on projects, domains and the system, one by one; and the list of all assignments."""

import falcon

from common.policy import Policy, Rule
from identity.api.base import listed
from identity.db.assignments import SYSTEM, Grant
from identity.errors import Missing
from identity.logic.grants import Grants
from identity.logic.names import Names
from identity.policies import roles as policies
from identity.views import grants as views
from identity.views import roles as role_views

NOWHERE = {"domain_id": "", "actor_domain_id": "", "role_name": ""}

RULES = (policies.LIST_GRANTS, policies.CHECK_GRANT, policies.CREATE_GRANT, policies.REVOKE_GRANT)
SYSTEM_RULES = (
    *(policies.LIST_SYSTEM, policies.CHECK_SYSTEM),
    *(policies.CREATE_SYSTEM, policies.REVOKE_SYSTEM),
)


class GrantsResource:
    """/v3/<target>s/{<target>_id}/<actor>s/{<actor>_id}/roles, and below it one role.

    target: `project`, `domain` or `system`.  actor: `user` or `group`.
    inherited: the OS-INHERIT form, for all projects below the target.
    """

    def __init__(
        self, policy: Policy, grants: Grants, target: str, actor: str, inherited: bool
    ) -> None:
        self._policy = policy
        self._grants = grants
        self._target = target
        self._actor = actor
        self._inherited = inherited
        self._rules = SYSTEM_RULES if target == "system" else RULES

    def on_get(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        found = self._grants.list(self._grant(req, self._rules[0], path))
        resp.media = listed(req, "roles", found, role_views.role, path="/v3/roles")

    def on_head_one(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        grant = self._grant(req, self._rules[1], path)
        self._grants.check(grant, path["role_id"])
        resp.status = falcon.HTTP_204

    on_get_one = on_head_one

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        grant = self._grant(req, self._rules[2], path)
        self._grants.create(grant, path["role_id"])
        resp.status = falcon.HTTP_204

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        grant = self._grant(req, self._rules[3], path)
        self._grants.delete(grant, path["role_id"])
        resp.status = falcon.HTTP_204

    def _grant(self, req: falcon.Request, rule: Rule, path: dict[str, str]) -> Grant:
        """Return whom and where.  Raises PolicyForbids, Missing."""
        target_id = path.get(f"{self._target}_id", SYSTEM)
        actor_id = path[f"{self._actor}_id"]
        grant = Grant(self._actor, actor_id, self._target, target_id, self._inherited)
        ctx = req.context.ctx
        try:
            facts = self._grants.facts(grant, path.get("role_id"))
        except Missing:
            self._policy.authorize(ctx, rule, NOWHERE)
            raise
        self._policy.authorize(ctx, rule, facts)
        return grant


class AssignmentsResource:
    """/v3/role_assignments"""

    def __init__(self, policy: Policy, grants: Grants, names: Names) -> None:
        self._policy = policy
        self._grants = grants
        self._names = names

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        asked = {name: str(req.get_param(name)) for name in req.params}
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.LIST_ASSIGNMENTS)
        within = None if "admin" in ctx.roles else ctx.domain_id
        found = self._grants.all(asked, within=within)
        with_names = "include_names" in asked and asked["include_names"] not in ("0", "false")
        names = self._names.of(found) if with_names else None
        resp.media = {
            "role_assignments": [
                views.assignment(given, f"{req.prefix}/v3", names) for given in found
            ],
            "links": {"next": None, "self": req.uri, "previous": None},
        }

    on_head = on_get
