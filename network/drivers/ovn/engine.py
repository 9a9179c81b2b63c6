"""The engine itself: which function writes what, and news of ports and chassis."""

import logging
import queue
import threading
from collections.abc import Callable

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
from network.drivers.ovn import address_groups, agents, groups, networks, ports, routers
from network.drivers.ovn.connection import Database, Key, Listener, by_name
from network.drivers.ovn.rows import REVISION, Row, Rows, facts

LOG = logging.getLogger(__name__)


def _unkeyed(row: Row) -> str:
    return str(row.uuid)


NORTHBOUND: dict[str, Key] = {
    "Logical_Switch": by_name,
    "Logical_Switch_Port": by_name,
    "Logical_Router": by_name,
    "Logical_Router_Port": by_name,
    "Logical_Router_Static_Route": _unkeyed,
    "NAT": _unkeyed,
    "Load_Balancer": by_name,
    "Port_Group": by_name,
    "Address_Set": by_name,
    "NB_Global": _unkeyed,
    "ACL": _unkeyed,
    "QoS": _unkeyed,
    "DHCP_Options": networks.dhcp_key,
    "HA_Chassis_Group": by_name,
    "HA_Chassis": _unkeyed,
}
DELETES: dict[Kind, Callable[[Rows, str], None]] = {
    Kind.NETWORK: networks.delete_network,
    Kind.SUBNET: networks.delete_subnet,
    Kind.PORT: ports.delete_port,
    Kind.SECURITY_GROUP: groups.delete_security_group,
    Kind.ROUTER: routers.delete_router,
    Kind.ADDRESS_GROUP: address_groups.delete_address_group,
}
REVISED = {
    "Logical_Switch": (Kind.NETWORK, "neutron-"),
    "Logical_Switch_Port": (Kind.PORT, ""),
    "Logical_Router": (Kind.ROUTER, "neutron-"),
}
News = tuple[str, bool] | list[str] | None


class _PortNews(Listener):
    """Whether ports are up; a change is put on the queue as (port id, up)."""

    def __init__(self, news: "queue.SimpleQueue[News]") -> None:
        self.up: dict[str, bool] = {}
        self._news = news
        self._settled = False

    def changed(self, event: str, row: Row) -> None:
        if row._table.name != "Logical_Switch_Port" or not self._settled:
            return
        up = event != "delete" and row.up == [True]
        if up != self.up.get(row.name, False):
            self._news.put((row.name, up))
        if event == "delete":
            self.up.pop(row.name, None)
        else:
            self.up[row.name] = up

    def whole(self, rows: Rows) -> None:
        now = {row.name: row.up == [True] for row in rows.all("Logical_Switch_Port")}
        if self._settled:
            for port_id in self.up.keys() | now.keys():
                if self.up.get(port_id, False) != now.get(port_id, False):
                    self._news.put((port_id, now.get(port_id, False)))
        self.up, self._settled = now, True


class _ChassisNews(Listener):
    """The chassis that may carry gateways; a change is put on the queue as their names."""

    def __init__(self, news: "queue.SimpleQueue[News]") -> None:
        self.userspace = True
        self._chassis: dict[str, bool] = {}
        self._news = news

    def changed(self, event: str, row: Row) -> None:
        if row._table.name != "Chassis":
            return
        there = dict(self._chassis)
        if event == "delete":
            there.pop(row.name, None)
        else:
            there[row.name] = self._carries(row)
        self._tell(there)

    def whole(self, rows: Rows) -> None:
        self._tell({row.name: self._carries(row) for row in rows.all("Chassis")})

    def _carries(self, row: Row) -> bool:
        config = dict(row.other_config)
        self.userspace = config.get("datapath-type") != "system"
        return "enable-chassis-as-gw" in config.get("ovn-cms-options", "").split(",")

    def _tell(self, there: dict[str, bool]) -> None:
        if there != self._chassis:
            self._chassis = there
            self._news.put([name for name, carries in there.items() if carries])


class OvnEngine(Engine):
    """OVN's northbound database as the engine.

    remote: where ovsdb-server listens for the northbound and the southbound database, such as
    unix:/run/db.sock.  timeout_s: how long a call waits for a server that doesn't answer.
    """

    def __init__(self, remote: str, *, timeout_s: float = 10) -> None:
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._ports, self._chassis = _PortNews(self._news), _ChassisNews(self._news)
        self._watchers: list[PortWatcher] = []
        self._north = Database(
            remote, "OVN_Northbound", NORTHBOUND, listener=self._ports, timeout_s=timeout_s
        )
        self._south = Database(
            remote,
            "OVN_Southbound",
            {"Chassis": by_name, "Chassis_Private": by_name},
            listener=self._chassis,
        )
        self._teller = threading.Thread(target=self._tell, name="port-news", daemon=True)
        self._teller.start()

    def ensure_network(self, spec: NetworkSpec) -> None:
        self._north.write(lambda rows: networks.ensure_network(rows, spec))

    def ensure_subnet(self, spec: SubnetSpec) -> None:
        self._north.write(lambda rows: networks.ensure_subnet(rows, spec))

    def ensure_port(self, spec: PortSpec) -> None:
        def change(rows: Rows) -> None:
            groups.ensure_drop_group(rows)
            ports.ensure_port(rows, spec)

        self._north.write(change)

    def ensure_security_group(self, spec: SecurityGroupSpec) -> None:
        self._north.write(lambda rows: groups.ensure_security_group(rows, spec))

    def ensure_address_group(self, spec: AddressGroupSpec) -> None:
        self._north.write(lambda rows: address_groups.ensure_address_group(rows, spec))

    def ensure_router(self, spec: RouterSpec) -> None:
        userspace = self._chassis.userspace
        self._north.write(lambda rows: routers.ensure_router(rows, spec, userspace=userspace))

    def delete(self, kind: Kind, resource_id: str) -> None:
        self._north.write(lambda rows: DELETES[kind](rows, resource_id))

    def revisions(self) -> dict[tuple[Kind, str], int]:
        return self._north.read(_revisions)

    def ports_up(self) -> dict[str, bool]:
        return self._north.read(_ports_up)

    def heartbeats(self) -> list[Heartbeat]:
        self._north.write(agents.ask)
        return self._south.read(agents.heard)

    def watch_ports(self, watcher: PortWatcher) -> None:
        self._watchers.append(watcher)

    def close(self) -> None:
        self._news.put(None)
        self._north.close()
        self._south.close()
        self._teller.join(timeout=5)

    def _tell(self) -> None:
        """Pass on news of ports, and follow the chassis; on a thread that may wait."""
        while (news := self._news.get()) is not None:
            try:
                if isinstance(news, list):
                    self._ensure_gateways(news)
                else:
                    for watcher in list(self._watchers):
                        watcher(*news)
            except Exception:
                LOG.exception("news of the network engine were lost: %s", news)

    def _ensure_gateways(self, chassis: list[str]) -> None:
        try:
            self._north.write(lambda rows: routers.ensure_gateways(rows, chassis))
        except EngineUnavailable as error:
            LOG.warning("gateways stay where they are: %s", error)
            self._news.put(chassis)


def _revisions(rows: Rows) -> dict[tuple[Kind, str], int]:
    found: dict[tuple[Kind, str], int] = {}
    for table, (kind, prefix) in REVISED.items():
        for row in rows.all(table):
            known = facts(row)
            if REVISION in known:
                found[kind, row.name.removeprefix(prefix)] = int(known[REVISION])
            if kind is Kind.NETWORK:
                for key, value in known.items():
                    if key.startswith(networks.SUBNET):
                        found[Kind.SUBNET, key.removeprefix(networks.SUBNET)] = int(value)
    for row in rows.all("Port_Group"):
        known = facts(row)
        if groups.GROUP_ID in known:
            found[Kind.SECURITY_GROUP, known[groups.GROUP_ID]] = int(known[REVISION])
    for row in rows.all("Address_Set"):
        known = facts(row)
        if address_groups.GROUP_ID in known:
            both = (Kind.ADDRESS_GROUP, known[address_groups.GROUP_ID])
            revision = int(known[REVISION])
            found[both] = min(found.get(both, revision), revision)
    return found


def _ports_up(rows: Rows) -> dict[str, bool]:
    return {
        row.name: row.up == [True]
        for row in rows.all("Logical_Switch_Port")
        if row.type != "localnet"
    }
