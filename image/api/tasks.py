"""Tasks, all and those of an image: what is done beside the requests that asked for it."""

import falcon

from common import http, paging
from common.errors import BadRequest
from common.policy import Policy
from image.api.images import may_show
from image.db.tasks import SORTABLE
from image.logic import patches
from image.logic.tasks import Tasks
from image.policies import images as policies
from image.schemas import images as image_schemas
from image.schemas import imports as schemas
from image.views import tasks as views


class TasksResource:
    """All tasks, one task, and those of an image."""

    def __init__(self, policy: Policy, tasks: Tasks) -> None:
        self._policy = policy
        self._tasks = tasks

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.TASKS)
        wanted = paging.page(req, sort_keys=list(SORTABLE))
        names = ("type", "status")
        facts = {name: str(req.params[name]) for name in names if name in req.params}
        resp.media = views.listed(self._tasks.list(ctx, facts, wanted), req.params, wanted.limit)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.CREATE_TASK)
        wanted = http.body(req, schemas.CREATE_TASK)["input"]
        if wanted["import_from_format"] not in image_schemas.DISK_FORMATS:
            raise BadRequest(reason=f"import_from_format is none of {image_schemas.DISK_FORMATS}")
        for name in wanted["image_properties"]:
            patches.check_name(name)
        http.check(wanted["image_properties"], image_schemas.CREATE)
        task = self._tasks.create(ctx, wanted, may_show(self._policy, ctx))
        resp.status = falcon.HTTP_201
        resp.media = views.shown(task)
        resp.location = req.prefix + resp.media["self"]

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, task_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.TASKS)
        resp.media = views.shown(self._tasks.get(ctx, task_id))

    def on_get_image(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.LIST_TASKS)
        resp.media = views.of_image(self._tasks.of_image(ctx, image_id))
