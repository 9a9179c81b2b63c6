"""/images and their metadata: the image service's, for clients from before it had an API."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import falcon

from common import errors, http, paging
from common.policy import Policy
from compute.api.versions import base_url, until
from compute.logic.images import Images, PropertyMissing
from compute.policies import images as policies
from compute.schemas import images as schemas
from compute.views import images as views

PASSED_ON_UNTIL = (2, 35)
METADATA_UNTIL = (2, 38)


class ImagesResource:
    """/images, /images/detail and /images/{image_id}"""

    def __init__(self, policy: Policy, images: Images) -> None:
        self._policy = policy
        self._images = images

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = self._list(req, views.brief)

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = self._list(req, views.detail)

    def _list(self, req: falcon.Request, view: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        until(req, PASSED_ON_UNTIL)
        page = paging.page(req, sort_keys=[])
        found = self._images.list(req.context.ctx, page, req.params)
        base, image_base = base_url(req), self._images.address
        answer: dict[str, Any] = {"images": [view(base, image_base, one) for one in found]}
        if found and len(found) == page.limit:
            params = urlencode({**req.params, "marker": found[-1]["id"]}, doseq=True)
            answer["images_links"] = [{"rel": "next", "href": f"{base}{req.path}?{params}"}]
        return answer

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        until(req, PASSED_ON_UNTIL)
        image = self._images.get(req.context.ctx, image_id)
        resp.media = {"image": views.detail(base_url(req), self._images.address, image)}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.EDIT)
        until(req, PASSED_ON_UNTIL)
        self._images.delete(req.context.ctx, image_id)
        resp.status = falcon.HTTP_204


class ImageMetadataResource:
    """/images/{image_id}/metadata and /{key} below it"""

    def __init__(self, policy: Policy, images: Images) -> None:
        self._policy = policy
        self._images = images

    def on_get(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        until(req, METADATA_UNTIL)
        resp.media = {"metadata": self._images.properties(req.context.ctx, image_id)}

    def on_post(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        self._set(req, resp, image_id, replace=False)

    def on_put(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        self._set(req, resp, image_id, replace=True)

    def _set(
        self, req: falcon.Request, resp: falcon.Response, image_id: str, *, replace: bool
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.EDIT)
        until(req, METADATA_UNTIL)
        wanted = http.body(req, schemas.ALL)["metadata"]
        found = self._images.set(req.context.ctx, image_id, wanted, replace=replace)
        resp.media = {"metadata": found}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, image_id: str, key: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        until(req, METADATA_UNTIL)
        found = self._images.properties(req.context.ctx, image_id)
        if key not in found:
            raise PropertyMissing()
        resp.media = {"meta": {key: found[key]}}

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, image_id: str, key: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.EDIT)
        until(req, METADATA_UNTIL)
        wanted = http.body(req, schemas.ONE)["meta"]
        if key not in wanted:
            raise errors.BadRequest(reason="Request body and URI mismatch")
        self._images.set(req.context.ctx, image_id, wanted, replace=False)
        resp.media = {"meta": wanted}

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, image_id: str, key: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.EDIT)
        until(req, METADATA_UNTIL)
        self._images.unset(req.context.ctx, image_id, key)
        resp.status = falcon.HTTP_204
