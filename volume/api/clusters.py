"""/clusters: hosts that are counted together."""

from collections.abc import Callable, Mapping
from typing import Any

import falcon

from common import errors, http
from common.policy import Policy
from volume.api import requests
from volume.db.services import WORKER
from volume.logic.clusters import Cluster, Clusters
from volume.policies import admin as policies
from volume.schemas import admin as schemas
from volume.schemas.volumes import is_true
from volume.views.common import moment

SINCE, REPLICATION_SINCE = (3, 7), (3, 26)
FILTERS: Mapping[str, Callable[[Cluster, str], bool]] = {
    "name": lambda one, value: value in (one.name, one.name.partition("@")[0]),
    "binary": lambda one, value: value == WORKER,
    "is_up": lambda one, value: one.up == is_true(value),
    "disabled": lambda one, value: one.disabled == is_true(value),
    "num_hosts": lambda one, value: str(len(one.hosts)) == value,
    "num_down_hosts": lambda one, value: str(one.down) == value,
    "frozen": lambda one, value: one.frozen == is_true(value),
}


class ClustersResource:
    """/v3/clusters, /v3/clusters/detail and /v3/clusters/{name}"""

    def __init__(self, policy: Policy, clusters: Clusters) -> None:
        self._policy = policy
        self._clusters = clusters

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"clusters": [_brief(one) for one in self._wanted(req)]}

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"clusters": [_full(req, one) for one in self._wanted(req)]}

    def _wanted(self, req: falcon.Request) -> list[Cluster]:
        self._policy.authorize(req.context.ctx, policies.CLUSTERS)
        requests.since(req, SINCE)
        given = {name: req.get_param(name) or "" for name in req.params}
        unknown = sorted({*given} - {*FILTERS})
        if unknown:
            raise errors.BadRequest(
                reason=f"Invalid filters {', '.join(unknown)}; these would work: "
                f"{', '.join(FILTERS)}."
            )
        found = self._clusters.list()
        return [one for one in found if all(FILTERS[name](one, given[name]) for name in given)]

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.CLUSTERS)
        requests.since(req, SINCE)
        found = self._clusters.get(name, req.get_param("binary") or WORKER)
        resp.media = {"cluster": _full(req, found)}

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """The last part of the address says what is done; the body, with which cluster."""
        self._policy.authorize(req.context.ctx, policies.CLUSTERS)
        requests.since(req, SINCE)
        if name not in ("enable", "disable"):
            raise errors.NotFound(
                reason=f"There is no action {name}; enable and disable there are."
            )
        body = http.body(req, schemas.CLUSTER)
        disabled = name == "disable"
        reason = body.get("disabled_reason") if disabled else None
        binary = body.get("binary") or WORKER
        found = self._clusters.switch(body["name"], binary, disabled=disabled, reason=reason)
        resp.media = {"cluster": _brief(found) | {"disabled_reason": found.reason}}


def _brief(one: Cluster) -> dict[str, Any]:
    return {
        "name": one.name,
        "binary": WORKER,
        "state": "up" if one.up else "down",
        "status": "disabled" if one.disabled else "enabled",
    }


def _full(req: falcon.Request, one: Cluster) -> dict[str, Any]:
    found = _brief(one) | {
        "num_hosts": len(one.hosts),
        "num_down_hosts": one.down,
        "last_heartbeat": moment(one.seen_at),
        "created_at": moment(one.created_at),
        "updated_at": moment(one.seen_at),
        "disabled_reason": one.reason,
    }
    if not requests.before(req, REPLICATION_SINCE):
        found |= {"replication_status": "disabled", "frozen": one.frozen, "active_backend_id": None}
    return found
