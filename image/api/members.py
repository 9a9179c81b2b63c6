"""Memberships: with which projects an image is shared."""

import falcon

from common import http
from common.policy import Policy
from image.logic.members import Members
from image.policies import members as policies
from image.schemas import members as schemas
from image.views import members as views


class MembersResource:
    """/v2/images/{image_id}/members"""

    def __init__(self, policy: Policy, members: Members) -> None:
        self._policy = policy
        self._members = members

    def on_get(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.LIST)
        resp.media = views.listed(self._members.list(ctx, image_id))

    def on_post(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.CREATE)
        wanted = http.body(req, schemas.CREATE)
        resp.media = views.shown(self._members.create(ctx, image_id, wanted["member"]))


class MemberResource:
    """/v2/images/{image_id}/members/{member_id}"""

    def __init__(self, policy: Policy, members: Members) -> None:
        self._policy = policy
        self._members = members

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, image_id: str, member_id: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SHOW)
        resp.media = views.shown(self._members.get(ctx, image_id, member_id))

    def on_put(
        self, req: falcon.Request, resp: falcon.Response, image_id: str, member_id: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.UPDATE)
        wanted = http.body(req, schemas.UPDATE)
        member = self._members.answer(ctx, image_id, member_id, wanted["status"])
        resp.media = views.shown(member)

    def on_delete(
        self, req: falcon.Request, resp: falcon.Response, image_id: str, member_id: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DELETE)
        self._members.delete(ctx, image_id, member_id)
        resp.status = falcon.HTTP_204
