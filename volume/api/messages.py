"""/messages, from 3.3 on."""

from typing import Any

import falcon

from common.policy import Policy
from volume.api import requests
from volume.db.models import UserMessage
from volume.logic.messages import SORTABLE, Messages, filters
from volume.policies import admin as policies
from volume.views.common import links, moment

SINCE = (3, 3)


class MessagesResource:
    """/v3/messages and /v3/messages/{message_id}"""

    def __init__(self, policy: Policy, messages: Messages) -> None:
        self._policy = policy
        self._messages = messages

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.MESSAGES)
        requests.since(req, SINCE)
        page, _ = requests.page(req, SORTABLE)
        found = requests.fetched(
            lambda: self._messages.list(ctx, filters(req.params), page), page.marker
        )
        shown = [_view(req, one) for one in found]
        resp.media = requests.listed(req, "messages", shown, page.limit)
        resp.media.pop("messages_links", None)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, message_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.MESSAGES)
        requests.since(req, SINCE)
        resp.media = {"message": _view(req, self._messages.get(ctx, message_id))}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, message_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DELETE_MESSAGES)
        requests.since(req, SINCE)
        self._messages.delete(ctx, message_id)
        resp.status = falcon.HTTP_204


def _view(req: falcon.Request, message: UserMessage) -> dict[str, Any]:
    where = requests.address(req)
    return {
        "id": message.id,
        "event_id": message.event_id,
        "message_level": "ERROR",
        "request_id": message.request_id,
        "resource_type": message.resource_type,
        "resource_uuid": message.resource_id,
        "user_message": message.text,
        "created_at": moment(message.created_at),
        "guaranteed_until": moment(message.expires_at),
        "links": links(where.base, where.project, f"messages/{message.id}"),
    }
