"""The metadata service behind the proxies, on a port of its own."""

import falcon

from common import errors
from compute.logic.instance_metadata import PASSWORD_LIMIT, InstanceMetadata


class MetadataSink:
    """Every path: the proxy's headers say whose guest asks, and prove it."""

    def __init__(self, metadata: InstanceMetadata) -> None:
        self._metadata = metadata

    def on_get(self, req: falcon.Request, resp: falcon.Response, path: str = "") -> None:
        resp.data = self._metadata.read(*_caller(req), path)
        json = path.endswith(".json")
        resp.content_type = falcon.MEDIA_JSON if json else "text/plain; charset=utf-8"

    def on_post(self, req: falcon.Request, resp: falcon.Response, path: str = "") -> None:
        data = req.bounded_stream.read(PASSWORD_LIMIT + 1)
        self._metadata.leave_password(*_caller(req), path, data)
        resp.content_type = "text/plain; charset=utf-8"


def _caller(req: falcon.Request) -> tuple[str, str, str]:
    """Return whose guest asks, and the proof.  Raises BadRequest."""
    instance_id = req.get_header("X-Instance-ID") or ""
    project_id = req.get_header("X-Tenant-ID") or ""
    signature = req.get_header("X-Instance-ID-Signature") or ""
    if not (instance_id and project_id and signature):
        raise errors.BadRequest(reason="The proxy's headers are missing.")
    return instance_id, project_id, signature
