"""What the API says about itself: versions, schemas, stores and import methods."""

from collections.abc import Sequence

import falcon

from common import errors
from common.policy import Policy
from image.policies import images as policies
from image.schemas import images, imports, members, metadefs
from image.views import versions

SCHEMAS = {
    "image": images.IMAGE,
    "images": images.IMAGES,
    "member": members.MEMBER,
    "members": members.MEMBERS,
    "task": imports.TASK,
    "tasks": imports.TASKS,
    **metadefs.SHOWN,
}


class VersionsResource:
    """/, /v2 and /v2/: a choice; /versions: the list that was asked for."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.status = falcon.HTTP_300
        resp.media = versions.listed(req.prefix)

    def on_get_listed(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = versions.listed(req.prefix)


class SchemaResource:
    """/v2/schemas/{name} and /v2/schemas/metadefs/{name}"""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.DISCOVER)
        if name not in SCHEMAS:
            raise errors.NotFound()
        resp.media = SCHEMAS[name]

    def on_get_metadef(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self.on_get(req, resp, f"metadefs/{name}")


class InfoResource:
    """/v2/info/import.  methods: of import, that are offered."""

    def __init__(self, policy: Policy, methods: Sequence[str]) -> None:
        self._policy = policy
        self._methods = methods

    def on_get_import(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.DISCOVER)
        resp.media = {
            "import-methods": {
                "description": "Import methods available.",
                "type": "array",
                "value": self._methods,
            }
        }
