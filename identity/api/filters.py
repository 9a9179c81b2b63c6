"""/v3/OS-EP-FILTER: what is in a project's catalog."""

from typing import Any

import falcon

from common.policy import Policy, Rule
from identity.api.base import listed
from identity.logic.filters import Filters
from identity.policies import filters as policies
from identity.views import catalog as views
from identity.views import projects as project_views


class FiltersResource:
    """Endpoints and groups of endpoints in the catalogs of projects."""

    def __init__(self, policy: Policy, filters: Filters) -> None:
        self._policy = policy
        self._filters = filters

    def on_get(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._authorize(req, policies.READ)
        found = self._filters.endpoints(project_id)
        resp.media = listed(req, "endpoints", found, views.endpoint, path="/v3/endpoints")

    def on_get_groups(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._authorize(req, policies.READ)
        found = self._filters.groups(project_id)
        path = policies.GROUPS.list.operation.removeprefix("GET ")
        resp.media = listed(req, "endpoint_groups", found, views.endpoint_group, path=path)

    def on_get_projects(self, req: falcon.Request, resp: falcon.Response, **of: str) -> None:
        self._authorize(req, policies.READ)
        found = self._filters.projects(**of)
        resp.media = listed(req, "projects", found, project_views.project, path="/v3/projects")

    def on_get_members(
        self, req: falcon.Request, resp: falcon.Response, endpoint_group_id: str
    ) -> None:
        self._authorize(req, policies.READ)
        found = self._filters.members(endpoint_group_id)
        resp.media = listed(req, "endpoints", found, views.endpoint, path="/v3/endpoints")

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        self._authorize(req, policies.WRITE)
        self._filters.add(**path)
        resp.status = falcon.HTTP_204

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, **path: Any) -> None:
        """Answer with the project that a group is in; an endpoint is only confirmed."""
        self._authorize(req, policies.READ)
        project = self._filters.check(**path)
        if "endpoint_id" in path:
            resp.status = falcon.HTTP_204
        else:
            url = f"{req.prefix}/v3/projects"
            resp.media = {"project": project_views.project(project, url)}

    on_head_one = on_get_one

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        self._authorize(req, policies.WRITE)
        self._filters.remove(**path)
        resp.status = falcon.HTTP_204

    def _authorize(self, req: falcon.Request, rule: Rule) -> None:
        self._policy.authorize(req.context.ctx, rule, {})
