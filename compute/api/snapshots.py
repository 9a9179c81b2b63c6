"""The actions that make images: createImage and createBackup."""

from typing import Any

import falcon

from compute.logic.snapshots import Snapshots


class SnapshotActions:
    """Below /servers/{server_id}/action."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self.handlers = {"createImage": self._create, "createBackup": self._back_up}

    def _create(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        image_id = self._snapshots.create(req.context.ctx, server_id, given, over_lock=over)
        self._answer(req, resp, image_id)

    def _back_up(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        image_id = self._snapshots.back_up(req.context.ctx, server_id, given, over_lock=over)
        if int(given["rotation"]):
            self._answer(req, resp, image_id)

    def _answer(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        """Say which image it will be: by a header, and from 2.45 on in the body."""
        if req.context.version >= (2, 45):
            resp.media = {"image_id": image_id}
        else:
            resp.set_header("Location", self._snapshots.url(image_id))
