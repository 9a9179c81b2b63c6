"""Version documents: / and /v3."""

from typing import Any

import falcon

MEDIA_TYPES = [
    {"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"},
]


def _version(req: falcon.Request) -> dict[str, Any]:
    return {
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": f"{req.prefix}/v3/"}],
        "media-types": MEDIA_TYPES,
    }


class VersionsResource:
    """/: 300 and every version there is.  /v3: that version."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.status = falcon.HTTP_300
        resp.set_header("Location", f"{req.prefix}/v3/")
        resp.media = {"versions": {"values": [_version(req)]}}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"version": _version(req)}
