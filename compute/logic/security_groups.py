"""Security groups for clients from before the network service: all is done there, as the caller."""

import builtins
from collections.abc import Mapping
from typing import Any

from common import errors as roots
from common.context import RequestContext
from compute.clients import NetworkService

Rows = builtins.list[dict[str, Any]]


class SecurityGroups:
    """Passes on what is asked of groups and rules, in the words of the Networking API."""

    def __init__(self, network: NetworkService) -> None:
        self._network = network

    def list(self, ctx: RequestContext, *, everywhere: bool = False) -> Rows:
        """Return the project's groups with their rules, or those of all projects."""
        return self._network.security_groups(ctx, None if everywhere else ctx.project_id)

    def get(self, ctx: RequestContext, group_id: str) -> dict[str, Any]:
        """Return one group.  Raises NotFound."""
        return self._group(ctx, "GET", f"/security-groups/{group_id}")

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Make a group.  Raises Forbidden when the project has too many."""
        return self._group(ctx, "POST", "/security-groups", _described(wanted))

    def update(
        self, ctx: RequestContext, group_id: str, wanted: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Rename or describe a group.  Raises NotFound, BadRequest for the default one."""
        return self._group(ctx, "PUT", f"/security-groups/{group_id}", _described(wanted))

    def delete(self, ctx: RequestContext, group_id: str) -> None:
        """Remove a group.  Raises NotFound, BadRequest for one in use and for the default one."""
        self._network.pass_on(ctx, "DELETE", f"/security-groups/{group_id}")

    def add_rule(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Let something in.  Raises NotFound for the group, BadRequest for a rule it has."""
        rule = rule_of(wanted)
        body = {"security_group_rule": rule}
        made = self._network.pass_on(ctx, "POST", "/security-group-rules", json=body)
        found: dict[str, Any] = made["security_group_rule"]
        return found

    def remove_rule(self, ctx: RequestContext, rule_id: str) -> None:
        """Let something in no longer.  Raises NotFound."""
        self._network.pass_on(ctx, "DELETE", f"/security-group-rules/{rule_id}")

    def _group(
        self, ctx: RequestContext, method: str, path: str, values: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        options = {} if values is None else {"json": {"security_group": values}}
        found: dict[str, Any] = self._network.pass_on(ctx, method, path, **options)[
            "security_group"
        ]
        return found


def _described(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": wanted["name"], "description": wanted.get("description") or ""}


def rule_of(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule in the Networking API's words.

    wanted: parent_group_id, ip_protocol, from_port, to_port, and cidr or group_id; -1 is any.
    Raises BadRequest when ports are missing or the wrong way round.
    """
    protocol = (wanted.get("ip_protocol") or "").lower() or None
    first, last = _port(wanted.get("from_port")), _port(wanted.get("to_port"))
    group = wanted.get("group_id")
    if protocol is None and group is None:
        raise roots.BadRequest(reason="A rule needs ip_protocol, from_port and to_port.")
    if protocol in ("tcp", "udp") and (first is None or last is None or first > last):
        raise roots.BadRequest(reason="from_port and to_port must be a range of ports.")
    prefix = None if group else (wanted.get("cidr") or "0.0.0.0/0")
    return {
        "direction": "ingress",
        "security_group_id": str(wanted["parent_group_id"]),
        "ethertype": "IPv6" if ":" in (prefix or "") else "IPv4",
        "protocol": protocol,
        "port_range_min": first,
        "port_range_max": last,
        **({"remote_group_id": group} if group else {"remote_ip_prefix": prefix}),
    }


def _port(given: Any) -> int | None:
    return None if given is None or int(given) < 0 else int(given)
