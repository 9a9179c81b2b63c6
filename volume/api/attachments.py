"""/attachments: who uses volumes, for the services that attach them."""

from collections.abc import Callable
from typing import Any

import falcon

from common import http
from common.policy import Policy
from volume.api import requests
from volume.db.attachments import SORTABLE
from volume.db.models import Attachment
from volume.logic import filters
from volume.logic.attachments import Attachments
from volume.policies import attachments as policies
from volume.schemas import volumes as schemas
from volume.views import attachments as views

SINCE = (3, 27)
COMPLETE_SINCE = (3, 44)
MODE_SINCE = (3, 54)


class AttachmentsResource:
    """/v3/attachments and /v3/attachments/detail"""

    def __init__(self, policy: Policy, attachments: Attachments) -> None:
        self._policy = policy
        self._attachments = attachments

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._list(req, resp, views.brief)

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        shown = self._policy.allows(req.context.ctx, policies.CONNECTION)
        self._list(req, resp, lambda one: views.full(one, connection=shown))

    def _list(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        view: Callable[[Attachment], dict[str, Any]],
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.LIST)
        requests.since(req, SINCE)
        conditions = filters.of_attachments(ctx, req.params, req.context.version)
        page, offset = requests.page(req, SORTABLE)
        found = requests.fetched(
            lambda: self._attachments.list(conditions, page, offset), page.marker
        )
        resp.media = requests.listed(req, "attachments", [view(one) for one in found], page.limit)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.CREATE)
        requests.since(req, SINCE)
        body = http.body(req, schemas.ATTACHMENT_CREATE)["attachment"]
        mode = None if requests.before(req, MODE_SINCE) else body.get("mode")
        attachment = self._attachments.create(
            ctx, body["volume_uuid"], body.get("instance_uuid"), body.get("connector") or {}, mode
        )
        shown = self._policy.allows(ctx, policies.CONNECTION)
        resp.media = {"attachment": views.full(attachment, connection=shown)}


class AttachmentResource:
    """/v3/attachments/{attachment_id} and /v3/attachments/{attachment_id}/action"""

    def __init__(self, policy: Policy, attachments: Attachments) -> None:
        self._policy = policy
        self._attachments = attachments

    def _show(self, req: falcon.Request, attachment: Attachment) -> dict[str, Any]:
        shown = self._policy.allows(req.context.ctx, policies.CONNECTION)
        return {"attachment": views.full(attachment, connection=shown)}

    def on_get(self, req: falcon.Request, resp: falcon.Response, attachment_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SHOW)
        requests.since(req, SINCE)
        resp.media = self._show(req, self._attachments.get(ctx, attachment_id))

    def on_put(self, req: falcon.Request, resp: falcon.Response, attachment_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.UPDATE)
        requests.since(req, SINCE)
        connector = http.body(req, schemas.ATTACHMENT_UPDATE)["attachment"]["connector"]
        attachment = self._attachments.update(ctx, attachment_id, connector)
        resp.media = self._show(req, attachment)

    def on_delete(self, req: falcon.Request, resp: falcon.Response, attachment_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DELETE)
        requests.since(req, SINCE)
        left = self._attachments.delete(ctx, attachment_id)
        resp.media = {"attachments": [views.brief(one) for one in left]}

    def on_post_action(
        self, req: falcon.Request, resp: falcon.Response, attachment_id: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.COMPLETE)
        requests.since(req, COMPLETE_SINCE)
        http.body(req, schemas.COMPLETE)
        self._attachments.complete(ctx, attachment_id)
        resp.status = falcon.HTTP_204
