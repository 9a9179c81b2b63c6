"""Ports: made, changed and removed."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from common.contracts.network import PortChanged
from network import errors
from network.db import addresses, groups, networks, rows, subnets, trunks
from network.db import ports as queries
from network.db.base import new_id
from network.db.lists import Wanted
from network.db.models import Network, Port
from network.db.router_models import FloatingIp, Router
from network.logic import forwardings, ports_input, qos
from network.logic.assign import assign
from network.logic.base import Logic, named, owner
from network.rpc.contract import PORT, ROUTER, SECURITY_GROUP, Changes

CHANGEABLE = (
    "name",
    "description",
    "admin_state_up",
    "device_id",
    "device_owner",
    "port_security_enabled",
    "allowed_address_pairs",
    "extra_dhcp_opts",
)
BINDING = {
    "binding:host_id": "host",
    "binding:vnic_type": "vnic_type",
    "binding:profile": "profile",
}


class Ports(Logic):
    """What can be done with ports."""

    def list(self, ctx: RequestContext, wanted: Wanted) -> list[Port]:
        """Return one page of the ports the caller may see."""
        with self._database.reading() as session:
            return queries.LISTING.fetch(session, queries.visible(ctx), wanted)

    def get(self, ctx: RequestContext, port_id: str) -> Port:
        """Return one port.  Raises PortNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, port_id)

    def create(self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]) -> Sequence[Port]:
        """Make all of the ports or none, each with its addresses.

        Raises OverQuota, NetworkNotFound, IpAddressGenerationFailure, MacAddressInUse...
        """
        changes: Changes = []
        made = []
        with self._database.transaction() as session:
            for one in wanted:
                port, more = self._create(session, ctx, one)
                made.append(port)
                changes += more
        self._tell(ctx, *changes)
        return made

    def _create(
        self, session: orm.Session, ctx: RequestContext, wanted: Mapping[str, Any]
    ) -> tuple[Port, Changes]:
        network = networks.get_for_port(session, ctx, wanted["network_id"])
        ports_input.check_rights(ctx, network, wanted)
        project_id = owner(ctx, wanted)
        self._quotas.reserve(session, project_id, "port")
        rows.lock(session, network.id)
        port = _build(network, project_id, wanted)
        port.qos_policy_id = qos.chosen(session, ctx, wanted).get("qos_policy_id")
        group_ids, changes = self._groups(session, ctx, port, wanted)
        ports_input.check_security(port, group_ids)
        queries.add(session, port, group_ids)
        assign(session, port, network.subnets, wanted.get("fixed_ips"))
        if wanted.get("tags"):
            rows.set_tags(session, port.id, wanted["tags"])
            port = queries.get(session, ctx, port.id)
        return port, [*changes, (PORT, port.id)]

    def _groups(
        self, session: orm.Session, ctx: RequestContext, port: Port, wanted: Mapping[str, Any]
    ) -> tuple[Sequence[str], Changes]:
        """Return the groups a new port is in: those asked for, or the project's default."""
        asked = wanted.get("security_groups")
        if asked is not None:
            groups.check_visible(session, ctx, asked)
            return list(dict.fromkeys(asked)), []
        if not port.port_security_enabled or port.device_owner.startswith("network:"):
            return [], []
        group_id, new = groups.ensure_default(session, port.project_id)
        return [group_id], [(SECURITY_GROUP, group_id)] if new else []

    def update(self, ctx: RequestContext, port_id: str, wanted: Mapping[str, Any]) -> Port:
        """Change a port.  Raises PortNotFound, IpAddressAlreadyAllocated, InvalidInput..."""
        with self._database.transaction() as session:
            port = queries.get(session, ctx, port_id)
            network = networks.get(session, RequestContext.internal(), port.network_id)
            ports_input.check_rights(ctx, network, wanted, port)
            rows.lock(session, network.id)
            changes = self._change(session, ctx, port, wanted)
            session.flush()
            port = queries.get(session, ctx, port_id)
        self._tell(ctx, *changes)
        return port

    def _change(
        self, session: orm.Session, ctx: RequestContext, port: Port, wanted: Mapping[str, Any]
    ) -> Changes:
        values = _columns(wanted) | qos.chosen(session, ctx, wanted, port.qos_policy_id)
        if "mac_address" in wanted:
            values["mac_address"] = _free_mac(session, port, wanted["mac_address"])
        if "extra_dhcp_opts" in values:
            values["extra_dhcp_opts"] = ports_input.merged(port, wanted["extra_dhcp_opts"] or [])
        advanced = rows.change(port, values)
        changes: Changes = []
        touched = False
        group_ids = [group.security_group_id for group in port.groups]
        if "security_groups" in wanted:
            group_ids = wanted["security_groups"] or []
            groups.check_visible(session, ctx, group_ids)
            queries.set_groups(session, port.id, group_ids)
            touched = True
        ports_input.check_security(port, group_ids)
        if "fixed_ips" in wanted and not _has(port, wanted["fixed_ips"]):
            changes = self._readdress(session, port, wanted["fixed_ips"])
            touched = True
        if touched and not advanced:
            rows.advance(port)
        return [(PORT, port.id), *changes] if advanced or touched else []

    def _readdress(
        self, session: orm.Session, port: Port, asked: Sequence[Mapping[str, str]]
    ) -> Changes:
        """Give the port other addresses; floating ones that led to a lost address lead nowhere."""
        ports_input.check_movable(port, asked)
        before = {one.subnet_id: one.address for one in port.allocations}
        addresses.release(session, port.id)
        wanted = _kept(asked, before)
        assign(session, port, subnets.of_network(session, port.network_id), wanted)
        held = {allocation.address for allocation in addresses.held(session, port.id)}
        changes = [
            *release_floating(session, port.id, FloatingIp.fixed_address.not_in(held)),
            *forwardings.release(session, port.id, held),
        ]
        if port.device_owner in queries.ROUTER_OWNED:
            rows.advance_all(session, Router, [port.device_id])
            changes.append((ROUTER, port.device_id))
        return changes

    def delete(self, ctx: RequestContext, port_id: str) -> None:
        """Remove a port; floating addresses that led to it lead nowhere then.

        Raises PortNotFound, ServicePortInUse for a port that belongs to a router and the like.
        """
        with self._database.transaction() as session:
            port = queries.get(session, ctx, port_id)
            if not _on_own_network(session, ctx, port):
                ports_input.check_own(ctx, port)
            if port.device_owner in queries.INTERNAL:
                raise errors.ServicePortInUse(port_id=port_id, device_owner=port.device_owner)
            used = trunks.user_of(session, port)
            if used is not None:
                raise errors.PortInUseByTrunk(port_id=port_id, used=used)
            changes = [*release_floating(session, port_id), *forwardings.release(session, port_id)]
            rows.delete(session, port)
        self._tell(ctx, (PORT, port_id), *changes)
        event = PortChanged(port_id=port_id, device_id=port.device_id, status="DELETED")
        self._bus.publish(ctx, event)


def _on_own_network(session: orm.Session, ctx: RequestContext, port: Port) -> bool:
    """Say whether the port is on a network of the caller's, who may have it off there."""
    return session.get_one(Network, port.network_id).project_id == ctx.project_id


def release_floating(session: orm.Session, port_id: str, *conditions: Any) -> Changes:
    """Let the floating addresses of a port lead nowhere; return the routers that forget them."""
    query = sa.select(FloatingIp).where(FloatingIp.port_id == port_id, *conditions)
    found = list(session.scalars(query))
    routers = sorted({one.router_id for one in found if one.router_id})
    none = {"port_id": None, "fixed_address": None, "router_id": None, "status": "DOWN"}
    for floating in found:
        rows.change(floating, none)
    session.flush()
    rows.advance_all(session, Router, routers)
    return [(ROUTER, router_id) for router_id in routers]


def _build(network: Network, project_id: str, wanted: Mapping[str, Any]) -> Port:
    values = {
        "port_security_enabled": network.port_security_enabled,
        "device_owner": "",
        "allowed_address_pairs": [],
        **_columns(wanted),
    }
    return Port(
        id=new_id(),
        project_id=project_id,
        network_id=network.id,
        mac_address=(wanted.get("mac_address") or "").lower(),
        **values,
    )


def _columns(wanted: Mapping[str, Any]) -> dict[str, Any]:
    values = named(wanted, CHANGEABLE)
    for attribute, column in BINDING.items():
        if attribute in wanted:
            values[column] = wanted[attribute] or ({} if column == "profile" else "")
    for name in ("device_id", "device_owner"):
        if name in values:
            values[name] = values[name] or ""
    if "allowed_address_pairs" in values:
        values["allowed_address_pairs"] = ports_input.pairs(values["allowed_address_pairs"] or [])
    if "extra_dhcp_opts" in values:
        values["extra_dhcp_opts"] = ports_input.dhcp_options(values["extra_dhcp_opts"] or [])
    return values


def _free_mac(session: orm.Session, port: Port, wanted: str | None) -> str:
    """Return the MAC a port is to have, a new one for null.  Raises MacAddressInUse."""
    if wanted is None:
        wanted = queries.new_mac()
        while queries.mac_taken(session, port.network_id, wanted):
            wanted = queries.new_mac()
    mac = wanted.lower()
    if mac != port.mac_address and queries.mac_taken(session, port.network_id, mac):
        raise errors.MacAddressInUse(mac=mac, network_id=port.network_id)
    return mac


def _kept(asked: Sequence[Mapping[str, str]], before: Mapping[str, str]) -> list[Mapping[str, str]]:
    """Return the wanted addresses: the one there is where only its subnet is named.

    before: the port's address by subnet; one that is named itself, or kept already, is no other's.
    """
    named = {one.get("ip_address") for one in asked}
    left = {subnet_id: address for subnet_id, address in before.items() if address not in named}
    found: list[Mapping[str, str]] = []
    for one in asked:
        subnet_id = one.get("subnet_id", "")
        kept = None if "ip_address" in one else left.pop(subnet_id, None)
        found.append(one if kept is None else {"subnet_id": subnet_id, "ip_address": kept})
    return found


def _has(port: Port, asked: Sequence[Mapping[str, str]]) -> bool:
    """Say whether the port's addresses are those asked for already."""
    given = [one.get("ip_address") for one in asked]
    return sorted(one.address for one in port.allocations) == sorted(map(str, given))
