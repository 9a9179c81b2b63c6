"""Entry points of volume: api, manage."""

import argparse
import sys
from collections.abc import Sequence

import falcon
from oslo_config import cfg

from common import config as shared
from common import db
from common.auth import IdentityApi, Verifier
from common.config import load
from common.db import Database
from common.policy import Policy
from common.rpc import Bus
from common.serve import serve
from volume import app, config
from volume.logic import services


def api(argv: Sequence[str] | None = None) -> int:
    """Entry point of volume-api: answer the Block Storage API until told to stop."""
    conf = load("volume-api", argv, config.register)
    serve(
        "volume-api",
        lambda: build_api(conf),
        binds=[f"{conf.bind_address}:{conf.volume.api_port}"],
        workers=conf.wsgi.workers,
        threads=conf.wsgi.threads,
    )
    return 0


def build_api(conf: cfg.ConfigOpts) -> falcon.App:
    """Return the app of one gunicorn worker, with connections of its own."""
    database = Database(shared.database_url(conf, "volume"))
    bus = Bus(shared.bus_url(conf))
    verifier = Verifier(IdentityApi(conf.service_user.auth_url))
    verifier.listen(bus)
    policy = Policy(app.RULES, shared.policy_file(conf, "volume"))
    logic = services.wire(conf, database, bus)
    checks = {"database": database.ping, "broker": bus.ping}
    return app.create_app(policy, logic, verifier, checks)


def manage(argv: Sequence[str] | None = None) -> int:
    """Entry point of volume-manage: `migrate` brings the schema up to date."""
    parser = argparse.ArgumentParser(prog="volume-manage")
    parser.add_argument("--config-file", action="append", default=[])
    parser.add_argument("command", choices=["migrate"])
    given = parser.parse_args(sys.argv[1:] if argv is None else list(argv))
    rest = [word for path in given.config_file for word in ("--config-file", path)]
    conf = load("volume-manage", rest, config.register)
    db.migrate(shared.database_url(conf, "volume"), "volume")
    return 0
