"""/os-hosts, until 2.42, and /os-instance_usage_audit_log"""

import datetime as dt
from typing import Any

import falcon

from common import clock, errors, http
from common.policy import Policy
from compute.api.versions import until
from compute.logic.hosts import Hosts
from compute.policies import older as policies
from compute.schemas import older as schemas
from compute.views import old_hosts as views

KNOWN_UNTIL = (2, 42)


class HostsResource:
    """/os-hosts, /os-hosts/{name}, and what switches a host on and off"""

    def __init__(self, policy: Policy, hosts: Hosts) -> None:
        self._policy = policy
        self._hosts = hosts

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.HOSTS)
        until(req, KNOWN_UNTIL)
        zone = req.get_param("zone")
        shown = [
            views.process(state)
            for state in self._hosts.services()
            if not state.service.disabled and (not zone or state.zone == zone)
        ]
        resp.media = {"hosts": shown}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.HOSTS)
        until(req, KNOWN_UNTIL)
        resp.media = {"host": views.resources(self._hosts.named(name))}

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.HOSTS_EDIT)
        until(req, KNOWN_UNTIL)
        wanted = http.body(req, schemas.HOST)
        self._hosts.named(name)
        if "maintenance_mode" in wanted:
            raise errors.NotImplementedHere(
                reason="A host has no maintenance mode here; disable it with status."
            )
        disabled = wanted["status"].lower() == "disable"
        self._hosts.change_service((name, "nova-compute"), {"disabled": disabled})
        resp.media = {"host": name, "status": "disabled" if disabled else "enabled"}

    def on_get_power(
        self, req: falcon.Request, resp: falcon.Response, name: str, verb: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.HOSTS_EDIT)
        until(req, KNOWN_UNTIL)
        if verb not in ("reboot", "shutdown", "startup"):
            raise errors.NotFound()
        self._hosts.named(name)
        raise errors.NotImplementedHere(reason=f"Compute does not {verb} hosts.")


class UsageAuditResource:
    """/os-instance_usage_audit_log and /{before} below it

    Usage is counted from the servers' rows whenever it is asked for, so no host ever audits.
    """

    def __init__(self, policy: Policy, hosts: Hosts) -> None:
        self._policy = policy
        self._hosts = hosts

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.AUDIT)
        resp.media = {"instance_usage_audit_logs": self._log(clock.utcnow())}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, before: str) -> None:
        self._policy.authorize(req.context.ctx, policies.AUDIT)
        form = "%Y-%m-%d %H:%M:%S" + (".%f" if "." in before else "")
        try:
            moment = dt.datetime.strptime(before, form)
        except ValueError as error:
            reason = f"Invalid timestamp for date {before}: it is YYYY-MM-DD hh:mm:ss."
            raise errors.BadRequest(reason=reason) from error
        resp.media = {"instance_usage_audit_log": self._log(moment)}

    def _log(self, before: dt.datetime) -> dict[str, Any]:
        names = [state.host.name for state in self._hosts.list()]
        return views.audit(names, before)
