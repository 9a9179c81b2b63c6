"""/v3/projects/{project_id}/tags"""

import falcon

from common import http
from common.policy import Policy
from identity.api.base import reach
from identity.errors import Missing
from identity.logic.projects import Projects
from identity.policies import projects as policies
from identity.schemas import projects as schemas


class TagsResource:
    """The words that mark a project."""

    def __init__(self, policy: Policy, projects: Projects) -> None:
        self._policy = policy
        self._projects = projects

    def on_get(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        project = reach(
            self._policy, req.context.ctx, policies.LIST_TAGS, self._projects, project_id
        )
        resp.media = {"tags": [tag.name for tag in project.tags], "links": self._links(req)}

    def on_put(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._authorize(req, project_id)
        wanted = http.body(req, schemas.SET_TAGS)["tags"]
        tags = self._projects.set_tags(project_id, wanted)
        resp.media = {"tags": tags, "links": self._links(req)}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._authorize(req, project_id)
        self._projects.set_tags(project_id, [])
        resp.status = falcon.HTTP_204

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, tag: str
    ) -> None:
        project = reach(
            self._policy, req.context.ctx, policies.LIST_TAGS, self._projects, project_id
        )
        if tag not in [known.name for known in project.tags]:
            raise Missing(kind="project tag", id=tag)
        resp.status = falcon.HTTP_204

    on_head_one = on_get_one

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, tag: str
    ) -> None:
        self._authorize(req, project_id)
        http.check(tag, schemas.TAG)
        self._projects.add_tag(project_id, tag)
        resp.status = falcon.HTTP_201
        resp.set_header("Location", req.prefix + req.path)

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, tag: str
    ) -> None:
        self._authorize(req, project_id)
        self._projects.remove_tag(project_id, tag)
        resp.status = falcon.HTTP_204

    def _authorize(self, req: falcon.Request, project_id: str) -> None:
        reach(self._policy, req.context.ctx, policies.UPDATE_TAGS, self._projects, project_id)

    def _links(self, req: falcon.Request) -> dict[str, str | None]:
        return {"next": None, "self": req.prefix + req.path, "previous": None}
