"""/flavors, their extra specs, and who may use them."""

from typing import Any
from urllib.parse import urlencode

import falcon

from common import errors, http, paging
from common.policy import Policy
from compute.api.versions import base_url, since
from compute.db.flavors import SORTABLE
from compute.logic.flavors import Flavors
from compute.policies import flavors as policies
from compute.schemas import flavors as schemas
from compute.schemas.common import truth
from compute.views import flavors as views


class FlavorsResource:
    """/flavors, /flavors/detail, /flavors/{flavor_id} and its action"""

    def __init__(self, policy: Policy, flavors: Flavors) -> None:
        self._policy = policy
        self._flavors = flavors

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.MANAGE)
        wanted = http.body(req, schemas.create(req.context.version))["flavor"]
        flavor = self._flavors.create(wanted)
        resp.media = {"flavor": views.detail(base_url(req), req.context.version, flavor)}

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._list(req, resp, views.brief)

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._list(req, resp, views.detail)

    def _list(self, req: falcon.Request, resp: falcon.Response, view: Any) -> None:
        self._policy.authorize(req.context.ctx, policies.LIST)
        page = paging.page(req, sort_keys=list(SORTABLE), default=(("flavorid", True),))
        found = self._flavors.list(req.context.ctx, page, _filters(req))
        base = base_url(req)
        resp.media = {"flavors": [view(base, req.context.version, one) for one in found]}
        if found and len(found) == page.limit:
            params = urlencode({**req.params, "marker": found[-1].id}, doseq=True)
            href = f"{base}{req.path}?{params}"
            resp.media["flavors_links"] = [{"rel": "next", "href": href}]

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, flavor_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        flavor = self._flavors.get(req.context.ctx, flavor_id)
        resp.media = {"flavor": views.detail(base_url(req), req.context.version, flavor)}

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, flavor_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.MANAGE)
        since(req, (2, 55))
        wanted = http.body(req, schemas.UPDATE_2_55)["flavor"]
        flavor = self._flavors.describe(req.context.ctx, flavor_id, wanted["description"])
        resp.media = {"flavor": views.detail(base_url(req), req.context.version, flavor)}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, flavor_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.MANAGE)
        self._flavors.delete(req.context.ctx, flavor_id)
        resp.status = falcon.HTTP_202

    def on_get_access(self, req: falcon.Request, resp: falcon.Response, flavor_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.MANAGE)
        resp.media = views.access(flavor_id, self._flavors.projects(req.context.ctx, flavor_id))

    def on_post_action(self, req: falcon.Request, resp: falcon.Response, flavor_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.MANAGE)
        name, given = next(iter(http.body(req, schemas.ACCESS).items()))
        if name == "addTenantAccess":
            found = self._flavors.allow(ctx, flavor_id, given["tenant"], req.context.version)
        else:
            found = self._flavors.forbid(ctx, flavor_id, given["tenant"])
        resp.media = views.access(flavor_id, found)


def _filters(req: falcon.Request) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in ("minRam", "minDisk"):
        given = req.get_param(key)
        if given is not None:
            if not given.isdigit():
                raise errors.BadRequest(reason=f"Invalid {key} filter [{given}]")
            found[key] = int(given)
    if req.context.version >= (2, 102) and req.get_param("name") is not None:
        found["name"] = req.get_param("name")
    given = req.get_param("is_public")
    if given is not None:
        found["is_public"] = None if given.lower() == "none" else truth(given)
    return found


class ExtraSpecsResource:
    """/flavors/{flavor_id}/os-extra_specs and /{key} below it"""

    def __init__(self, policy: Policy, flavors: Flavors) -> None:
        self._policy = policy
        self._flavors = flavors

    def on_get(self, req: falcon.Request, resp: falcon.Response, flavor_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        resp.media = {"extra_specs": self._flavors.get(req.context.ctx, flavor_id).extra_specs}

    def on_post(self, req: falcon.Request, resp: falcon.Response, flavor_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.MANAGE)
        wanted = http.body(req, schemas.EXTRA_SPECS)["extra_specs"]
        self._flavors.set_specs(req.context.ctx, flavor_id, wanted)
        resp.media = {"extra_specs": wanted}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, flavor_id: str, key: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        resp.media = {key: self._flavors.spec(req.context.ctx, flavor_id, key)}

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, flavor_id: str, key: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.MANAGE)
        wanted = http.body(req, schemas.ONE_SPEC)
        if key not in wanted:
            raise errors.BadRequest(reason="Request body and URI mismatch")
        self._flavors.set_specs(req.context.ctx, flavor_id, wanted)
        resp.media = wanted

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, flavor_id: str, key: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.MANAGE)
        self._flavors.drop_spec(req.context.ctx, flavor_id, key)
