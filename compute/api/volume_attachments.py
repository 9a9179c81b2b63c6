"""/servers/{server_id}/os-volume_attachments and /{volume_id} below it"""

from typing import Any

import falcon

from common import errors, http
from common.policy import Policy
from compute.db.models import BlockDevice
from compute.logic.devices import MULTIATTACH_SINCE, Devices
from compute.logic.swapping import Swapping
from compute.policies import servers as policies
from compute.schemas import volumes as schemas
from compute.schemas.common import truth

CHANGE_SINCE = (2, 85)
ID_UNTIL = (2, 88)
NO_ANSWER_SINCE = (2, 101)


class AttachmentsResource:
    """The volumes of a server."""

    def __init__(self, policy: Policy, devices: Devices, swapping: Swapping) -> None:
        self._policy = policy
        self._devices = devices
        self._swapping = swapping

    def on_get(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        found = self._devices.list(req.context.ctx, server_id)
        first = _number(req, "offset", 0)
        last = first + _number(req, "limit", 1000)
        resp.media = {"volumeAttachments": [_view(req, one) for one in found[first:last]]}

    def on_post(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        ctx, version = req.context.ctx, req.context.version
        self._policy.authorize(ctx, policies.UPDATE)
        asked = http.body(req, schemas.attach(version))["volumeAttachment"]
        if "delete_on_termination" in asked:
            asked["delete_on_termination"] = truth(asked["delete_on_termination"])
        over = self._policy.allows(ctx, policies.UNLOCK_ANY)
        shared = version >= MULTIATTACH_SINCE
        row = self._devices.attach(ctx, server_id, asked, multiattach=shared, over_lock=over)
        if version >= NO_ANSWER_SINCE:
            resp.status = falcon.HTTP_202
            return
        found: dict[str, Any] = {
            "device": row.device,
            "id": row.volume_id,
            "serverId": server_id,
            "volumeId": row.volume_id,
        }
        if version >= (2, 70):
            found["tag"] = row.tag
        if version >= (2, 79):
            found["delete_on_termination"] = row.delete_on_termination
        resp.media = {"volumeAttachment": found}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, volume_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        row = self._devices.get(req.context.ctx, server_id, volume_id)
        resp.media = {"volumeAttachment": _view(req, row)}

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, volume_id: str
    ) -> None:
        ctx, version = req.context.ctx, req.context.version
        self._policy.authorize(ctx, policies.SHOW)
        asked = http.body(req, schemas.change(version))["volumeAttachment"]
        swaps = asked["volumeId"] != volume_id or version < CHANGE_SINCE
        self._policy.authorize(ctx, policies.SWAP_VOLUME if swaps else policies.UPDATE)
        row = self._devices.get(ctx, server_id, volume_id)
        _refuse_changes(asked, row)
        if "delete_on_termination" in asked:
            goes = truth(asked["delete_on_termination"])
            self._devices.update(ctx, server_id, volume_id, delete_on_termination=goes)
        if swaps:
            over, other = self._policy.allows(ctx, policies.UNLOCK_ANY), asked["volumeId"]
            self._swapping.swap(ctx, server_id, volume_id, other, over_lock=over)
        resp.status = falcon.HTTP_202

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, volume_id: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.UPDATE)
        over = self._policy.allows(ctx, policies.UNLOCK_ANY)
        self._devices.detach(ctx, server_id, volume_id, over_lock=over)
        resp.status = falcon.HTTP_202


def _number(req: falcon.Request, name: str, missing: int) -> int:
    given = req.get_param(name)
    if given is None:
        return missing
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        raise errors.BadRequest(reason=f"{name} must be an integer of 0 or more, not {given!r}")
    return int(given)


def _refuse_changes(asked: dict[str, Any], row: BlockDevice) -> None:
    """Raise BadRequest when a field is to change that cannot."""
    present = {
        "device": row.device,
        "tag": row.tag,
        "serverId": row.server_id,
        "id": row.volume_id,
    }
    for name, value in present.items():
        if name in asked and asked[name] != value:
            raise errors.BadRequest(
                reason=f"The {name} of an attachment cannot change; it is {value}."
            )


def _view(req: falcon.Request, row: BlockDevice) -> dict[str, Any]:
    version = req.context.version
    found: dict[str, Any] = {
        "volumeId": row.volume_id,
        "serverId": row.server_id,
        "device": row.device,
    }
    if version <= ID_UNTIL:
        found["id"] = row.volume_id
    if version >= (2, 70):
        found["tag"] = row.tag
    if version >= (2, 79):
        found["delete_on_termination"] = row.delete_on_termination
    if version >= (2, 89):
        found["attachment_id"] = row.attachment_id
        found["bdm_uuid"] = row.id
    return found
