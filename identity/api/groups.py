"""/v3/groups/{group_id}/users"""

import falcon

from common.policy import Policy
from identity.api.base import listed, page, reach
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
        reach(self._policy, req.context.ctx, policies.ADD_USER, self._groups, group_id)
        self._groups.add_user(group_id, user_id)
        resp.status = falcon.HTTP_204

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, group_id: str, user_id: str
    ) -> None:
        reach(self._policy, req.context.ctx, policies.REMOVE_USER, self._groups, group_id)
        self._groups.remove_user(group_id, user_id)
        resp.status = falcon.HTTP_204
