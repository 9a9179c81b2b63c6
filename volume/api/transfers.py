"""/os-volume-transfer, and /volume-transfers from 3.55 on."""

from typing import Any

import falcon

from common import http
from common.policy import Policy
from volume.api import requests
from volume.api.volumes import named
from volume.db.models import Transfer
from volume.logic.transfers import Transfers
from volume.policies import admin as policies
from volume.schemas import admin as schemas
from volume.schemas.volumes import is_true
from volume.views.common import links, moment

NO_SNAPSHOTS_SINCE, PROJECTS_SINCE = (3, 55), (3, 57)


class TransfersResource:
    """path: of the resource, `os-volume-transfer` or `volume-transfers`.  since: when it began."""

    def __init__(
        self, policy: Policy, transfers: Transfers, path: str, since: tuple[int, int]
    ) -> None:
        self._policy = policy
        self._transfers = transfers
        self._path = path
        self._since = since

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"transfers": [self._brief(req, one) for one in self._all(req)]}

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"transfers": [self._full(req, one) for one in self._all(req)]}

    def _all(self, req: falcon.Request) -> list[Transfer]:
        self._policy.authorize(req.context.ctx, policies.TRANSFERS)
        requests.since(req, self._since)
        everywhere = is_true(req.get_param("all_tenants"))
        return self._transfers.list(req.context.ctx, everywhere=everywhere)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.TRANSFER)
        requests.since(req, self._since)
        body = http.body(req, schemas.TRANSFER)["transfer"]
        alone = not requests.before(req, NO_SNAPSHOTS_SINCE) and is_true(body.get("no_snapshots"))
        transfer, key = self._transfers.create(
            ctx, body["volume_id"], named(body, "name"), no_snapshots=alone
        )
        resp.status = falcon.HTTP_202
        resp.media = {"transfer": self._full(req, transfer) | {"auth_key": key}}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, transfer_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.TRANSFERS)
        requests.since(req, self._since)
        found = self._transfers.get(req.context.ctx, transfer_id)
        resp.media = {"transfer": self._full(req, found)}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, transfer_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.TRANSFER)
        requests.since(req, self._since)
        self._transfers.delete(req.context.ctx, transfer_id)
        resp.status = falcon.HTTP_202

    def on_post_accept(self, req: falcon.Request, resp: falcon.Response, transfer_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.ACCEPT)
        requests.since(req, self._since)
        key = http.body(req, schemas.ACCEPT)["accept"]["auth_key"]
        found = self._transfers.accept(req.context.ctx, transfer_id, key)
        resp.status = falcon.HTTP_202
        resp.media = {"transfer": self._brief(req, found)}

    def _brief(self, req: falcon.Request, transfer: Transfer) -> dict[str, Any]:
        where = requests.address(req)
        return {
            "id": transfer.id,
            "name": transfer.name,
            "volume_id": transfer.volume_id,
            "links": links(where.base, where.project, f"{self._path}/{transfer.id}"),
        }

    def _full(self, req: falcon.Request, transfer: Transfer) -> dict[str, Any]:
        found = self._brief(req, transfer) | {"created_at": moment(transfer.created_at)}
        if not requests.before(req, NO_SNAPSHOTS_SINCE):
            found["no_snapshots"] = transfer.no_snapshots
        if not requests.before(req, PROJECTS_SINCE):
            found |= {
                "source_project_id": transfer.project_id,
                "destination_project_id": None,
                "accepted": False,
            }
        return found
