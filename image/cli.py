"""Entry points of image: api, manage."""

import ipaddress
import pathlib
import sys
from collections.abc import Sequence

import falcon
from oslo_config import cfg

from common import config as shared
from common import db
from common.auth import IdentityApi, Verifier
from common.config import load
from common.db import Database
from common.rpc import Bus
from common.serve import serve
from common.sweep import Sweeper
from image import config
from image.app import Parts, create_app
from image.clients import Regions
from image.drivers.file import FileStore
from image.drivers.stores import FIRST, Stores
from image.drivers.web import Rules
from image.logic.limits import GIB, Limits
from image.logic.sweep import Sweep


def api(argv: Sequence[str] | None = None) -> int:
    """Entry point of image-api: answer the Image API, and sweep, until told to stop."""
    conf = load("image-api", argv, config.register)
    serve(
        "image-api",
        lambda: _build(conf),
        binds=[f"{conf.bind_address}:{conf.image.api_port}"],
        workers=conf.wsgi.workers,
        threads=conf.wsgi.threads,
    )
    return 0


def manage(argv: Sequence[str] | None = None) -> int:
    """Entry point of image-manage: `migrate` brings the schema up to date."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[-1:] != ["migrate"]:
        print("usage: image-manage [--config-file FILE] migrate", file=sys.stderr)
        return 2
    conf = load("image-manage", words[:-1], config.register)
    db.migrate(shared.database_url(conf, "image"), "image")
    return 0


def _build(conf: cfg.ConfigOpts) -> falcon.App:
    """Return the app of one gunicorn worker, with its own connections and its own sweep."""
    database = Database(shared.database_url(conf, "image"))
    store = _stores(conf)
    verifier = Verifier(IdentityApi(conf.service_user.auth_url))
    verifier.listen(Bus(shared.bus_url(conf)))
    sweep = Sweep(database, store, silent_s=conf.image.stall_timeout_s + 30)
    Sweeper("image", conf.image.sweep_interval_s, sweep).start()
    return create_app(
        Parts(
            database=database,
            store=store,
            authenticator=verifier,
            limits=_limits(conf),
            match=conf.image.format_match,
            methods=conf.image.import_methods,
            rules=_rules(conf),
            locations=conf.image.locations,
            regions=Regions(conf.service_user.auth_url, conf.service_user.timeout_s),
            stall_timeout_s=conf.image.stall_timeout_s,
            policy_file=shared.policy_file(conf, "image"),
        )
    )


def _stores(conf: cfg.ConfigOpts) -> Stores:
    """Return the stores that are configured; the first one is the default."""
    given = [f"{FIRST}={conf.image.store_dir}", *conf.image.store]
    pairs = (one.partition("=")[::2] for one in given)
    return Stores(
        {
            name.strip(): FileStore(pathlib.Path(where.strip().format(state_dir=conf.state_dir)))
            for name, where in pairs
        },
        _weights(conf.image.store_weight),
    )


def _weights(given: Sequence[str]) -> dict[str, int]:
    pairs = (one.partition("=")[::2] for one in given)
    return {name.strip(): int(weight) for name, weight in pairs}


def _rules(conf: cfg.ConfigOpts) -> Rules:
    options = conf.image
    return Rules(
        schemes=tuple(options.web_download_schemes),
        ports=tuple(int(port) for port in options.web_download_ports),
        allow=tuple(ipaddress.ip_network(one) for one in options.web_download_allow),
        deny=tuple(ipaddress.ip_network(one) for one in options.web_download_deny),
        timeout_s=options.stall_timeout_s,
    )


def _limits(conf: cfg.ConfigOpts) -> Limits:
    quota = conf.image_quota
    return Limits(
        max_size=conf.image.max_size_gib * GIB,
        max_properties=conf.image.max_properties,
        max_tags=conf.image.max_tags,
        max_members=conf.image.max_members,
        max_locations=conf.image.max_locations,
        images=quota.images,
        size=-1 if quota.size_gib < 0 else quota.size_gib * GIB,
    )
