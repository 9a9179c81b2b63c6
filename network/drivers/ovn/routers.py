"""Routers become logical routers; their legs are ports on both sides."""

from network.drivers.base import LimitSpec, RouterPortSpec, RouterSpec
from network.drivers.ovn import forwardings, qos
from network.drivers.ovn.rows import (
    NETWORK_ID,
    REVISION,
    Row,
    Rows,
    facts,
    held,
    leg_name,
    router_name,
    switch_name,
)

GATEWAYS = "cumulet-gateways"
ROUTER_OPTIONS = {
    "always_learn_from_arp_request": "false",
    "dynamic_neigh_routers": "true",
    "mac_binding_age_threshold": "300",
}


def ensure_router(rows: Rows, spec: RouterSpec, *, userspace: bool) -> None:
    """The router whole.

    userspace: the chassis forward in userspace, where floating addresses are translated without
    connection tracking (the datapath passes a packet through too few stages for two tracked
    translations on one chassis), and where packets are not measured at the gateway (the
    datapath sees a whole offloaded segment as one packet).
    """
    router = rows.ensure("Logical_Router", router_name(spec.router_id))
    known = {REVISION: str(spec.revision), "neutron:router_name": spec.name}
    rows.set(router, enabled=[spec.admin_state_up], options=ROUTER_OPTIONS, external_ids=known)
    _ensure_legs(rows, router, spec, userspace)
    _ensure_routes(rows, router, spec)
    _ensure_translations(rows, router, spec, userspace)
    _ensure_limits(rows, spec)
    forwardings.ensure(rows, router, spec)


def _ensure_limits(rows: Rows, spec: RouterSpec) -> None:
    """What goes through the gateway by a limited address, held on the external network."""
    gateway = spec.gateway
    if gateway is None:
        return
    wanted: dict[str, tuple[str, LimitSpec]] = {}
    own = [address.partition("/")[0] for address in gateway.addresses if ":" not in address]
    for address in own[:1]:
        wanted |= qos.of_address(gateway.port_id, address, spec.limits)
    for floating in spec.floating_ips:
        wanted |= qos.of_address(gateway.port_id, floating.floating_address, floating.limits)
    switch = rows.ensure("Logical_Switch", switch_name(gateway.network_id))
    qos.ensure(rows, switch, gateway.port_id, wanted)


def delete_router(rows: Rows, router_id: str) -> None:
    router = rows.get("Logical_Router", router_name(router_id))
    if router is None:
        return
    for leg in held(router, "ports"):
        _unplug(rows, leg.name)
    for balancer in held(router, "load_balancer"):
        balancer.delete()
    router.delete()


def _ensure_legs(rows: Rows, router: Row, spec: RouterSpec, userspace: bool) -> None:
    wanted = {leg_name(leg.port_id): leg for leg in spec.ports}
    if spec.gateway:
        wanted[leg_name(spec.gateway.port_id)] = spec.gateway
    there = {row.name: row for row in held(router, "ports")}
    for name in there.keys() - wanted.keys():
        _unplug(rows, name)
    missing = rows.exchange(router, "ports", there, wanted)
    for name, leg in wanted.items():
        row = there.get(name)
        if name in missing or row is None:
            row = rows.insert("Logical_Router_Port", name, name=name)
            router.addvalue("ports", row)
        gateway = leg is spec.gateway
        group = [rows.ensure("HA_Chassis_Group", GATEWAYS)] if gateway else []
        measured = {"gateway_mtu": str(leg.mtu)} if gateway and not userspace else {}
        rows.set(
            row,
            mac=leg.mac,
            networks=list(leg.addresses),
            ha_chassis_group=group,
            options=measured,
            ipv6_ra_configs=advertisement(leg),
        )
        _plug(rows, leg, spec.router_id, gateway)


def advertisement(leg: RouterPortSpec) -> dict[str, str]:
    """What the leg tells IPv6 hosts, empty when it is silent."""
    if not leg.ra_mode:
        return {}
    mode = leg.ra_mode.replace("-", "_")
    return {"address_mode": mode, "send_periodic": "true", "mtu": str(leg.mtu)}


def _plug(rows: Rows, leg: RouterPortSpec, router_id: str, gateway: bool) -> None:
    """The leg's other half, on its network's switch."""
    switch = rows.ensure("Logical_Switch", switch_name(leg.network_id))
    port = rows.get("Logical_Switch_Port", leg.port_id)
    if port is None:
        port = rows.insert("Logical_Switch_Port", leg.port_id, name=leg.port_id)
        switch.addvalue("ports", port)
    options = {"router-port": leg_name(leg.port_id)}
    if gateway:
        options |= {"nat-addresses": "router", "exclude-lb-vips-from-garp": "true"}
    own = {NETWORK_ID: leg.network_id, "neutron:device_id": router_id}
    rows.set(port, type="router", addresses=["router"], options=options, external_ids=own)


def _unplug(rows: Rows, name: str) -> None:
    port = rows.get("Logical_Switch_Port", name.removeprefix("lrp-"))
    if port is None:
        return
    switch = rows.get("Logical_Switch", switch_name(facts(port).get(NETWORK_ID, "")))
    if switch is not None:
        qos.ensure(rows, switch, port.name, {})
        switch.delvalue("ports", port)


def _ensure_routes(rows: Rows, router: Row, spec: RouterSpec) -> None:
    defaults = [("::/0" if ":" in hop else "0.0.0.0/0", hop) for hop in spec.next_hops]
    wanted = {**dict.fromkeys(spec.routes, False), **dict.fromkeys(defaults, True)}
    there = {(row.ip_prefix, row.nexthop): row for row in held(router, "static_routes")}
    for prefix, hop in rows.exchange(router, "static_routes", there, wanted):
        known = {"neutron:is_ext_gw": "true"} if wanted[prefix, hop] else {}
        row = rows.insert(
            "Logical_Router_Static_Route", ip_prefix=prefix, nexthop=hop, external_ids=known
        )
        router.addvalue("static_routes", row)


def _ensure_translations(rows: Rows, router: Row, spec: RouterSpec, userspace: bool) -> None:
    options = {"stateless": "true"} if userspace else {}
    wanted: dict[tuple[str, str, str], tuple[dict[str, str], dict[str, str]]] = {
        ("snat", outside, inside): ({}, {}) for inside, outside in spec.snat
    }
    for address in spec.floating_ips:
        known = {
            "neutron:fip_id": address.floating_ip_id,
            "neutron:fip_port_id": address.port_id,
            "neutron:fip_external_mac": address.port_mac,
        }
        key = ("dnat_and_snat", address.floating_address, address.fixed_address)
        wanted[key] = (known, options)
    there = {(row.type, row.external_ip, row.logical_ip): row for row in held(router, "nat")}
    outer = {one.floating_ip_id: one.outer_mac for one in spec.floating_ips}
    missing = rows.exchange(router, "nat", there, wanted)
    for key, (known, chosen) in wanted.items():
        row = there.get(key)
        if key in missing or row is None:
            kind, outside, inside = key
            row = rows.insert("NAT", type=kind, external_ip=outside, logical_ip=inside)
            router.addvalue("nat", row)
        rows.set(row, external_ids=known, options=chosen)
        here = spec.distributed and bool(known)
        rows.set(
            row,
            external_mac=[outer[known["neutron:fip_id"]]] if here else [],
            logical_port=[known["neutron:fip_port_id"]] if here else [],
        )


def ensure_gateways(rows: Rows, chassis: list[str]) -> None:
    """Let these chassis, the first one before the others, carry all routers' gateways."""
    group = rows.ensure("HA_Chassis_Group", GATEWAYS)
    wanted = {name: len(chassis) - place for place, name in enumerate(sorted(chassis))}
    there = {row.chassis_name: row for row in held(group, "ha_chassis")}
    missing = rows.exchange(group, "ha_chassis", there, wanted)
    for name, priority in wanted.items():
        if name in missing:
            row = rows.insert("HA_Chassis", chassis_name=name, priority=priority)
            group.addvalue("ha_chassis", row)
        else:
            rows.set(there[name], priority=priority)
