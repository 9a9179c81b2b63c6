"""Volumes and their snapshots as older clients ask compute for them, and shares, which are none."""

import json
import urllib.parse
from typing import Any

import falcon

from common import errors, http
from common.policy import Policy
from compute.api.versions import since, until
from compute.clients import VolumeService
from compute.logic.assisting import Assisting
from compute.logic.servers import Servers
from compute.policies import older as policies
from compute.policies import servers as server_policies
from compute.schemas import older as schemas
from compute.views import volumes as views

PASSED_ON_UNTIL = (2, 35)


class ShareMissing(errors.NotFound):
    message = "Share {share_id} could not be found: this cloud has no file shares."


class VolumesResource:
    """/os-volumes and /os-snapshots, /detail and one by its id: passed on to the volume service.

    kind: what is shown of one, and how it is asked for; see compute.views.volumes.
    """

    def __init__(self, policy: Policy, volumes: VolumeService, kind: views.Kind) -> None:
        self._policy = policy
        self._volumes = volumes
        self._kind = kind

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.VOLUMES)
        until(req, PASSED_ON_UNTIL)
        params = {name: req.params[name] for name in ("limit", "offset") if name in req.params}
        path = f"/{self._kind.plural}/detail"
        found = self._volumes.pass_on(req.context.ctx, "GET", path, params=params)
        rows = found[self._kind.plural]
        resp.media = {self._kind.plural: [self._kind.view(one) for one in rows]}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.VOLUMES_EDIT)
        until(req, PASSED_ON_UNTIL)
        body = http.body(req, self._kind.schema)
        wanted = {self._kind.singular: self._kind.asked(body[self._kind.singular])}
        path = f"/{self._kind.plural}"
        found = self._volumes.pass_on(req.context.ctx, "POST", path, json=wanted)
        resp.media = {self._kind.singular: self._kind.view(found[self._kind.singular])}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, one_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.VOLUMES)
        until(req, PASSED_ON_UNTIL)
        found = self._volumes.pass_on(req.context.ctx, "GET", self._path(one_id))
        resp.media = {self._kind.singular: self._kind.view(found[self._kind.singular])}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, one_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.VOLUMES_EDIT)
        until(req, PASSED_ON_UNTIL)
        self._volumes.pass_on(req.context.ctx, "DELETE", self._path(one_id))
        resp.status = falcon.HTTP_202

    def _path(self, one_id: str) -> str:
        return f"/{self._kind.plural}/{urllib.parse.quote(one_id, safe='')}"


class AssistedSnapshotsResource:
    """/os-assisted-volume-snapshots: what guests do for snapshots of the volumes they use."""

    def __init__(self, policy: Policy, assisting: Assisting) -> None:
        self._policy = policy
        self._assisting = assisting

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.ASSISTED)
        wanted = http.body(req, schemas.ASSISTED)["snapshot"]
        self._assisting.snapshot(req.context.ctx, wanted)
        snapshot_id = wanted["create_info"]["snapshot_id"]
        resp.media = {"snapshot": {"id": snapshot_id, "volumeId": wanted["volume_id"]}}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, snapshot_id: str) -> None:
        """The guest has no part in it: a snapshot is a layer below the one it writes to."""
        self._policy.authorize(req.context.ctx, policies.ASSISTED)
        try:
            given = json.loads(req.get_param("delete_info") or "")
            volume_id = str(given["volume_id"])
        except (ValueError, TypeError, KeyError) as error:
            raise errors.BadRequest(
                reason='delete_info must be JSON that names the volume: {"volume_id": "..."}.'
            ) from error
        self._assisting.user_of(volume_id)
        resp.status = falcon.HTTP_204


class SharesResource:
    """/servers/{server_id}/shares and /{share_id} below it, from 2.97 on"""

    def __init__(self, policy: Policy, servers: Servers) -> None:
        self._policy = policy
        self._servers = servers

    def on_get(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, server_policies.SHOW)
        since(req, (2, 97))
        self._servers.plain(req.context.ctx, server_id)
        resp.media = {"shares": []}

    def on_post(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, server_policies.UPDATE)
        since(req, (2, 97))
        wanted: dict[str, Any] = http.body(req, schemas.SHARE)["share"]
        self._servers.plain(req.context.ctx, server_id)
        raise ShareMissing(share_id=wanted["share_id"])

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, share_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, server_policies.SHOW)
        self._missing(req, server_id, share_id)

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, share_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, server_policies.UPDATE)
        self._missing(req, server_id, share_id)

    def _missing(self, req: falcon.Request, server_id: str, share_id: str) -> None:
        since(req, (2, 97))
        self._servers.plain(req.context.ctx, server_id)
        raise ShareMissing(share_id=share_id)
