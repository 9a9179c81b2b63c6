"""Two tenants on a data plane of a test's own, as the network service would write them."""

import dataclasses
import uuid

from network.drivers.base import (
    FloatingIpSpec,
    NetworkSpec,
    PortSpec,
    RouterPortSpec,
    RouterSpec,
    RuleSpec,
    SecurityGroupSpec,
    SubnetSpec,
)
from network.drivers.ovn.engine import OvnEngine
from tests.support import dataplane
from tests.support.waiting import wait_for

OUTSIDE = "198.19.1.1"


def new_id() -> str:
    return str(uuid.uuid4())


class Tenant:
    """One project's network 10.0.0.0/24, its router, its group, and its guests."""

    def __init__(self, cloud: "Cloud", letter: str, place: int) -> None:
        self.cloud, self.letter, self.place = cloud, letter, place
        self.network_id, self.subnet_id, self.group_id = new_id(), new_id(), new_id()
        self.gateway_address = f"198.19.1.{10 + place}"
        self.floating_address = f"198.19.1.{100 + place}"
        self.guests: dict[str, dataplane.Guest] = {}
        self.specs: dict[str, PortSpec] = {}
        self.router = RouterSpec(
            router_id=new_id(),
            revision=1,
            name=letter,
            ports=(self._leg(self.network_id, "f0", "10.0.0.1/24", 1442),),
            gateway=self._leg(cloud.outside_id, "f1", f"{self.gateway_address}/24", 1500),
            next_hops=(OUTSIDE,),
            snat=(("10.0.0.0/24", self.gateway_address),),
        )

    def _mac(self, last: str) -> str:
        return f"fa:16:3e:0{self.place}:00:{last}"

    def _leg(self, network_id: str, last: str, address: str, mtu: int) -> RouterPortSpec:
        return RouterPortSpec(new_id(), network_id, self._mac(last), (address,), mtu)

    def rules(self) -> tuple[RuleSpec, ...]:
        ssh = RuleSpec(new_id(), "ingress", "IPv4", "tcp", 22, 22, remote_cidr="0.0.0.0/0")
        own = RuleSpec(
            new_id(), "ingress", "IPv4", "tcp", 7000, 7000, remote_group_id=self.group_id
        )
        ping = RuleSpec(new_id(), "ingress", "IPv4", "icmp", remote_group_id=self.group_id)
        out = [RuleSpec(new_id(), "egress", kind) for kind in ("IPv4", "IPv6")]
        return (*out, ssh, own, ping)

    def build(self) -> None:
        engine = self.cloud.engine
        engine.ensure_network(NetworkSpec(self.network_id, 1, self.letter, 1442))
        engine.ensure_subnet(
            SubnetSpec(
                subnet_id=self.subnet_id,
                network_id=self.network_id,
                revision=1,
                cidr="10.0.0.0/24",
                gateway="10.0.0.1",
                enable_dhcp=True,
                mtu=1442,
                metadata_address="10.0.0.2",
            )
        )
        self.group = SecurityGroupSpec(self.group_id, 1, rules=self.rules())
        engine.ensure_security_group(self.group)
        engine.ensure_port(self._port("10.0.0.2", "02", distributed=True))
        engine.ensure_router(self.router)

    def _port(self, address: str, last: str, *, distributed: bool = False) -> PortSpec:
        owner = "network:distributed" if distributed else "compute:nova"
        return PortSpec(
            port_id=new_id(),
            network_id=self.network_id,
            revision=1,
            name=f"{self.letter}{last}",
            mac=self._mac(last),
            project_id=f"project-{self.letter}",
            device_id=f"server-{self.letter}{last}",
            device_owner=owner,
            distributed=distributed,
            fixed_ips=((self.subnet_id, address, 24),),
            security_group_ids=() if distributed else (self.group_id,),
        )

    def add(self, number: int) -> None:
        spec = self._port(f"10.0.0.{10 + number}", f"1{number}")
        name = f"{self.letter}{number}"
        self.specs[name] = spec
        self.cloud.engine.ensure_port(spec)
        self.guests[name] = self.cloud.plane.guest(spec.port_id, spec.mac)

    def float(self, name: str) -> None:
        spec = self.specs[name]
        address = FloatingIpSpec(
            new_id(), self.floating_address, spec.fixed_ips[0][1], spec.port_id, spec.mac
        )
        whole = dataclasses.replace(self.router, revision=2, floating_ips=(address,))
        self.cloud.engine.ensure_router(whole)


class Cloud:
    """Two tenants with the same addresses; a1, a2 and b1 are guests, a1 and b1 float."""

    def __init__(self, plane: dataplane.Plane) -> None:
        self.plane = plane
        self.engine = OvnEngine(plane.remote)
        self.outside_id = new_id()
        outside = NetworkSpec(self.outside_id, 1, "public", 1500, physical_network="physnet1")
        self.engine.ensure_network(outside)
        self.a, self.b = Tenant(self, "a", 1), Tenant(self, "b", 2)
        for tenant in (self.a, self.b):
            tenant.build()
        self.a.add(1)
        self.a.add(2)
        self.b.add(1)
        self.a.float("a1")
        self.b.float("b1")
        self.guests = {**self.a.guests, **self.b.guests}
        self.specs = {**self.a.specs, **self.b.specs}
        wait_for(lambda: all(self.engine.ports_up()[g.port_id] for g in self.guests.values()))
        for guest in self.guests.values():
            guest.ask_for_address()
            for port in (22, 7000, 8080):
                guest.serve(port)
