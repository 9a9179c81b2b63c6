"""Brings the engine up to the rows: at once when told, and by comparing everything now and then."""

import logging
import threading
import time
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from common.db import Database
from common.messages import handles
from network.controller import specs
from network.db import forwardings, ports, qos, routers, rows, trunks
from network.db.address_group_models import AddressGroup
from network.db.group_models import SecurityGroup
from network.db.groups import rules_of
from network.db.models import Network, Port, Subnet
from network.db.router_models import Router
from network.drivers.base import Engine, EngineUnavailable, Kind
from network.rpc.contract import Sync

LOG = logging.getLogger(__name__)
ORDER = (
    Kind.NETWORK,
    Kind.ADDRESS_GROUP,
    Kind.SECURITY_GROUP,
    Kind.SUBNET,
    Kind.PORT,
    Kind.ROUTER,
)
Key = tuple[Kind, str]
Act = Callable[[], None]


class Synchronizer:
    """The engine beside the database.

    One resource is brought up to date at a time, from its row as it is at that moment: whoever
    asks for it, and however often, the engine ends with the newest.
    settle_s: how long an order may be on its way before the comparison counts it as lost.
    """

    def __init__(self, database: Database, engine: Engine, *, settle_s: float = 1.0) -> None:
        self._database = database
        self._engine = engine
        self._settle_s = settle_s
        self._lock = threading.Lock()

    @handles(Sync)
    def sync(self, ctx: RequestContext, order: Sync) -> None:
        """Bring what changed up to date; what fails is left to the next comparison."""
        for kind, resource_id in order.changes:
            self._try((Kind(kind), resource_id))

    def compare(self) -> None:
        """Repair everything whose revision in the engine is not its row's, in order."""
        first = self._differences()
        if not first:
            return
        time.sleep(self._settle_s)
        for key, revision in self._differences().items():
            if first.get(key, revision + 1) == revision:
                LOG.warning("%s %s in the engine is not as its row says", key[0].value, key[1])
                self._try(key)

    def _differences(self) -> dict[Key, int]:
        """Return what has to be looked at, in order, with the revision of its row, 0 for none."""
        held = self._engine.revisions()
        with self._database.reading() as session:
            wanted = wanted_revisions(session)
        return {key: wanted.get(key, 0) for key in differing(wanted, held)}

    def _try(self, key: Key) -> None:
        try:
            with self._lock:
                self._bring(*key)
        except EngineUnavailable as error:
            LOG.warning("%s %s waits for the comparison: %s", key[0].value, key[1], error)

    def _bring(self, kind: Kind, resource_id: str) -> None:
        with self._database.reading() as session:
            act = self._act(session, kind, resource_id)
        if act is None:
            self._engine.delete(kind, resource_id)
        else:
            act()

    def _act(self, session: orm.Session, kind: Kind, resource_id: str) -> Act | None:
        """Return the call that makes the resource so, None when it is to be gone."""
        find = {
            Kind.NETWORK: self._network,
            Kind.SUBNET: self._subnet,
            Kind.PORT: self._port,
            Kind.SECURITY_GROUP: self._group,
            Kind.ROUTER: self._router,
            Kind.ADDRESS_GROUP: self._address_group,
        }
        return find[kind](session, resource_id)

    def _network(self, session: orm.Session, network_id: str) -> Act | None:
        row = session.get(Network, network_id)
        if row is None:
            return None
        spec = specs.network(row)
        return lambda: self._engine.ensure_network(spec)

    def _subnet(self, session: orm.Session, subnet_id: str) -> Act | None:
        row = session.get(Subnet, subnet_id, options=[orm.joinedload(Subnet.network)])
        if row is None:
            return None
        spec = specs.subnet(row, row.network.mtu, ports.metadata_port(session, row.network_id))
        return lambda: self._engine.ensure_subnet(spec)

    def _port(self, session: orm.Session, port_id: str) -> Act | None:
        row = ports.find(session, port_id, Port.device_owner.not_in(NOT_TOLD))
        if row is None:
            return None
        found = session.scalars(
            sa.select(Subnet).where(Subnet.id.in_([one.subnet_id for one in row.allocations]))
        )
        policy_id = row.qos_policy_id or self._network_policy(session, row)
        held = qos.rules_of(session, [policy_id]).get(policy_id or "", [])
        spec = specs.port(row, {one.id: one for one in found}, held, _parent(session, port_id))
        return lambda: self._engine.ensure_port(spec)

    def _network_policy(self, session: orm.Session, row: Port) -> str | None:
        """Return the policy that a guest's port has from its network."""
        if row.device_owner in ports.INTERNAL:
            return None
        return session.scalar(sa.select(Network.qos_policy_id).where(Network.id == row.network_id))

    def _group(self, session: orm.Session, group_id: str) -> Act | None:
        row = session.get(SecurityGroup, group_id)
        if row is None:
            return None
        spec = specs.security_group(row, rules_of(session, group_id))
        return lambda: self._engine.ensure_security_group(spec)

    def _address_group(self, session: orm.Session, group_id: str) -> Act | None:
        row = session.get(AddressGroup, group_id)
        if row is None:
            return None
        spec = specs.address_group(row)
        return lambda: self._engine.ensure_address_group(spec)

    def _router(self, session: orm.Session, router_id: str) -> Act | None:
        row = routers.find(session, router_id)
        if row is None:
            return None
        outer = row.gateway_port
        if outer is not None:
            session.refresh(outer, ["network"])
        floating = routers.floating(session, router_id)
        named = [row.gateway_qos_policy_id, *(one.qos_policy_id for one in floating)]
        spec = specs.router(
            row,
            routers.ports_of(session, router_id),
            outer,
            [*routers.legs(session, router_id), *routers.gateway_legs(session, row)],
            floating,
            qos.rules_of(session, named),
            forwardings.through(session, router_id),
        )
        return lambda: self._engine.ensure_router(spec)


def _parent(session: orm.Session, port_id: str) -> tuple[str, int] | None:
    """Return the port of the trunk that a port is inside, and its VLAN there."""
    found = trunks.inside(session, port_id)
    return None if found is None else (found[1].port_id, found[0].segmentation_id)


NOT_TOLD = (*ports.ROUTER_OWNED, "network:floatingip")


def wanted_revisions(session: orm.Session) -> dict[Key, int]:
    """Return the revision of every row that the engine is told of."""
    found: dict[Key, int] = {}
    told = Port.device_owner.not_in(NOT_TOLD)
    sources = (
        (Kind.NETWORK, rows.revisions(session, Network)),
        (Kind.ADDRESS_GROUP, rows.revisions(session, AddressGroup)),
        (Kind.SECURITY_GROUP, rows.revisions(session, SecurityGroup)),
        (Kind.SUBNET, rows.revisions(session, Subnet)),
        (Kind.PORT, rows.revisions(session, Port, told)),
        (Kind.ROUTER, rows.revisions(session, Router)),
    )
    for kind, numbers in sources:
        found.update({(kind, resource_id): number for resource_id, number in numbers.items()})
    return found


def differing(wanted: dict[Key, int], held: dict[Key, int]) -> list[Key]:
    """Return what has to be looked at: made in the order of dependence, removed in reverse."""
    changed = [key for key, revision in wanted.items() if held.get(key) != revision]
    gone = [key for key in held if key not in wanted]
    return [
        *sorted(changed, key=lambda key: ORDER.index(key[0])),
        *sorted(gone, key=lambda key: -ORDER.index(key[0])),
    ]
