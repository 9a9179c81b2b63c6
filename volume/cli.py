"""Entry points of volume: api, controller, worker, manage."""

import argparse
import pathlib
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence

import falcon
from oslo_config import cfg

from common import clients as shared_clients
from common import clock, db, health
from common import config as shared
from common.auth import IdentityApi, Verifier
from common.config import load
from common.db import Database
from common.policy import Policy
from common.rpc import Bus, Listener
from common.serve import serve
from common.sweep import Sweeper
from volume import app, config
from volume.clients import ComputeService, ImageService
from volume.controller.backups import BackupReports
from volume.controller.reports import Reports
from volume.controller.sweep import Sweep
from volume.drivers import loading
from volume.logic import services
from volume.rpc import contract
from volume.worker.backups import BackupOrders
from volume.worker.carrying import Carrier
from volume.worker.images import Transit
from volume.worker.reports import PoolReporter
from volume.worker.serving import ServingOrders
from volume.worker.snapshots import SnapshotOrders
from volume.worker.volumes import VolumeOrders


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
    logic = services.wire(conf, database, bus, *_clients(conf))
    checks = {"database": database.ping, "broker": bus.ping}
    return app.create_app(policy, logic, verifier, checks)


def _clients(conf: cfg.ConfigOpts) -> tuple[ImageService, ComputeService]:
    session = shared_clients.service_session(conf, "volume")
    images = ImageService(shared_clients.adapter(session, "image", conf))
    compute = ComputeService(shared_clients.adapter(session, "compute", conf))
    for neighbour in (images, compute):
        threading.Thread(target=neighbour.warm, name="warm", daemon=True).start()
    return images, compute


def controller(argv: Sequence[str] | None = None) -> int:
    """Entry point of volume-controller: take reports and sweep, until told to stop."""
    conf = load("volume-controller", argv, config.register)
    database = Database(shared.database_url(conf, "volume"))
    bus = Bus(shared.bus_url(conf))
    _, compute = _clients(conf)
    listener, sweeper = build_controller(conf, database, bus, compute)
    checks = {sweeper.name: health.sweeping(sweeper), "database": database.ping}
    _run(conf, "volume-controller", listener, [sweeper], checks)
    return 0


def build_controller(
    conf: cfg.ConfigOpts, database: Database, bus: Bus, compute: ComputeService
) -> tuple[Listener, Sweeper]:
    """Return the controller's listener and its sweep, neither of them started."""
    kept = BackupReports(database, bus, clock.utcnow)
    reports = Reports(database, bus, compute, kept, clock.utcnow)
    sweep = Sweep(database, bus, compute, reports, kept, clock.utcnow, host=conf.host)
    threads = conf.volume.controller_threads
    listener = Listener(bus, contract.CONTROLLER, reports, kept, threads=threads)
    return listener, Sweeper("volume", conf.volume.sweep_interval_s, sweep.run)


def _run(
    conf: cfg.ConfigOpts,
    name: str,
    listener: Listener,
    sweepers: Sequence[Sweeper],
    checks: Mapping[str, Callable[[], None]],
) -> None:
    """Listen until told to stop, the sweeps beside it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: listener.stop())
    for sweeper in sweepers:
        sweeper.start()
    with health.of_process(conf.state_dir, name, {**checks, "bus": health.listening(listener)}):
        listener.run()
    for sweeper in sweepers:
        sweeper.stop()


def worker(argv: Sequence[str] | None = None) -> int:
    """Entry point of volume-worker: carry out this host's orders until told to stop."""
    conf = load("volume-worker", argv, config.register)
    bus = Bus(shared.bus_url(conf))
    images, _ = _clients(conf)
    listener, sweeper = build_worker(conf, bus, images)
    _run(conf, "volume-worker", listener, [sweeper], {sweeper.name: health.sweeping(sweeper)})
    return 0


def build_worker(conf: cfg.ConfigOpts, bus: Bus, images: ImageService) -> tuple[Listener, Sweeper]:
    """Return a host's listener and its regular reports, neither of them started.

    What an earlier process left half done in the pool is gone afterwards.
    """
    options = conf.volume
    driver = loading.driver(conf)
    driver.recover()
    pool_dir = loading.pool_dir(conf)
    transit = Transit(pathlib.Path(conf.state_dir) / "volume-transit", images)
    transit.clean()
    carrier = Carrier(bus, conf.host)
    store = loading.backups(conf)
    store.clean()
    exports = loading.exports(conf, driver)
    rooms = (
        VolumeOrders(carrier, driver, transit, exports),
        SnapshotOrders(carrier, driver, exports),
        BackupOrders(carrier, driver, store),
        ServingOrders(carrier, driver, exports, shared.certificate_dir(conf)),
    )
    threads = options.worker_threads
    listener = Listener(bus, contract.WORKER, *rooms, host=conf.host, threads=threads)
    facts: dict[str, object] = {
        "volume_backend_name": config.backend(conf),
        "pool_dir": str(pool_dir),
        "key_dir": str(loading.key_dir(conf)),
        "cluster": options.cluster,
        "oversubscription": options.oversubscription,
        "storage_protocol": driver.protocol,
        "vendor_name": "Cumulet",
        "driver_version": "1.0",
        "multiattach": True,
        **driver.facts(),
    }
    if exports is not None:
        facts |= {name: options[name] for name in ("export_address", "export_port", "export_ports")}
    reporter = PoolReporter(driver, bus, host=conf.host, facts=facts, exports=exports)

    def look() -> None:
        if exports is not None:
            exports.mend()
        reporter.report()
        transit.forget_deleted(driver)

    return listener, Sweeper("pool-report", options.report_interval_s, look)


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
