"""/os-keypairs and /os-keypairs/{name}"""

from typing import Any
from urllib.parse import urlencode

import falcon

from common import http, paging
from common.clock import iso_micro
from common.policy import Policy
from compute.api.versions import base_url
from compute.db.models import Keypair
from compute.logic.keypairs import Keypairs
from compute.policies import keypairs as policies
from compute.schemas import keypairs as schemas


class KeypairsResource:
    """The caller's keys; an administrator may name another user from 2.10 on."""

    def __init__(self, policy: Policy, keypairs: Keypairs) -> None:
        self._policy = policy
        self._keypairs = keypairs

    def _user(self, req: falcon.Request, named: str | None) -> str:
        own: str = req.context.ctx.user_id
        if named is None or named == own or req.context.version < (2, 10):
            return own
        self._policy.authorize(req.context.ctx, policies.OTHERS)
        return named

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.LIST)
        user_id = self._user(req, req.get_param("user_id"))
        pages = req.context.version >= (2, 35)
        page = paging.page(req, sort_keys=[]) if pages else paging.Page()
        found = self._keypairs.list(user_id, page.marker, page.limit if pages else None)
        shown = [{"keypair": _brief(req, one)} for one in found]
        resp.media = {"keypairs": shown}
        if pages and found and len(found) == page.limit:
            params = urlencode({**req.params, "marker": found[-1].name})
            href = f"{base_url(req)}{req.path}?{params}"
            resp.media["keypairs_links"] = [{"rel": "next", "href": href}]

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.CREATE)
        wanted = http.body(req, schemas.create(req.context.version))["keypair"]
        user_id = self._user(req, wanted.get("user_id"))
        keypair, private = self._keypairs.create(req.context.ctx, user_id, wanted)
        shown = _brief(req, keypair) | {"user_id": user_id}
        if private is not None:
            shown["private_key"] = private
        resp.media = {"keypair": shown}
        resp.status = falcon.HTTP_201 if req.context.version >= (2, 2) else falcon.HTTP_200

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.LIST)
        user_id = self._user(req, req.get_param("user_id"))
        keypair = self._keypairs.get(user_id, name)
        resp.media = {
            "keypair": _brief(req, keypair)
            | {
                "user_id": user_id,
                "id": keypair.number,
                "created_at": (iso_micro(keypair.created_at) or "").removesuffix("Z"),
                "updated_at": None,
                "deleted": False,
                "deleted_at": None,
            }
        }

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.DELETE)
        self._keypairs.delete(self._user(req, req.get_param("user_id")), name)
        resp.status = falcon.HTTP_204 if req.context.version >= (2, 2) else falcon.HTTP_202


def _brief(req: falcon.Request, keypair: Keypair) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": keypair.name,
        "public_key": keypair.public_key,
        "fingerprint": keypair.fingerprint,
    }
    if req.context.version >= (2, 2):
        found["type"] = keypair.kind
    return found
