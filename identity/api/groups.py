"""/v3/groups/{group_id}/users"""

import falcon

from common.policy import Policy, Rule
from identity.api.base import listed, page, reach
from identity.errors import Missing
from identity.logic.groups import Groups
from identity.policies import groups as policies
from identity.views import people as views


class MembersResource:
    """Who is in a group."""

    def __init__(self, policy: Policy, groups: Groups) -> None:
        self._policy = policy
        self._groups = groups

    def on_get(self, req: falcon.Request, resp: falcon.Response, group_id: str) -> None:
        reach(self._policy, req.context.ctx, policies.LIST_USERS, self._groups, group_id)
        wanted = page(req)
        found = self._groups.users(group_id, req.params, wanted)
        resp.media = listed(req, "users", found, views.user, wanted, path="/v3/users")

    def on_head_one(
        self, req: falcon.Request, resp: falcon.Response, group_id: str, user_id: str
    ) -> None:
        reach(self._policy, req.context.ctx, policies.CHECK_USER, self._groups, group_id)
        self._groups.check_user(group_id, user_id)
        resp.status = falcon.HTTP_204

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, group_id: str, user_id: str
    ) -> None:
        self._authorize(req, policies.ADD_USER, group_id, user_id)
        self._groups.add_user(group_id, user_id)
        resp.status = falcon.HTTP_204

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, group_id: str, user_id: str
    ) -> None:
        self._authorize(req, policies.REMOVE_USER, group_id, user_id)
        self._groups.remove_user(group_id, user_id)
        resp.status = falcon.HTTP_204

    def _authorize(self, req: falcon.Request, rule: Rule, group_id: str, user_id: str) -> None:
        """Raises PolicyForbids, and Missing for those who may do it with some group."""
        try:
            facts = self._groups.both(group_id, user_id)
        except Missing:
            self._policy.authorize(req.context.ctx, rule, {"domain_id": "", "user_domain_id": ""})
            raise
        self._policy.authorize(req.context.ctx, rule, facts)
