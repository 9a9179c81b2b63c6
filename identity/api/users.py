"""What users have besides themselves: passwords, projects, groups; and one's own scopes."""

import falcon

from common import http
from common.policy import Policy
from identity.api.base import listed, reach
from identity.logic.users import Users
from identity.policies import tokens as token_policies
from identity.policies import users as policies
from identity.schemas import people as schemas
from identity.views import people as people_views
from identity.views import projects as views


class UserResource:
    """/v3/users/{user_id}/..."""

    def __init__(self, policy: Policy, users: Users) -> None:
        self._policy = policy
        self._users = users

    def on_post_password(self, req: falcon.Request, resp: falcon.Response, user_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.PASSWORD, {"user_id": user_id})
        wanted = http.body(req, schemas.CHANGE_PASSWORD)["user"]
        self._users.change_password(user_id, wanted["original_password"], wanted["password"])
        resp.status = falcon.HTTP_204

    def on_get_projects(self, req: falcon.Request, resp: falcon.Response, user_id: str) -> None:
        reach(self._policy, req.context.ctx, policies.PROJECTS, self._users, user_id)
        found = self._users.projects(user_id)
        resp.media = listed(req, "projects", found, views.project, path="/v3/projects")

    def on_get_groups(self, req: falcon.Request, resp: falcon.Response, user_id: str) -> None:
        reach(self._policy, req.context.ctx, policies.GROUPS, self._users, user_id)
        found = self._users.groups(user_id)
        resp.media = listed(req, "groups", found, people_views.group, path="/v3/groups")


class ScopesResource:
    """/v3/auth/projects, /domains and /system: what one may ask a token for."""

    def __init__(self, policy: Policy, users: Users) -> None:
        self._policy = policy
        self._users = users

    def on_get_projects(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, token_policies.PROJECTS)
        found = self._users.projects(ctx.user_id)
        resp.media = listed(req, "projects", found, views.project, path="/v3/projects")

    def on_get_domains(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, token_policies.DOMAINS)
        found = self._users.domains(ctx.user_id)
        resp.media = listed(req, "domains", found, views.domain, path="/v3/domains")

    def on_get_system(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, token_policies.SYSTEM)
        found = [{"all": True}] if self._users.on_system(ctx.user_id) else []
        resp.media = {"system": found, "links": {"self": req.prefix + req.path}}
