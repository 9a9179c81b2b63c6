"""An engine in memory: it keeps what it was told, and its ports come up when a test binds them."""

import threading

from common.clock import utcnow
from network.drivers.base import (
    AddressGroupSpec,
    Engine,
    EngineUnavailable,
    Heartbeat,
    Kind,
    NetworkSpec,
    PortSpec,
    PortWatcher,
    RouterSpec,
    SecurityGroupSpec,
    SubnetSpec,
)

Spec = AddressGroupSpec | NetworkSpec | SubnetSpec | PortSpec | SecurityGroupSpec | RouterSpec


class FakeEngine(Engine):
    """The cloud's switches as dictionaries.

    held: what was told last, by kind and id.  bound: ports some guest is plugged into.
    broken: set to make every call fail, as a lost database does.
    """

    def __init__(self) -> None:
        self.held: dict[tuple[Kind, str], Spec] = {}
        self.bound: set[str] = set()
        self.broken = False
        self._up: dict[str, bool] = {}
        self._watchers: list[PortWatcher] = []
        self._lock = threading.RLock()

    def bind(self, port_id: str) -> None:
        """Plug a guest into the port, whether or not the port is here yet."""
        with self._lock:
            self.bound.add(port_id)
        self._refresh()

    def unbind(self, port_id: str) -> None:
        """Pull the guest's plug."""
        with self._lock:
            self.bound.discard(port_id)
        self._refresh()

    def ensure_network(self, spec: NetworkSpec) -> None:
        self._keep(Kind.NETWORK, spec.network_id, spec)

    def ensure_subnet(self, spec: SubnetSpec) -> None:
        self._keep(Kind.SUBNET, spec.subnet_id, spec)

    def ensure_port(self, spec: PortSpec) -> None:
        self._keep(Kind.PORT, spec.port_id, spec)
        self._refresh()

    def ensure_security_group(self, spec: SecurityGroupSpec) -> None:
        self._keep(Kind.SECURITY_GROUP, spec.security_group_id, spec)

    def ensure_address_group(self, spec: AddressGroupSpec) -> None:
        self._keep(Kind.ADDRESS_GROUP, spec.address_group_id, spec)

    def ensure_router(self, spec: RouterSpec) -> None:
        self._keep(Kind.ROUTER, spec.router_id, spec)
        self._refresh()

    def delete(self, kind: Kind, resource_id: str) -> None:
        self._check()
        with self._lock:
            self.held.pop((kind, resource_id), None)
            if kind is Kind.NETWORK:
                self._drop_contents(resource_id)
        self._refresh()

    def _drop_contents(self, network_id: str) -> None:
        """What stands on a network goes with it."""
        for key, spec in list(self.held.items()):
            if isinstance(spec, PortSpec | SubnetSpec) and spec.network_id == network_id:
                del self.held[key]

    def revisions(self) -> dict[tuple[Kind, str], int]:
        self._check()
        with self._lock:
            return {key: spec.revision for key, spec in self.held.items()}

    def ports_up(self) -> dict[str, bool]:
        self._check()
        with self._lock:
            return dict(self._up)

    def heartbeats(self) -> list[Heartbeat]:
        self._check()
        return [Heartbeat("here", "OVN Controller agent", "ovn-controller", utcnow())]

    def watch_ports(self, watcher: PortWatcher) -> None:
        self._watchers.append(watcher)

    def close(self) -> None:
        """Nothing is open."""

    def _keep(self, kind: Kind, resource_id: str, spec: Spec) -> None:
        self._check()
        with self._lock:
            self.held[kind, resource_id] = spec

    def _check(self) -> None:
        if self.broken:
            raise EngineUnavailable(reason="it is made to fail")

    def _refresh(self) -> None:
        """Work out which ports are up, and tell of those that changed."""
        with self._lock:
            now = self._now()
            changed = [
                (port_id, now.get(port_id, False))
                for port_id in self._up.keys() | now.keys()
                if self._up.get(port_id, False) != now.get(port_id, False)
            ]
            self._up = now
        for port_id, up in changed:
            for watcher in list(self._watchers):
                watcher(port_id, up)

    def _now(self) -> dict[str, bool]:
        up = {}
        for (kind, resource_id), spec in self.held.items():
            if isinstance(spec, PortSpec):
                up[resource_id] = resource_id in self.bound and spec.admin_state_up
            elif kind is Kind.ROUTER and isinstance(spec, RouterSpec):
                legs = [*spec.ports, *([spec.gateway] if spec.gateway else [])]
                up.update((leg.port_id, True) for leg in legs)
        return up
