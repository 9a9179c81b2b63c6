"""One entry point for each of orchestration's processes."""

import hmac
import signal
import sys
from collections.abc import Sequence

from oslo_config import cfg

from common import config as shared
from common import health
from common.auth import IdentityApi, Verifier
from common.context import RequestContext
from common.db import Database, migrate
from common.policy import Policy
from common.rpc import Bus, Listener
from common.serve import Wsgi, serve
from common.sweep import Sweeper
from orchestration import app, config
from orchestration.clients import Clouds, Trusts
from orchestration.controller.engine import Engine
from orchestration.controller.trusts import TrustKeeper
from orchestration.drivers.remote import RemoteStack
from orchestration.logic import rooms
from orchestration.logic.home import Signer
from orchestration.rpc import contract


def api(argv: Sequence[str] | None = None) -> int:
    """Entry point of orchestration-api."""
    conf = shared.load("orchestration-api", argv, config.register)
    RemoteStack.region = conf.region
    serve(
        "orchestration-api",
        lambda: _app(conf),
        binds=[f"{conf.bind_address}:{conf.orchestration.port}"],
        workers=conf.wsgi.workers,
        threads=conf.wsgi.threads,
    )
    return 0


def _app(conf: cfg.ConfigOpts) -> Wsgi:
    database = Database(shared.database_url(conf, "orchestration"))
    bus = Bus(shared.bus_url(conf))
    verifier = Verifier(IdentityApi(conf.service_user.auth_url))
    verifier.listen(bus)
    logic = rooms.build(
        database,
        bus,
        Trusts(conf),
        _signer(conf),
        most_per_project=conf.orchestration.max_stacks_per_project,
        hidden=tuple(conf.orchestration.hidden_stack_tags),
    )
    policy = Policy(app.RULES, shared.policy_file(conf, "orchestration"))
    found: Wsgi = app.build(policy, logic, verifier, {"database": database.ping, "bus": bus.ping})
    return found


def _signer(conf: cfg.ConfigOpts) -> Signer:
    """Return what signs and knows signal URLs; its key comes from the service's own secret."""
    base = conf.orchestration.signal_url or f"http://127.0.0.1:{conf.orchestration.port}"
    secret = shared.secret(conf, "service-orchestration").encode()
    return Signer(base, hmac.digest(secret, b"signals", "sha256"))


def controller(argv: Sequence[str] | None = None) -> int:
    """Entry point of orchestration-controller: run stacks until told to stop."""
    conf = shared.load("orchestration-controller", argv, config.register)
    RemoteStack.region = conf.region
    database = Database(shared.database_url(conf, "orchestration"))
    bus = Bus(shared.bus_url(conf))
    engine = Engine(
        database,
        Clouds(conf),
        Trusts(conf),
        lambda stack_id: bus.cast(RequestContext.internal(), contract.Advance(stack_id=stack_id)),
        host=conf.host,
        signer=_signer(conf),
        threads=conf.orchestration.engine_threads,
    )
    sweeper = Sweeper("stacks", conf.orchestration.sweep_interval_s, engine.sweep)
    keeper = TrustKeeper(database, Trusts(conf), patience_s=conf.orchestration.trust_patience_s)
    trust_sweeper = Sweeper("trusts", conf.orchestration.trust_patience_s, keeper.sweep)
    listener = Listener(bus, contract.CONTROLLER, engine)
    signal.signal(signal.SIGTERM, lambda *_: listener.stop())
    sweeper.start()
    trust_sweeper.start()
    checks = {each.name: health.sweeping(each) for each in (sweeper, trust_sweeper)}
    checks |= {"database": database.ping, "bus": health.listening(listener)}
    with health.of_process(conf.state_dir, "orchestration-controller", checks):
        listener.run()
    trust_sweeper.stop()
    sweeper.stop()
    engine.stop()
    return 0


def manage(argv: Sequence[str] | None = None) -> int:
    """Entry point of orchestration-manage: `migrate` brings the schema up to date."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[-1] != "migrate":
        print("usage: orchestration-manage [--config-file FILE] migrate", file=sys.stderr)
        return 2
    conf = shared.load("orchestration-manage", words[:-1], config.register)
    migrate(shared.database_url(conf, "orchestration"), "orchestration")
    return 0
