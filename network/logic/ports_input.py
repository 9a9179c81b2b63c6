"""What a request about a port may say, and who may say it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from common.context import RequestContext
from network import errors
from network.db.models import Network, Port
from network.db.ports import INTERFACE, INTERNAL
from network.logic import ranges

MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
BY_NETWORK_OWNER = ("mac_address", "port_security_enabled", "allowed_address_pairs")
BY_ADMIN = ("binding:host_id", "binding:profile")


def check_own(ctx: RequestContext, port: Port) -> None:
    """Return when the caller may change the port.  Raises NotYours."""
    if not ctx.is_admin and port.project_id != ctx.project_id:
        raise errors.NotYours(what="Port", resource_id=port.id)


def check_rights(
    ctx: RequestContext, network: Network, wanted: Mapping[str, Any], port: Port | None = None
) -> None:
    """Return when the caller may say all this about a port on the network.

    port: the port as it is, None for a new one.  Raises NotYours, AdminOnly, InvalidInput.
    """
    mac = wanted.get("mac_address")
    if mac and not MAC.fullmatch(mac.lower()):
        raise errors.InvalidInput(reason=f"'{mac}' is not a valid MAC address")
    if ctx.is_admin:
        return
    if port is not None:
        check_own(ctx, port)
        _check_device(port, wanted)
    own = network.project_id == ctx.project_id
    if port is None and not own and not network.shared_with(ctx.project_id):
        raise errors.NotYours(what="Network", resource_id=network.id)
    for attribute in BY_ADMIN:
        if wanted.get(attribute):
            raise errors.AdminOnly(attribute=attribute)
    if str(wanted.get("device_owner") or "").startswith("network:"):
        raise errors.AdminOnly(attribute="device_owner")
    if not own:
        _check_guest(wanted)


def _check_device(port: Port, wanted: Mapping[str, Any]) -> None:
    """A router's port, which no port security holds, stays the router's until that lets it go."""
    for attribute in ("device_id", "device_owner"):
        kept = wanted.get(attribute, getattr(port, attribute)) == getattr(port, attribute)
        if port.device_owner in INTERNAL and not kept:
            raise errors.AdminOnly(attribute=attribute)


def _check_guest(wanted: Mapping[str, Any]) -> None:
    """What only the owner of a network may decide on it.

    A port without an address could send from any: port security has nothing to compare with.
    """
    for attribute in BY_NETWORK_OWNER:
        if attribute in wanted and wanted[attribute] not in (None, [], True):
            raise errors.AdminOnly(attribute=attribute)
    if wanted.get("fixed_ips") == []:
        raise errors.AdminOnly(attribute="fixed_ips")
    if any("ip_address" in one for one in wanted.get("fixed_ips") or ()):
        raise errors.AdminOnly(attribute="fixed_ips:ip_address")


def check_security(port: Port, group_ids: Sequence[str]) -> None:
    """Return when port security, groups and allowed pairs go together.

    Raises PortSecurityAndIPRequiredForSecurityGroups, AddressPairAndPortSecurityRequired.
    """
    if port.port_security_enabled:
        return
    if group_ids:
        raise errors.PortSecurityAndIPRequiredForSecurityGroups()
    if port.allowed_address_pairs:
        raise errors.AddressPairAndPortSecurityRequired()


def check_movable(port: Port, asked: Sequence[Mapping[str, str]]) -> None:
    """Return when a port can take these addresses; a router's leg stays on its subnets.

    Raises ServicePortInUse, InvalidInput.
    """
    if port.device_owner == INTERFACE:
        there = {one.subnet_id for one in port.allocations}
        if {one.get("subnet_id") for one in asked} != there:
            raise errors.InvalidInput(
                reason=f"a router's port stays on its subnets, {', '.join(sorted(there))}"
            )
    elif port.device_owner in INTERNAL:
        raise errors.ServicePortInUse(port_id=port.id, device_owner=port.device_owner)


def pairs(given: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return allowed address pairs once they are sound.  Raises InvalidInput."""
    found = []
    for one in given:
        address, mac = one["ip_address"], (one.get("mac_address") or "").lower()
        try:
            ranges.net_of(address)
        except ValueError as error:
            raise errors.InvalidInput(reason=f"'{address}' is not an address or CIDR") from error
        if mac and not MAC.fullmatch(mac):
            raise errors.InvalidInput(reason=f"'{mac}' is not a valid MAC address")
        pair = {"ip_address": address, **({"mac_address": mac} if mac else {})}
        if pair in found:
            raise errors.InvalidInput(reason=f"the address pair {address} {mac} is there twice")
        found.append(pair)
    return found


def dhcp_options(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return extra DHCP options, less those whose value is null, which takes one away."""
    return [
        {
            "opt_name": one["opt_name"],
            "opt_value": one["opt_value"],
            "ip_version": int(one.get("ip_version") or 4),
        }
        for one in given
        if one.get("opt_value") is not None
    ]


def merged(port: Port, given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the port's extra DHCP options after a change: those not named stay."""
    named = {(one["opt_name"], int(one.get("ip_version") or 4)) for one in given}
    kept = [
        one for one in port.extra_dhcp_opts if (one["opt_name"], one["ip_version"]) not in named
    ]
    return kept + dhcp_options(given)
