"""/os-services, /os-hosts, /scheduler-stats/get_pools and /capabilities."""

from typing import Any

import falcon

from common import errors, http
from common.policy import Policy
from volume.api import requests
from volume.db.models import Service
from volume.db.services import WORKER
from volume.logic.hosts import Hosts
from volume.policies import admin as policies
from volume.schemas import admin as schemas
from volume.schemas.volumes import is_true
from volume.views.common import moment


class ServicesResource:
    """/v3/os-services and /v3/os-services/{action}"""

    def __init__(self, policy: Policy, hosts: Hosts) -> None:
        self._policy = policy
        self._hosts = hosts

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.SERVICES)
        binary = req.get_param("binary") or req.get_param("service")
        found = self._hosts.list(req.get_param("host") or None, binary or None)
        resp.media = {"services": [self._view(req, one) for one in found]}

    def _view(self, req: falcon.Request, service: Service) -> dict[str, Any]:
        found: dict[str, Any] = {
            "binary": service.binary,
            "host": self._hosts.name(service),
            "zone": self._hosts.zone,
            "status": "disabled" if service.disabled else "enabled",
            "state": "up" if self._hosts.is_up(service) else "down",
            "updated_at": moment(service.seen_at),
            "disabled_reason": service.disabled_reason,
        }
        if service.binary == WORKER:
            found["replication_status"] = "disabled"
            found["active_backend_id"] = None
            found["frozen"] = service.frozen
            if not requests.before(req, (3, 49)):
                found["backend_state"] = found["state"]
        if not requests.before(req, (3, 7)):
            found["cluster"] = self._hosts.cluster(service)
        return found

    def on_put_action(self, req: falcon.Request, resp: falcon.Response, action: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SERVICES)
        body = http.body(req, schemas.SERVICE)
        if action in ("freeze", "thaw"):
            self._hosts.freeze(_named(body, "host"), frozen=action == "freeze")
            resp.status = falcon.HTTP_200
            return
        if action not in ("enable", "disable", "disable-log-reason"):
            raise errors.NotFound(
                reason=f"There is no action {action}; enable, disable, disable-log-reason, freeze "
                "and thaw there are."
            )
        reason = body.get("disabled_reason")
        if action == "disable-log-reason" and not (reason or "").strip():
            raise errors.BadRequest(reason="Missing required element 'disabled_reason' in body.")
        binary = body.get("binary") or _named(body, "service")
        disabled = action != "enable"
        kept = reason if action == "disable-log-reason" else None
        service = self._hosts.switch(_named(body, "host"), binary, disabled=disabled, reason=kept)
        found = {
            "host": self._hosts.name(service),
            "service": binary,
            "binary": binary,
            "disabled": service.disabled,
            "status": "disabled" if service.disabled else "enabled",
        }
        if action != "disable":
            found["disabled_reason"] = service.disabled_reason
        resp.media = found


def _named(body: dict[str, Any], name: str) -> str:
    if not body.get(name):
        raise errors.BadRequest(reason=f"Missing required element '{name}' in request body.")
    return str(body[name])


class HostsResource:
    """/v3/os-hosts and /v3/os-hosts/{host}"""

    def __init__(self, policy: Policy, hosts: Hosts) -> None:
        self._policy = policy
        self._hosts = hosts

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.HOSTS)
        resp.media = {
            "hosts": [
                {
                    "host_name": self._hosts.name(one),
                    "service": one.binary,
                    "zone": self._hosts.zone,
                    "service-status": "available" if self._hosts.is_up(one) else "unavailable",
                    "service-state": "disabled" if one.disabled else "enabled",
                    "last-update": moment(one.seen_at),
                }
                for one in self._hosts.list()
            ]
        }

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, host: str) -> None:
        self._policy.authorize(req.context.ctx, policies.HOSTS)
        resp.media = {"host": [{"resource": one} for one in self._hosts.held(host)]}


class PoolsResource:
    """/v3/scheduler-stats/get_pools and /v3/capabilities/{host}"""

    def __init__(self, policy: Policy, hosts: Hosts) -> None:
        self._policy = policy
        self._hosts = hosts

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.POOLS)
        detail = is_true(req.get_param("detail"))
        wanted = req.get_param("name")
        resp.media = {
            "pools": [
                {"name": self._hosts.pool(one)} | ({"capabilities": _can(one)} if detail else {})
                for one in self._hosts.workers()
                if wanted in (None, self._hosts.pool(one))
            ]
        }

    def on_get_capabilities(self, req: falcon.Request, resp: falcon.Response, host: str) -> None:
        self._policy.authorize(req.context.ctx, policies.POOLS)
        found = [one for one in self._hosts.workers() if self._hosts.name(one) in host]
        if not found:
            raise errors.NotFound(reason=f"Host {host} could not be found.")
        figures = found[0].figures
        backend = str(figures.get("volume_backend_name", ""))
        resp.media = {
            "namespace": f"OS::Storage::Capabilities::{self._hosts.name(found[0])}",
            "vendor_name": figures.get("vendor_name", ""),
            "volume_backend_name": backend,
            "pool_name": None,
            "driver_version": figures.get("driver_version", ""),
            "storage_protocol": figures.get("storage_protocol", ""),
            "display_name": None,
            "description": None,
            "visibility": None,
            "replication_targets": [],
            "properties": {
                "thin_provisioning": {
                    "title": "Thin Provisioning",
                    "description": "Volumes take space as they fill.",
                    "type": "boolean",
                },
                "multiattach": {
                    "title": "Multiattach",
                    "description": "Volumes can be used by several servers.",
                    "type": "boolean",
                },
            },
        }


def _can(service: Service) -> dict[str, Any]:
    figures = service.figures
    hidden = (
        "total_gib",
        "free_gib",
        "oversubscription",
        "pool_dir",
        "key_dir",
        "cluster",
        "importable",
        "rbd",
    )
    return {name: value for name, value in figures.items() if name not in hidden} | {
        "total_capacity_gb": figures.get("total_gib", 0),
        "free_capacity_gb": figures.get("free_gib", 0),
        "max_over_subscription_ratio": str(figures.get("oversubscription", 1.0)),
        "reserved_percentage": 0,
        "QoS_support": True,
        "thin_provisioning_support": True,
        "timestamp": moment(service.seen_at),
    }
