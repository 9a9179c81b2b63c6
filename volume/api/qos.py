"""/qos-specs, and which volume types have them."""

from collections.abc import Callable

import falcon

from common import errors, http
from common.policy import Policy
from volume.api import requests
from volume.logic.qos import Qos
from volume.policies import types as policies
from volume.schemas import types as schemas
from volume.schemas.volumes import is_true
from volume.views import types as views


class QosResource:
    """/v3/qos-specs, /v3/qos-specs/{resource_id} and what is done with one"""

    def __init__(self, policy: Policy, qos: Qos) -> None:
        self._policy = policy
        self._qos = qos

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.QOS)
        resp.media = {"qos_specs": [views.qos(one) for one in self._qos.list()]}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.QOS)
        given = http.body(req, schemas.QOS)["qos_specs"]
        name, consumer = given.pop("name").strip(), given.pop("consumer", "back-end")
        made = self._qos.create(name, consumer, given)
        where = requests.address(req)
        resp.media = {
            "qos_specs": views.qos(made),
            "links": views.qos_links(where.base, where.project, made),
        }

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.QOS)
        found = self._qos.get(resource_id)
        where = requests.address(req)
        resp.media = {
            "qos_specs": views.qos(found),
            "links": views.qos_links(where.base, where.project, found),
        }

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.QOS)
        given = http.body(req, schemas.QOS_UPDATE)["qos_specs"]
        self._qos.set(resource_id, given)
        resp.media = {"qos_specs": given}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.QOS)
        self._qos.delete(resource_id, force=is_true(req.get_param("force")))
        resp.status = falcon.HTTP_202

    def on_put_delete_keys(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.QOS)
        self._qos.unset(resource_id, http.body(req, schemas.QOS_KEYS)["keys"])
        resp.status = falcon.HTTP_202

    def on_get_associations(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.QOS)
        resp.media = {
            "qos_associations": [
                {"association_type": "volume_type", "name": kind.name, "id": kind.id}
                for kind in self._qos.types(resource_id)
            ]
        }

    def on_get_associate(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str
    ) -> None:
        self._change(req, resp, resource_id, self._qos.associate)

    def on_get_disassociate(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str
    ) -> None:
        self._change(req, resp, resource_id, self._qos.disassociate)

    def on_get_disassociate_all(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.QOS)
        self._qos.disassociate(req.context.ctx, resource_id, None)
        resp.status = falcon.HTTP_202

    def _change(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        resource_id: str,
        change: Callable[..., None],
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.QOS)
        type_id = req.get_param("vol_type_id")
        if not type_id:
            raise errors.BadRequest(reason="Volume Type id must not be None: give vol_type_id.")
        change(req.context.ctx, resource_id, type_id)
        resp.status = falcon.HTTP_202
