"""The network service's processes: api, controller, metadata, and manage."""

import signal
import sys

import falcon
from oslo_config import cfg

from common import config as shared
from common import db, health, serve
from common.auth import IdentityApi, Verifier
from common.config import load
from common.db import Database
from common.http import Check
from common.policy import Policy
from common.rpc import Bus, Listener
from common.sweep import Sweeper
from network import app, config
from network.controller.agents import AgentWatch
from network.controller.statuses import Statuses
from network.controller.synchronizer import Synchronizer
from network.db.quotas import Quotas
from network.drivers.base import Engine
from network.drivers.fake import FakeEngine
from network.drivers.ovn.engine import OvnEngine
from network.logic.address_groups import AddressGroups
from network.logic.address_scopes import AddressScopes
from network.logic.agents import Agents
from network.logic.availability import Availability
from network.logic.floating_ips import FloatingIps
from network.logic.forwardings import PortForwardings
from network.logic.groups import SecurityGroupRules, SecurityGroups
from network.logic.interfaces import Interfaces
from network.logic.networks import Limits, Networks
from network.logic.ports import Ports
from network.logic.qos import QosPolicies
from network.logic.qos_rules import ATTRIBUTES, QosRules
from network.logic.quotas import ProjectQuotas
from network.logic.rbac import RbacPolicies
from network.logic.routers import Routers
from network.logic.subnet_pools import SubnetPools
from network.logic.subnets import Subnets
from network.logic.tags import Tags
from network.logic.trunks import Trunks
from network.metadata.agent import MetadataAgent
from network.rpc import contract

AT_ONCE = 50  # orders that the controller fetches from the broker before it has carried out one


def api(argv: list[str] | None = None) -> int:
    """Entry point of network-api: answer Networking v2.0 until told to stop."""
    conf = load("network-api", argv, config.register)
    serve.serve(
        "network-api",
        lambda: build_app(conf),
        binds=[f"{conf.bind_address}:{conf.network.api_port}"],
        workers=conf.wsgi.workers,
        threads=conf.wsgi.threads,
    )
    return 0


def build_app(conf: cfg.ConfigOpts) -> falcon.App:
    """Return the API's app with connections of its own: called after gunicorn has forked."""
    database = Database(shared.database_url(conf, "network"))
    bus = Bus(shared.bus_url(conf))
    verifier = Verifier(IdentityApi(conf.service_user.auth_url))
    verifier.listen(bus)
    policy = Policy(app.RULES, shared.policy_file(conf, "network"))
    checks = {"database": database.ping, "bus": bus.ping}
    return app.create(policy, services(conf, database, bus), verifier, checks)


def services(conf: cfg.ConfigOpts, database: Database, bus: Bus) -> app.Services:
    """Return all of the service's logic."""
    quotas = Quotas(config.default_quotas(conf))
    limits = Limits(
        mtu=conf.network.mtu,
        physical_mtu=conf.network.physical_mtu,
        physical_networks=conf.network.physical_networks,
    )
    stand = (database, bus, quotas)
    return app.Services(
        networks=Networks(*stand, limits),
        subnets=Subnets(*stand),
        ports=Ports(*stand),
        security_groups=SecurityGroups(*stand),
        security_group_rules=SecurityGroupRules(*stand),
        routers=Routers(*stand),
        interfaces=Interfaces(*stand),
        floating_ips=FloatingIps(*stand),
        address_scopes=AddressScopes(*stand),
        subnet_pools=SubnetPools(*stand),
        rbac_policies=RbacPolicies(*stand),
        qos_policies=QosPolicies(*stand),
        qos_rules={kind: QosRules(*stand, kind) for kind in ATTRIBUTES},
        trunks=Trunks(*stand),
        address_groups=AddressGroups(*stand),
        agents=Agents(*stand),
        port_forwardings=PortForwardings(*stand),
        quotas=ProjectQuotas(*stand),
        tags=Tags(*stand),
        availability=Availability(*stand),
        zone=conf.network.availability_zone,
    )


class Controller:
    """The process that keeps the engine as the rows say: one order after the other."""

    def __init__(self, database: Database, bus: Bus, engine: Engine, interval_s: float) -> None:
        self._engine = engine
        self._synchronizer = Synchronizer(database, engine, settle_s=min(1.0, interval_s / 10))
        self._statuses = Statuses(database, bus, engine)
        self._agents = AgentWatch(database, engine)
        self._sweeper = Sweeper("network", interval_s, self.sweep)
        self.listener = Listener(
            bus, contract.CONTROLLER, self._synchronizer, threads=1, prefetch=AT_ONCE
        )
        engine.watch_ports(self._statuses.changed)

    def sweep(self) -> None:
        """Compare everything with the rows, and repair."""
        self._synchronizer.compare()
        self._statuses.compare()
        self._agents.compare()

    def run(self) -> None:
        """Carry out orders until stopped."""
        self._sweeper.start()
        self.listener.run()
        self._sweeper.stop()
        self._engine.close()

    def checks(self, database: Database) -> dict[str, Check]:
        """Return what has to hold while it is well."""
        return {
            "database": database.ping,
            "bus": health.listening(self.listener),
            "sweep": health.sweeping(self._sweeper),
        }

    def stop(self) -> None:
        """Make `run` return soon."""
        self.listener.stop()


def controller(argv: list[str] | None = None) -> int:
    """Entry point of network-controller."""
    conf = load("network-controller", argv, config.register)
    database = Database(shared.database_url(conf, "network"))
    bus = Bus(shared.bus_url(conf))
    process = Controller(database, bus, engine(conf), conf.network.sweep_interval_s)
    signal.signal(signal.SIGTERM, lambda *_: process.stop())
    with health.of_process(conf.state_dir, "network-controller", process.checks(database)):
        process.run()
    return 0


def engine(conf: cfg.ConfigOpts) -> Engine:
    """Return the engine that the options name."""
    if conf.network.engine == "fake":
        return FakeEngine()
    return OvnEngine(config.ovsdb(conf), timeout_s=conf.network.engine_timeout_s)


def metadata(argv: list[str] | None = None) -> int:
    """Entry point of network-metadata: answer 169.254.169.254 for the guests of this host."""
    conf = load("network-metadata", argv, config.register)
    agent = MetadataAgent(
        config.ovsdb(conf),
        conf.tag,
        conf.network.metadata_url,
        shared.secret(conf, "metadata"),
    )
    signal.signal(signal.SIGTERM, lambda *_: agent.stop())
    with health.of_process(conf.state_dir, "network-metadata", {}):
        agent.run()
    return 0


def manage(argv: list[str] | None = None) -> int:
    """Entry point of network-manage.  Its one command, migrate, brings the schema up to date."""
    given = list(sys.argv[1:] if argv is None else argv)
    if "migrate" not in given:
        sys.stderr.write("usage: network-manage [--config-file FILE] migrate\n")
        return 2
    given.remove("migrate")
    conf = load("network-manage", given, config.register)
    db.migrate(shared.database_url(conf, "network"), "network")
    return 0
