"""What the benchmarks share: a connection, a network with a way in, and a clock."""

import contextlib
import dataclasses
import json
import socket
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import openstack

DEADLINE_S = 180.0


@dataclasses.dataclass
class Place:
    """A network behind a router, with a security group that lets ssh in."""

    cloud: Any
    network: Any
    group: Any
    public: Any
    key_name: str

    @contextlib.contextmanager
    def door(self) -> Iterator[tuple[Any, str]]:
        """Give a port with a floating address that leads to it; both go afterwards."""
        port = self.cloud.network.create_port(
            network_id=self.network.id, security_group_ids=[self.group.id]
        )
        address = self.cloud.network.create_ip(floating_network_id=self.public.id, port_id=port.id)
        try:
            yield port, address.floating_ip_address
        finally:
            self.cloud.network.delete_ip(address)
            self.cloud.network.delete_port(port)


@contextlib.contextmanager
def place() -> Iterator[Place]:
    """Give a fresh place in the cloud that OS_CLOUD names; nothing of it is left afterwards."""
    cloud = openstack.connect()
    name = f"bench-{uuid.uuid4().hex[:8]}"
    with contextlib.ExitStack() as undo:
        net = cloud.network
        public = next(iter(net.networks(is_router_external=True)))
        network = net.create_network(name=name)
        undo.callback(net.delete_network, network)
        subnet = net.create_subnet(
            network_id=network.id, ip_version=4, cidr="10.77.0.0/24", name=name
        )
        undo.callback(net.delete_subnet, subnet)
        router = net.create_router(name=name, external_gateway_info={"network_id": public.id})
        undo.callback(net.delete_router, router)
        net.add_interface_to_router(router, subnet_id=subnet.id)
        undo.callback(net.remove_interface_from_router, router, subnet_id=subnet.id)
        group = net.create_security_group(name=name)
        undo.callback(net.delete_security_group, group)
        for rule in ({"protocol": "tcp", "port_range_min": 22, "port_range_max": 22},):
            net.create_security_group_rule(
                security_group_id=group.id, direction="ingress", ethertype="IPv4", **rule
            )
        key = cloud.compute.create_keypair(name=name)
        undo.callback(cloud.compute.delete_keypair, key)
        yield Place(cloud, network, group, public, name)


def boot(
    where: Place,
    image: str,
    flavor: str,
    look: Callable[[str], None] | None = None,
    **more: Any,
) -> tuple[float, float]:
    """Boot one server and remove it again.

    look: called with the server's id once ssh answers.  more: further fields of the request.
    Return seconds from POST to ACTIVE, and to ssh's banner on its floating address.
    """
    compute = where.cloud.compute
    image_id = where.cloud.image.find_image(image, ignore_missing=False).id
    flavor_id = compute.find_flavor(flavor, ignore_missing=False).id
    with where.door() as (port, address):
        began = time.monotonic()
        server = compute.create_server(
            name="bench",
            image_id=image_id,
            flavor_id=flavor_id,
            networks=[{"port": port.id}],
            key_name=where.key_name,
            **more,
        )
        try:
            active = _active(compute, server.id, began)
            answered = banner(address, 22, began)
            if look is not None:
                look(server.id)
            return active, answered
        finally:
            compute.delete_server(server)
            compute.wait_for_delete(server, interval=0.2, wait=60)


def _active(compute: Any, server_id: str, began: float) -> float:
    while True:
        server = compute.get_server(server_id)
        if server.status == "ACTIVE":
            return time.monotonic() - began
        if server.status == "ERROR" or time.monotonic() - began > DEADLINE_S:
            raise SystemExit(f"server {server_id} is {server.status}: {server.fault}")
        time.sleep(0.02)


def banner(address: str, port: int, began: float) -> float:
    """Return the seconds since `began` at which ssh said who it is."""
    while time.monotonic() - began < DEADLINE_S:
        with contextlib.suppress(OSError), socket.create_connection((address, port), 0.25) as link:
            link.settimeout(0.3)
            if link.recv(4) == b"SSH-":
                return time.monotonic() - began
        time.sleep(0.02)
    raise SystemExit(f"no ssh on {address}:{port} within {DEADLINE_S} s")


def summary(values: list[float]) -> dict[str, float]:
    """Return the least, the median and the 95th percentile, in seconds."""
    ordered = sorted(values)
    return {
        "min": round(ordered[0], 3),
        "p50": round(statistics.median(ordered), 3),
        "p95": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 3),
        "n": len(ordered),
    }


def report(**figures: Any) -> None:
    """Print the figures as one JSON object."""
    json.dump(figures, sys.stdout, indent=2)
    print()
