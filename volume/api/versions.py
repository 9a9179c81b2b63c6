"""The microversions of the Block Storage API: what each changes here, and the version documents."""

from typing import Any

import falcon

from common.microversions import Microversions

MINIMUM = (3, 0)
MAXIMUM = (3, 71)
VOLUME = Microversions("volume", MINIMUM, MAXIMUM)
UPDATED = "2026-01-01T00:00:00Z"


def document(base: str) -> dict[str, Any]:
    """Return the document of v3.  base: the address up to the path."""
    return {
        "id": "v3.0",
        "status": "CURRENT",
        "version": "3.71",
        "min_version": "3.0",
        "updated": UPDATED,
        "links": [
            {
                "rel": "describedby",
                "type": "text/html",
                "href": "https://docs.openstack.org/",
            },
            {"rel": "self", "href": f"{base}/v3/"},
        ],
        "media-types": [
            {"base": "application/json", "type": "application/vnd.openstack.volume+json;version=3"}
        ],
    }


class VersionsResource:
    """/: a choice; /v3 and /v3/: the one version's document."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.status = falcon.HTTP_300
        resp.media = {"versions": [document(req.prefix)]}

    def on_get_v3(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"versions": [document(req.prefix)]}
