"""A router's way out: the gateway port on an external network."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import orm

from common import errors as roots
from common.context import RequestContext
from network import errors
from network.db import addresses, networks, ports, routers, rows, subnets
from network.db.base import new_id
from network.db.models import Network, Port, Subnet
from network.db.router_models import Router
from network.logic import qos
from network.logic.assign import assign


def change(
    session: orm.Session, ctx: RequestContext, router: Router, info: Mapping[str, Any] | None
) -> None:
    """Give a router the gateway that `external_gateway_info` describes, or take it away.

    Raises NetworkNotFound, BadRequest, IpAddressAlreadyAllocated,
    RouterExternalGatewayInUseByFloatingIp.
    """
    if not info or not info.get("network_id"):
        remove(session, router)
        return
    network = networks.get(session, ctx, info["network_id"])
    if not network.external:
        raise roots.BadRequest(reason=f"Network {network.id} is not an external network")
    router.enable_snat = info.get("enable_snat", True)
    held = qos.chosen(session, ctx, info, router.gateway_qos_policy_id)
    rows.lock(session, network.id)
    asked = info.get("external_fixed_ips")
    current = router.gateway_port
    if current is not None and current.network_id == network.id:
        if asked and not _has(current, asked):
            addresses.release(session, current.id)
            assign(session, current, subnets.of_network(session, network.id), asked)
    else:
        remove(session, router)
        _make(session, router, network, asked)
    if held:
        router.gateway_qos_policy_id = held["qos_policy_id"]


def _make(
    session: orm.Session,
    router: Router,
    network: Network,
    asked: Sequence[Mapping[str, str]] | None,
) -> None:
    there = subnets.of_network(session, network.id)
    inner = [leg.subnet for leg in routers.legs(session, router.id)]
    for subnet in there:
        check_apart(subnet, inner)
    port = Port(
        id=new_id(),
        project_id="",
        network_id=network.id,
        device_id=router.id,
        device_owner="network:router_gateway",
        port_security_enabled=False,
    )
    ports.add(session, port)
    assign(session, port, there, asked or None)
    router.gateway_port_id = port.id
    session.flush()


def remove(session: orm.Session, router: Router) -> None:
    """Take a router's gateway away.  Raises RouterExternalGatewayInUseByFloatingIp."""
    port = router.gateway_port
    if port is None:
        return
    if routers.floating(session, router.id):
        raise errors.RouterExternalGatewayInUseByFloatingIp(
            router_id=router.id, network_id=port.network_id
        )
    router.gateway_port_id = None
    router.gateway_qos_policy_id = None
    session.flush()
    session.delete(port)
    session.flush()


def check_apart(subnet: Subnet, others: Sequence[Subnet]) -> None:
    """Return when a subnet's range is none of the others'.  Raises BadRequest."""
    net = ipaddress.ip_network(subnet.cidr)
    for other in others:
        if other.id == subnet.id:
            raise roots.BadRequest(reason=f"Router already has a port on subnet {subnet.id}")
        if net.overlaps(ipaddress.ip_network(other.cidr)):
            raise roots.BadRequest(
                reason=f"Cidr {subnet.cidr} of subnet {subnet.id} overlaps with cidr {other.cidr} "
                f"of subnet {other.id}"
            )


def _has(port: Port, asked: Sequence[Mapping[str, str]]) -> bool:
    held = [(one.subnet_id, one.address) for one in port.allocations]
    return len(held) == len(asked) and all(
        one.get("subnet_id", subnet_id) == subnet_id and one.get("ip_address", address) == address
        for one, (subnet_id, address) in zip(asked, held, strict=True)
    )
