"""Volumes, their snapshots and shares: this cloud has none, and says so in the API's own words."""

from typing import Any

import falcon

from common import errors, http
from common.policy import Policy
from compute.api.versions import since, until
from compute.logic.servers import Servers
from compute.policies import older as policies
from compute.policies import servers as server_policies
from compute.schemas import older as schemas
from compute.schemas import volumes as volume_schemas

PASSED_ON_UNTIL = (2, 35)


class VolumeMissing(errors.NotFound):
    message = "Volume {volume_id} could not be found: this cloud has no volume service."


class SnapshotMissing(errors.NotFound):
    message = "Snapshot {snapshot_id} could not be found: this cloud has no volume service."


class ShareMissing(errors.NotFound):
    message = "Share {share_id} could not be found: this cloud has no file shares."


class VolumesResource:
    """/os-volumes and /os-snapshots, /detail and one by its id"""

    def __init__(self, policy: Policy, plural: str) -> None:
        self._policy = policy
        self._plural = plural

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.VOLUMES)
        until(req, PASSED_ON_UNTIL)
        resp.media = {self._plural: []}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.VOLUMES_EDIT)
        until(req, PASSED_ON_UNTIL)
        raise errors.BadRequest(reason="This cloud has no volume service.")

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, one_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.VOLUMES)
        until(req, PASSED_ON_UNTIL)
        raise self._missing(one_id)

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, one_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.VOLUMES_EDIT)
        until(req, PASSED_ON_UNTIL)
        raise self._missing(one_id)

    def _missing(self, one_id: str) -> errors.NotFound:
        if self._plural == "volumes":
            return VolumeMissing(volume_id=one_id)
        return SnapshotMissing(snapshot_id=one_id)


class AssistedSnapshotsResource:
    """/os-assisted-volume-snapshots: no server here has a volume that could be snapshotted."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.ASSISTED)
        wanted = http.body(req, schemas.ASSISTED)["snapshot"]
        raise VolumeMissing(volume_id=wanted["volume_id"])

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, snapshot_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.ASSISTED)
        raise SnapshotMissing(snapshot_id=snapshot_id)


class AttachmentsResource:
    """/servers/{server_id}/os-volume_attachments and /{volume_id} below it"""

    def __init__(self, policy: Policy, servers: Servers) -> None:
        self._policy = policy
        self._servers = servers

    def on_get(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, server_policies.SHOW)
        self._servers.plain(req.context.ctx, server_id)
        resp.media = {"volumeAttachments": []}

    def on_post(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, server_policies.UPDATE)
        wanted = http.body(req, volume_schemas.attach(req.context.version))["volumeAttachment"]
        self._servers.plain(req.context.ctx, server_id)
        raise VolumeMissing(volume_id=wanted["volumeId"])

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, volume_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, server_policies.SHOW)
        self._missing(req, server_id, volume_id)

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, volume_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, server_policies.UPDATE)
        http.body(req, volume_schemas.change(req.context.version))
        self._missing(req, server_id, volume_id)

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, volume_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, server_policies.UPDATE)
        self._missing(req, server_id, volume_id)

    def _missing(self, req: falcon.Request, server_id: str, volume_id: str) -> None:
        self._servers.plain(req.context.ctx, server_id)
        raise errors.NotFound(server_id=server_id, volume_id=volume_id)


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
