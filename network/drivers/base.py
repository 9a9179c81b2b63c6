"""What a network engine promises: that the switches match what the rows say.

Every `ensure_*` takes the whole wanted state of one resource and makes it so in one transaction,
whatever was there before; every `delete_*` of something missing succeeds.  The revision number of
our row is stored beside what was written, so a periodic comparison finds what drifted.
"""

import abc
import dataclasses
import datetime as dt
import enum
from collections.abc import Callable

from common import errors


class EngineUnavailable(errors.Unavailable):
    message = "The network engine does not answer: {reason}"


class Kind(enum.Enum):
    """What the engine keeps; the value is the word used in messages and external ids."""

    NETWORK = "network"
    SUBNET = "subnet"
    PORT = "port"
    SECURITY_GROUP = "security_group"
    ROUTER = "router"
    ADDRESS_GROUP = "address_group"


@dataclasses.dataclass(frozen=True)
class NetworkSpec:
    """One L2 segment.  physical_network: the bridge mapping it leaves by, None for tenants'."""

    network_id: str
    revision: int
    name: str
    mtu: int
    physical_network: str | None = None
    vlan: int | None = None


@dataclasses.dataclass(frozen=True)
class SubnetSpec:
    """One subnet's DHCP.  metadata_address: the distributed port's address, None when it has none.

    host_routes: (destination CIDR, next hop) pairs.  ipv6_*_mode: slaac, dhcpv6-stateful,
    dhcpv6-stateless or None.
    """

    subnet_id: str
    network_id: str
    revision: int
    cidr: str
    gateway: str | None
    enable_dhcp: bool
    mtu: int
    dns_servers: tuple[str, ...] = ()
    host_routes: tuple[tuple[str, str], ...] = ()
    metadata_address: str | None = None
    ipv6_address_mode: str | None = None
    ipv6_ra_mode: str | None = None

    @property
    def ip_version(self) -> int:
        return 6 if ":" in self.cidr else 4


@dataclasses.dataclass(frozen=True)
class LimitSpec:
    """What traffic in one direction is held to; egress is what the guest sends.

    dscp: the mark that its packets get.  None is no limit and no mark.
    """

    direction: str
    max_kbps: int | None = None
    burst_kbps: int | None = None
    dscp: int | None = None


@dataclasses.dataclass(frozen=True)
class PortSpec:
    """One port that is not a router's.  distributed: the network's metadata port (OVN localport).

    fixed_ips: (subnet id, address, prefix length).  allowed_pairs: (MAC, IP or CIDR).
    dhcp_options: (name, value, ip version) of extra_dhcp_opts.  min_kbps: what it is sure to
    be able to send by a physical network.  parent: the port of a trunk that this one is inside,
    and its VLAN there.
    """

    port_id: str
    network_id: str
    revision: int
    name: str
    mac: str
    project_id: str
    device_id: str
    device_owner: str
    admin_state_up: bool = True
    port_security: bool = True
    distributed: bool = False
    host: str | None = None
    fixed_ips: tuple[tuple[str, str, int], ...] = ()
    security_group_ids: tuple[str, ...] = ()
    allowed_pairs: tuple[tuple[str, str], ...] = ()
    dhcp_options: tuple[tuple[str, str, int], ...] = ()
    limits: tuple[LimitSpec, ...] = ()
    min_kbps: int | None = None
    parent: tuple[str, int] | None = None


@dataclasses.dataclass(frozen=True)
class RuleSpec:
    """One security group rule.  direction: ingress or egress.  ethertype: IPv4 or IPv6.

    protocol: a name or a number as text, None for any.  port_min and port_max are type and code
    for ICMP.
    """

    rule_id: str
    direction: str
    ethertype: str
    protocol: str | None = None
    port_min: int | None = None
    port_max: int | None = None
    remote_cidr: str | None = None
    remote_group_id: str | None = None
    remote_address_group_id: str | None = None


@dataclasses.dataclass(frozen=True)
class AddressGroupSpec:
    """Ranges that rules refer to, as CIDRs of either family."""

    address_group_id: str
    revision: int
    addresses: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Heartbeat:
    """A daemon of a chassis gave a sign of life.  heard_at: UTC, without a zone."""

    host: str
    kind: str
    binary: str
    heard_at: dt.datetime


@dataclasses.dataclass(frozen=True)
class SecurityGroupSpec:
    """One security group with all its rules; members come with the ports."""

    security_group_id: str
    revision: int
    stateful: bool = True
    rules: tuple[RuleSpec, ...] = ()


@dataclasses.dataclass(frozen=True)
class RouterPortSpec:
    """One leg of a router.  addresses: `10.0.0.1/24`.  ra_mode: None or how hosts get addresses."""

    port_id: str
    network_id: str
    mac: str
    addresses: tuple[str, ...]
    mtu: int
    ra_mode: str | None = None


@dataclasses.dataclass(frozen=True)
class FloatingIpSpec:
    """One floating address and the port it leads to.  outer_mac: its own, on the outside."""

    floating_ip_id: str
    floating_address: str
    fixed_address: str
    port_id: str
    port_mac: str
    outer_mac: str = ""
    limits: tuple[LimitSpec, ...] = ()


@dataclasses.dataclass(frozen=True)
class ForwardSpec:
    """One port of an outside address and the address and port it leads to."""

    protocol: str
    outer_address: str
    outer_port: int
    inner_address: str
    inner_port: int


@dataclasses.dataclass(frozen=True)
class RouterSpec:
    """One router, whole: legs, gateway, routes, source NAT and floating addresses.

    gateway: the leg on the external network.  next_hops: default routes, by family.
    snat: (inside CIDR, outside address) pairs; empty when enable_snat is off.
    routes: (destination CIDR, next hop).  limits: of what goes by the gateway's own address.
    distributed: floating addresses are translated where their ports are bound.
    """

    router_id: str
    revision: int
    name: str
    admin_state_up: bool = True
    ports: tuple[RouterPortSpec, ...] = ()
    gateway: RouterPortSpec | None = None
    next_hops: tuple[str, ...] = ()
    snat: tuple[tuple[str, str], ...] = ()
    routes: tuple[tuple[str, str], ...] = ()
    floating_ips: tuple[FloatingIpSpec, ...] = ()
    limits: tuple[LimitSpec, ...] = ()
    forwards: tuple[ForwardSpec, ...] = ()
    distributed: bool = False


PortWatcher = Callable[[str, bool], None]


class Engine(abc.ABC):
    """The switches of the whole cloud, seen as wanted states.

    Every method may raise EngineUnavailable; nothing was written then, or all of it was.
    """

    @abc.abstractmethod
    def ensure_network(self, spec: NetworkSpec) -> None:
        """Make the segment exist as told."""

    @abc.abstractmethod
    def ensure_subnet(self, spec: SubnetSpec) -> None:
        """Make DHCP answer as told, for the ports there are, too."""

    @abc.abstractmethod
    def ensure_port(self, spec: PortSpec) -> None:
        """Make the port exist as told.  Its network, subnets and groups are there already."""

    @abc.abstractmethod
    def ensure_security_group(self, spec: SecurityGroupSpec) -> None:
        """Make the group's rules those told; connections that no rule allows end."""

    @abc.abstractmethod
    def ensure_address_group(self, spec: AddressGroupSpec) -> None:
        """Make the group's addresses those told."""

    @abc.abstractmethod
    def ensure_router(self, spec: RouterSpec) -> None:
        """Make the router and all its legs, routes and translations those told."""

    @abc.abstractmethod
    def delete(self, kind: Kind, resource_id: str) -> None:
        """Remove all that the engine holds for the resource; a missing one is a success."""

    @abc.abstractmethod
    def revisions(self) -> dict[tuple[Kind, str], int]:
        """Return the revision of everything the engine holds."""

    @abc.abstractmethod
    def ports_up(self) -> dict[str, bool]:
        """Return whether each port is bound and wired."""

    @abc.abstractmethod
    def heartbeats(self) -> list[Heartbeat]:
        """Return the latest sign of life of each daemon there is, and ask for another one."""

    @abc.abstractmethod
    def watch_ports(self, watcher: PortWatcher) -> None:
        """Call watcher(port_id, up) from a thread whenever a port comes up or goes down."""

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of the connection."""
