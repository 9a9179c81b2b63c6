"""Entry points of identity: api, manage."""

import argparse
import sys
import time
from collections.abc import Sequence

import falcon
from oslo_config import cfg

from common import config as shared
from common import db
from common.config import load
from common.db import Database
from common.rpc import Bus
from common.serve import serve
from identity import config
from identity.app import Parts, create_app
from identity.drivers.keyring import KeyRing
from identity.drivers.vault import Vault
from identity.logic.bootstrap import Bootstrap, Wanted
from identity.logic.lockout import Lockout
from identity.logic.oauth import Lifetimes
from identity.logic.work import Herald, Work


def api(argv: Sequence[str] | None = None) -> int:
    """Entry point of identity-api: answer the Identity API until told to stop."""
    conf = load("identity-api", argv, config.register)
    serve(
        "identity-api",
        lambda: _build(conf),
        binds=[f"{conf.bind_address}:{conf.identity.api_port}"],
        workers=conf.wsgi.workers,
        threads=conf.wsgi.threads,
    )
    return 0


def _build(conf: cfg.ConfigOpts) -> falcon.App:
    """Return the app of one gunicorn worker, with its own connections and its own herald."""
    options = conf.identity
    database = Database(shared.database_url(conf, "identity"))
    herald = Herald(database, Bus(shared.bus_url(conf)), options.revocation_interval_s)
    herald.start()
    return create_app(
        Parts(
            database=database,
            work=Work(database, herald, lifetime_s=options.token_lifetime_s),
            ring=KeyRing(shared.state_path(conf, "keys")),
            vault=Vault(shared.state_path(conf, "keys", "credentials")),
            rounds=options.password_hash_rounds,
            history=options.password_history,
            application_credentials=options.application_credentials,
            credentials=options.credentials,
            lockout=Lockout(options.lockout_failures, options.lockout_duration_s),
            lifetimes=Lifetimes(options.oauth1_request_token_s, options.oauth1_access_token_s),
            policy_file=shared.policy_file(conf, "identity"),
        )
    )


def manage(argv: Sequence[str] | None = None) -> int:
    """Entry point of identity-manage: migrate, bootstrap, rotate-keys."""
    given = _parser().parse_args(sys.argv[1:] if argv is None else list(argv))
    rest = [word for path in given.config_file for word in ("--config-file", path)]
    conf = load("identity-manage", rest, config.register)
    commands = {"migrate": _migrate, "bootstrap": _bootstrap, "rotate-keys": _rotate_keys}
    commands[given.command](conf, given)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="identity-manage")
    parser.add_argument("--config-file", action="append", default=[])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="bring the schema up to date")
    commands.add_parser("rotate-keys", help="sign with a new key from now on")
    bootstrap = commands.add_parser("bootstrap", help="make the first users, roles, endpoints")
    bootstrap.add_argument(
        "--admin-password-file", help="holds admin's password; else it is secret `admin`"
    )
    bootstrap.add_argument(
        "--endpoint", action="append", default=[], help="<service type>=<url>; may be repeated"
    )
    return parser


def _migrate(conf: cfg.ConfigOpts, given: argparse.Namespace) -> None:
    db.migrate(shared.database_url(conf, "identity"), "identity")


def _bootstrap(conf: cfg.ConfigOpts, given: argparse.Namespace) -> None:
    ring = KeyRing(shared.state_path(conf, "keys"))
    if not ring.public():
        ring.add()
    options = conf.identity
    wanted = Wanted(
        admin_password=_admin_password(conf, given.admin_password_file),
        service_passwords={
            name: shared.secret(conf, f"service-{name}") for name in options.service_user
        },
        region=conf.region,
        endpoints=dict(each.split("=", 1) for each in [*options.endpoint, *given.endpoint]),
    )
    database = Database(shared.database_url(conf, "identity"))
    try:
        work = Work(database, lifetime_s=options.token_lifetime_s)
        Bootstrap(work, options.password_hash_rounds).run(wanted)
    finally:
        database.close()


def _admin_password(conf: cfg.ConfigOpts, path: str | None) -> str:
    if path is None:
        return shared.secret(conf, "admin")
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def _rotate_keys(conf: cfg.ConfigOpts, given: argparse.Namespace) -> None:
    ring = KeyRing(shared.state_path(conf, "keys"))
    ring.add()
    # A minute more than a token lives: clocks differ, and requests under way take their time.
    ring.drop(time.time() - conf.identity.token_lifetime_s - 60)
