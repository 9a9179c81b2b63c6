"""/stacks/{name} and below: a name alone leads to the full URL of its stack."""

import falcon

from common.policy import Policy
from orchestration.api.base import context
from orchestration.logic.stacks import Stacks
from orchestration.policies import stacks as policies
from orchestration.views import stacks as views


class _Lookup:
    """rest: what follows the name, such as `events`."""

    def __init__(self, policy: Policy, stacks: Stacks, rest: str = "") -> None:
        self._policy = policy
        self._stacks = stacks
        self._rest = rest

    def _lead(self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.SHOW)
        stack = self._stacks.get(ctx, name)
        tail = f"/{self._rest}" if self._rest else ""
        query = f"?{req.query_string}" if req.query_string else ""
        resp.status = falcon.HTTP_302
        resp.location = req.prefix + views.path(stack) + tail + query
        resp.media = {"location": resp.location}


class StackLookupResource(_Lookup):
    """/v1/{project_id}/stacks/{name}: name or id.  Clients repeat their request where it leads."""

    on_get = on_put = on_patch = on_delete = _Lookup._lead


class PartLookupResource(_Lookup):
    """/v1/{project_id}/stacks/{name}/events and the like."""

    on_get = _Lookup._lead


class ActionLookupResource(_Lookup):
    """/v1/{project_id}/stacks/{name}/actions"""

    on_post = _Lookup._lead
