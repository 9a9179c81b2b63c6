"""Entry points of compute: api, controller, worker, console, manage."""

import argparse
import pathlib
import signal
import sys
import threading
from collections.abc import Sequence

from oslo_config import cfg

from common import clients as shared_clients
from common import clock, db, health
from common import config as shared
from common.auth import IdentityApi, Verifier
from common.config import load
from common.contracts import volume as volume_events
from common.db import Database
from common.policy import Policy
from common.rpc import Bus, EventListener, Listener
from common.serve import serve
from common.sweep import Sweeper
from compute import app, config
from compute.clients import ImageService, NetworkService, VolumeService
from compute.consoles.pages import Pages
from compute.consoles.redeeming import Redeemer
from compute.consoles.server import Server
from compute.controller.builds import Builds
from compute.controller.consoles import Consoles
from compute.controller.imaging import Imaging
from compute.controller.orphans import Orphans, Strays
from compute.controller.reimaging import Reimaging
from compute.controller.removals import Removals
from compute.controller.reports import Reports
from compute.controller.sweep import Sweep
from compute.controller.volumes import Volumes
from compute.logic import services
from compute.logic.consoles import RemoteConsoles
from compute.logic.instance_metadata import InstanceMetadata
from compute.rpc import contract
from compute.worker import loading, rooms
from compute.worker.guests import Guests
from compute.worker.reports import HostReporter


def api(argv: Sequence[str] | None = None) -> int:
    """Entry point of compute-api: Compute, Placement and guests' metadata, by port."""
    conf = load("compute-api", argv, config.register)
    options = conf.compute
    listening = (options.api_port, options.placement_port, options.metadata_port)
    serve(
        "compute-api",
        lambda: build_api(conf),
        binds=[f"{conf.bind_address}:{port}" for port in listening],
        workers=conf.wsgi.workers,
        threads=conf.wsgi.threads,
    )
    return 0


def build_api(conf: cfg.ConfigOpts) -> app.Wsgi:
    """Return what answers on the three ports, with connections of this process' own."""
    database = Database(shared.database_url(conf, "compute"))
    bus = Bus(shared.bus_url(conf))
    images, network, volumes = _clients(conf)
    verifier = Verifier(IdentityApi(conf.service_user.auth_url))
    verifier.listen(bus)
    policy = Policy(app.RULES, shared.policy_file(conf, "compute"))
    logic = services.wire(conf, database, bus, images, network, volumes)
    metadata = InstanceMetadata(database, network, shared.secret(conf, "metadata"))
    checks = {"database": database.ping, "broker": bus.ping}
    return app.by_port(
        {
            conf.compute.api_port: app.compute_app(policy, logic, verifier, checks),
            conf.compute.placement_port: app.placement_app(policy, logic, verifier, checks),
            conf.compute.metadata_port: app.metadata_app(metadata, checks),
        }
    )


def _clients(conf: cfg.ConfigOpts) -> tuple[ImageService, NetworkService, VolumeService]:
    session = shared_clients.service_session(conf, "compute")
    images = ImageService(shared_clients.adapter(session, "image", conf))
    network = NetworkService(shared_clients.adapter(session, "network", conf))
    volumes = VolumeService(shared_clients.adapter(session, "block-storage", conf))
    for neighbour in (images, network, volumes):
        threading.Thread(target=neighbour.warm, name="warm", daemon=True).start()
    return images, network, volumes


def controller(argv: Sequence[str] | None = None) -> int:
    """Entry point of compute-controller: build, take reports, sweep, until told to stop."""
    conf = load("compute-controller", argv, config.register)
    database = Database(shared.database_url(conf, "compute"))
    bus = Bus(shared.bus_url(conf))
    images, network, volumes = _clients(conf)
    listener, hearing, sweepers = build_controller(conf, database, bus, images, network, volumes)
    hearing.start()
    signal.signal(signal.SIGTERM, lambda *_: listener.stop())
    signal.signal(signal.SIGINT, lambda *_: listener.stop())
    for sweeper in sweepers:
        sweeper.start()
    checks = {sweeper.name: health.sweeping(sweeper) for sweeper in sweepers}
    checks |= {"database": database.ping, "bus": health.listening(listener)}
    with health.of_process(conf.state_dir, "compute-controller", checks):
        listener.run()
    for sweeper in sweepers:
        sweeper.stop()
    hearing.stop()
    return 0


def build_controller(
    conf: cfg.ConfigOpts,
    database: Database,
    bus: Bus,
    images: ImageService,
    network: NetworkService,
    volume_service: VolumeService,
) -> tuple[Listener, EventListener, list[Sweeper]]:
    """Return the controller's listener, what hears of volumes, and its sweeps; none is started."""
    options = conf.compute
    down_s = options.host_down_s
    volumes = Volumes(database, bus, volume_service, clock.utcnow)
    removals = Removals(database, bus, images, network, volumes, clock.utcnow, host_down_s=down_s)
    builds = Builds(
        database,
        bus,
        network,
        volumes,
        clock.utcnow,
        host_down_s=down_s,
        default_zone=options.availability_zone,
    )
    offload_s = options.shelved_offload_s
    reimaging = Reimaging(database, bus, volume_service, clock.utcnow)
    reports = Reports(
        database,
        bus,
        images,
        network,
        removals,
        volumes,
        reimaging,
        clock.utcnow,
        offload_after_s=offload_s,
        host_down_s=down_s,
    )
    sweep = Sweep(
        database,
        bus,
        images,
        volumes,
        clock.utcnow,
        host=conf.host,
        host_down_s=down_s,
        confirm_after_s=options.resize_confirm_window_s,
        offload_after_s=offload_s,
        reclaim_s=options.reclaim_instance_interval_s,
    )
    remote = RemoteConsoles(database, clock.utcnow, lifetime_s=options.console_token_lifetime_s)
    imaging = Imaging(database, images, volume_service, clock.utcnow)
    rooms = (builds, removals, reports, volumes, imaging, reimaging, Consoles(bus, remote))
    listener = Listener(bus, contract.CONTROLLER, *rooms, threads=options.controller_threads)
    orphans = Orphans(database, network)
    strays = Strays(database, volume_service)
    hearing = EventListener(bus, [volume_events.EVENTS], volumes)
    return (
        listener,
        hearing,
        [
            Sweeper("compute", options.sweep_interval_s, sweep.run),
            Sweeper("orphans", options.orphan_interval_s, orphans.run),
            Sweeper("strays", options.stray_interval_s, strays.run),
        ],
    )


def worker(argv: Sequence[str] | None = None) -> int:
    """Entry point of compute-worker: carry out this host's orders until told to stop."""
    conf = load("compute-worker", argv, config.register)
    bus = Bus(shared.bus_url(conf))
    images, *_ = _clients(conf)
    plugs = loading.ports(conf)
    guests = Guests(loading.drivers(conf, plugs))
    reporter = HostReporter(
        guests,
        plugs,
        bus,
        host=conf.host,
        address=conf.compute.host_address,
        directory=shared.state_path(conf),
        ratios=_ratios(conf),
        reserved=_reserved(conf),
        console_url=conf.compute.console_url,
    )
    guests.recover()
    host = rooms.Host(
        name=conf.host,
        directory=shared.state_path(conf, "compute"),
        guests=guests,
        ports=plugs,
        images=images,
        bus=bus,
        wired_timeout_s=conf.compute.wired_timeout_s,
    )
    listening = rooms.rooms(host)
    guests.watch(reporter.changed)
    regularly = Sweeper("host-report", conf.compute.report_interval_s, reporter.report)
    listener = Listener(
        bus, contract.WORKER, *listening, host=conf.host, threads=conf.compute.worker_threads
    )
    signal.signal(signal.SIGTERM, lambda *_: listener.stop())
    signal.signal(signal.SIGINT, lambda *_: listener.stop())
    upkeep = Sweeper("upkeep", conf.compute.upkeep_interval_s, host.keep_house)
    regularly.start()
    upkeep.start()
    checks = {each.name: health.sweeping(each) for each in (regularly, upkeep)}
    checks["bus"] = health.listening(listener)
    with health.of_process(conf.state_dir, "compute-worker", checks):
        listener.run()
    regularly.stop()
    upkeep.stop()
    return 0


def console(argv: Sequence[str] | None = None) -> int:
    """Entry point of compute-console: this host's consoles in browsers, until told to stop."""
    conf = load("compute-console", argv, config.register)
    bus = Bus(shared.bus_url(conf))
    options = conf.compute
    pages = pathlib.Path(options.console_pages) if options.console_pages else None
    redeemer = Redeemer(bus, conf.host)
    server = Server(
        (options.console_address, options.console_port),
        Pages(pages),
        redeemer,
        loading.consoles(conf),
        options.console_origins,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    with health.of_process(conf.state_dir, "compute-console", {"bus": bus.ping}):
        server.serve_forever()
    redeemer.stop()
    return 0


def _ratios(conf: cfg.ConfigOpts) -> dict[str, float]:
    options = conf.compute
    return {
        "VCPU": options.vcpu_ratio,
        "MEMORY_MB": options.memory_ratio,
        "DISK_GB": options.disk_ratio,
    }


def _reserved(conf: cfg.ConfigOpts) -> dict[str, int]:
    options = conf.compute
    return {"MEMORY_MB": options.reserved_memory_mib, "DISK_GB": options.reserved_disk_gib}


def manage(argv: Sequence[str] | None = None) -> int:
    """Entry point of compute-manage: `migrate` brings the schema up to date."""
    parser = argparse.ArgumentParser(prog="compute-manage")
    parser.add_argument("--config-file", action="append", default=[])
    parser.add_argument("command", choices=["migrate"])
    given = parser.parse_args(sys.argv[1:] if argv is None else list(argv))
    rest = [word for path in given.config_file for word in ("--config-file", path)]
    conf = load("compute-manage", rest, config.register)
    db.migrate(shared.database_url(conf, "compute"), "compute")
    return 0
