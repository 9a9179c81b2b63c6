"""The metadata service behind the proxies, on a port of its own."""

import falcon

from common import errors
from compute.logic.instance_metadata import InstanceMetadata


class MetadataSink:
    """Every path: the proxy's headers say whose guest asks, and prove it."""

    def __init__(self, metadata: InstanceMetadata) -> None:
        self._metadata = metadata

    def on_get(self, req: falcon.Request, resp: falcon.Response, path: str = "") -> None:
        instance_id = req.get_header("X-Instance-ID") or ""
        project_id = req.get_header("X-Tenant-ID") or ""
        signature = req.get_header("X-Instance-ID-Signature") or ""
        if not (instance_id and project_id and signature):
            raise errors.BadRequest(reason="The proxy's headers are missing.")
        resp.data = self._metadata.read(instance_id, project_id, signature, path)
        json = path.endswith(".json")
        resp.content_type = falcon.MEDIA_JSON if json else "text/plain; charset=utf-8"
