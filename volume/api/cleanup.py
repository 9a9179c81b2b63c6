"""/workers/cleanup: what is under way on hosts is looked after at once."""

from typing import Any

import falcon

from common import http
from common.policy import Policy
from volume.api import requests
from volume.db.models import Service
from volume.logic.cleanup import Cleanup
from volume.policies import admin as policies
from volume.schemas import admin as schemas
from volume.schemas.volumes import is_true

SINCE = (3, 24)


class CleanupResource:
    """/v3/workers/cleanup"""

    def __init__(self, policy: Policy, cleanup: Cleanup) -> None:
        self._policy = policy
        self._cleanup = cleanup

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.CLEANUP)
        requests.since(req, SINCE)
        body = dict(http.body(req, schemas.CLEANUP))
        body |= {name: is_true(body[name]) for name in ("is_up", "disabled") if name in body}
        found = self._cleanup.ask(body)
        resp.status = falcon.HTTP_202
        resp.media = {
            "cleaning": [self._view(one) for one in found.cleaning],
            "unavailable": [self._view(one) for one in found.unavailable],
        }

    def _view(self, one: Service) -> dict[str, Any]:
        return {
            "id": one.id,
            "host": self._cleanup.hosts.name(one),
            "binary": one.binary,
            "cluster_name": self._cleanup.hosts.cluster(one),
        }
