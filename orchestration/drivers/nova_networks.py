"""The network ports of a server: those it is made with, and how they change in place."""

from typing import Any

from orchestration.clients import Cloud, CloudRefused, CloudUnreachable
from orchestration.drivers.base import BOOLEAN, LIST, MAP, Node, Property, text, texts
from orchestration.drivers.neutron import network_id, resolve
from orchestration.errors import ResourceFailed

PORTS = "/v2.0/ports"
LET_GO = "let_go"
"""What a server remembers whose ports were taken over by the one that follows it."""
NETWORKS = Property(
    LIST,
    "Its network ports.",
    updatable=True,
    items=Property(
        MAP,
        keys={
            "port": text("A port, by id or name."),
            "network": text("A network, by id or name.", aliases=("uuid",)),
            "subnet": text("A subnet its address is to be of, by id or name."),
            "fixed_ip": text("The address wanted."),
            "floating_ip": text("The id of a floating address that leads to it."),
            "port_extra_properties": Property(
                MAP,
                "More that its port is to have.",
                keys={
                    "port_security_enabled": Property(BOOLEAN),
                    "mac_address": text(),
                    "value_specs": Property(MAP),
                },
            ),
            "tag": text("What the server knows it by."),
            "allocate_network": text(
                "A network of the cloud's choice, or none.", allowed=("none", "auto")
            ),
        },
    ),
)
SECURITY_GROUPS = texts("Security groups, for networks given without a port.", updatable=True)
Wish = dict[str, Any]
"""One entry of `networks` with ids in place of names; its network is always known."""


def wishes(cloud: Cloud, wanted: dict[str, Any]) -> list[Wish]:
    """Return what the template wants, resolved.  Raises ResourceFailed for an empty entry."""
    return [_wish(cloud, item) for item in wanted.get("networks") or []]


def allocation(wanted: dict[str, Any]) -> str | None:
    """Return `none` or `auto` where that is all that is said of networks."""
    found = [item.get("allocate_network") for item in wanted.get("networks") or []]
    return next((one for one in found if one), None)


def _wish(cloud: Cloud, item: dict[str, Any]) -> Wish:
    found = {key: value for key, value in item.items() if value is not None}
    if found.get("port"):
        return {**found, "port": resolve(cloud, "port", PORTS, found["port"])}
    if found.get("subnet"):
        found["subnet"] = resolve(cloud, "subnet", "/v2.0/subnets", found["subnet"])
        if not found.get("network"):
            subnet = cloud.network.get(f"/v2.0/subnets/{found['subnet']}")["subnet"]
            found["network"] = subnet["network_id"]
    if not found.get("network"):
        raise ResourceFailed(reason="Each entry of networks needs a port, a network or a subnet.")
    return {**found, "network": network_id(cloud, found["network"])}


def requested(cloud: Cloud, node: Node, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what compute is asked for; ports that it cannot ask for are made first."""
    return [
        _asked(cloud, node, wanted, number, wish)
        for number, wish in enumerate(wishes(cloud, wanted))
    ]


def _asked(
    cloud: Cloud, node: Node, wanted: dict[str, Any], number: int, wish: Wish
) -> dict[str, Any]:
    if wish.get("port"):
        return {"port": wish["port"]}
    if wish.get("port_extra_properties") or (wish.get("subnet") and not wish.get("fixed_ip")):
        return {"port": _own_port(cloud, node, wanted, number, wish)}
    found = {"uuid": wish["network"]}
    return {**found, "fixed_ip": wish["fixed_ip"]} if wish.get("fixed_ip") else found


def _own_port(cloud: Cloud, node: Node, wanted: dict[str, Any], number: int, wish: Wish) -> str:
    """Return a port that lives as long as the server, found again by its description."""
    name = f"{node.unique_name}-port-{number}"
    rows = cloud.network.get(PORTS, description=node.unique_name, name=name)["ports"]
    free = [row for row in rows if not row.get("device_id")]
    if free:
        return str(free[0]["id"])
    fixed = {
        key: wish[given]
        for key, given in (("subnet_id", "subnet"), ("ip_address", "fixed_ip"))
        if wish.get(given)
    }
    body: dict[str, Any] = {
        "name": name,
        "description": node.unique_name,
        "network_id": wish["network"],
    }
    if fixed:
        body["fixed_ips"] = [fixed]
    if wanted.get("security_groups"):
        body["security_groups"] = [
            resolve(cloud, "security group", "/v2.0/security-groups", group)
            for group in wanted["security_groups"]
        ]
    extra = dict(wish.get("port_extra_properties") or {})
    body |= extra.pop("value_specs", None) or {}
    body |= {key: value for key, value in extra.items() if value is not None}
    return str(cloud.network.post(PORTS, {"port": body})["port"]["id"])


def drop_own_ports(cloud: Cloud, node: Node) -> None:
    """Remove the ports that were made for a server."""
    for row in cloud.network.get(PORTS, description=node.unique_name)["ports"]:
        cloud.network.delete(f"{PORTS}/{row['id']}")


def take_over(cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
    """Take ports that the template names off the server that this one follows.

    A port is on one server at a time.  Raises CloudUnreachable until they are off, so that the
    caller tries again.
    """
    for wish in wishes(cloud, wanted):
        found = cloud.network.find(f"{PORTS}/{wish['port']}") if wish.get("port") else None
        device = found["port"].get("device_id") if found else None
        before = node.home.sibling(node.project_id, device) if device else None
        if before is None or (before.stack_id, before.name) != (node.stack_id, node.name):
            continue
        if before.id == node.id:
            continue
        node.home.remember(before, **{LET_GO: True})
        _detach(cloud, before, wish["port"])
        raise CloudUnreachable(
            service="compute", reason=f"port {wish['port']} is still on the server before"
        )


def change(cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
    """Give the server the ports that are wanted; those that fit stay as they are."""
    there = cloud.compute.get(f"/servers/{node.physical_id}/os-interface")
    left = list(there["interfaceAttachments"])
    every = wishes(cloud, wanted)
    missing: list[tuple[int, Wish]] = []
    for number, wish in sorted(enumerate(every), key=lambda pair: _looseness(pair[1])):
        fitting = next((one for one in left if _fits(one, wish)), None)
        if fitting is None:
            missing.append((number, wish))
        else:
            left.remove(fitting)
    for one in left:
        _detach(cloud, node, one["port_id"])
        _drop_if_own(cloud, node, one["port_id"])
    for number, wish in sorted(missing, key=lambda pair: pair[0]):
        _attach(cloud, node, wanted, number, wish)


def _looseness(wish: Wish) -> int:
    for rank, key in enumerate(("port", "fixed_ip", "subnet")):
        if wish.get(key):
            return rank
    return 3


def _fits(there: dict[str, Any], wish: Wish) -> bool:
    if wish.get("port"):
        return bool(there["port_id"] == wish["port"])
    fixed = there.get("fixed_ips") or []
    return bool(
        there["net_id"] == wish["network"]
        and (not wish.get("fixed_ip") or wish["fixed_ip"] in [one["ip_address"] for one in fixed])
        and (not wish.get("subnet") or wish["subnet"] in [one["subnet_id"] for one in fixed])
    )


def _attach(cloud: Cloud, node: Node, wanted: dict[str, Any], number: int, wish: Wish) -> None:
    asked = _asked(cloud, node, wanted, number, wish)
    body: dict[str, Any] = {"port_id": asked["port"]} if "port" in asked else {}
    if "uuid" in asked:
        body["net_id"] = asked["uuid"]
        if "fixed_ip" in asked:
            body["fixed_ips"] = [{"ip_address": asked["fixed_ip"]}]
    path = f"/servers/{node.physical_id}/os-interface"
    cloud.compute.post(path, {"interfaceAttachment": body})


def _detach(cloud: Cloud, node: Node, port_id: str) -> None:
    """Order a port off; one that is being taken off already goes on going.

    Raises CloudUnreachable while the server is busy with something else.
    """
    try:
        cloud.compute.delete(f"/servers/{node.physical_id}/os-interface/{port_id}")
    except CloudRefused as error:
        if error.facts["status_code"] == 409:
            reason = f"server {node.physical_id} is busy"
            raise CloudUnreachable(service="compute", reason=reason) from error
        raise


def _drop_if_own(cloud: Cloud, node: Node, port_id: str) -> None:
    found = cloud.network.find(f"{PORTS}/{port_id}")
    if found and found["port"].get("description") == node.unique_name:
        cloud.network.delete(f"{PORTS}/{port_id}")
