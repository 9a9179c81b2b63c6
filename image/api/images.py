"""Images: registering, listing, showing, changing, deleting."""

from collections.abc import Sequence
from typing import Any

import falcon

from common import errors, http
from common.context import RequestContext
from common.policy import Policy
from image.logic import patches
from image.logic.images import Images, MayShow
from image.policies import images as policies
from image.schemas import images as schemas
from image.views import images as views


class ImagesResource:
    """/v2/images.  methods: of import, and the ids of stores, that a new image can use."""

    def __init__(
        self,
        policy: Policy,
        images: Images,
        methods: Sequence[str],
        stores: Sequence[str],
        look: views.Look,
    ) -> None:
        self._policy = policy
        self._images = images
        self._methods = methods
        self._stores = stores
        self._look = look

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.LIST)
        query: dict[str, Any] = dict(req.params)
        images, limit = self._images.list(ctx, query)
        resp.media = views.listed(images, query, limit, self._look)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.CREATE)
        document = http.json_body(req)
        for name in document if isinstance(document, dict) else ():
            patches.check_name(name)
        http.check(document, schemas.CREATE)
        image = self._images.create(ctx, document, may_show(self._policy, ctx))
        resp.status = falcon.HTTP_201
        resp.set_header("OpenStack-image-import-methods", ",".join(self._methods))
        resp.set_header("OpenStack-image-store-ids", ",".join(self._stores))
        resp.location = f"{req.prefix}/v2/images/{image.id}"
        resp.media = views.shown(image, self._look)


class ImageResource:
    """/v2/images/{image_id}"""

    def __init__(self, policy: Policy, images: Images, look: views.Look) -> None:
        self._policy = policy
        self._images = images
        self._look = look

    def on_get(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SHOW)
        resp.media = views.shown(self._images.get(ctx, image_id), self._look)

    def on_patch(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.UPDATE)
        media_type = (req.content_type or "").partition(";")[0].strip()
        if media_type not in patches.MEDIA_TYPES:
            known = ", ".join(patches.MEDIA_TYPES)
            raise errors.UnsupportedMediaType(
                reason=f"Content type must be one of {known}, not {media_type!r}"
            )
        steps = patches.parse(http.json_body(req), patches.MEDIA_TYPES[media_type])
        for verb in {step.verb for step in steps if step.name == patches.LOCATIONS}:
            removes = verb == "remove" and self._look.locations
            self._policy.authorize(
                ctx, policies.DELETE_LOCATIONS if removes else policies.SET_LOCATIONS
            )
        image = self._images.update(ctx, image_id, steps, may_show(self._policy, ctx))
        resp.media = views.shown(image, self._look)

    def on_delete(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DELETE)
        self._images.delete(ctx, image_id)
        resp.status = falcon.HTTP_204


def may_show(policy: Policy, ctx: RequestContext) -> MayShow:
    """Return the question whether the caller may give an image some visibility."""
    rules = {"public": policies.PUBLICIZE, "community": policies.COMMUNITIZE}

    def check(visibility: str) -> None:
        if visibility in rules:
            policy.authorize(ctx, rules[visibility])

    return check
