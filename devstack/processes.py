"""The processes of one cloud, what each needs before it starts, and how to see that it is up."""

import dataclasses
import importlib
import pathlib
import urllib.error
import urllib.request
from collections.abc import Callable

from common import health
from devstack import dashboard, libvirt, ovs, settings
from devstack.instance import API_PATHS, SERVED_BY, Instance
from devstack.rabbitmq import Broker

IMPORTED_LATE = (
    "gunicorn.workers.gthread",
    "kombu.transport.pyamqp",
    "netrc",
    "oslo_policy._external",
    "sqlalchemy.dialects.sqlite",
    "sqlite3",
)
Ready = Callable[[], bool]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Process:
    """One process that the supervisor keeps.

    argv: a program to execute; or target: `identity.cli:api`, a function that a fork of the
    supervisor calls with `arguments`.  after: names of the processes that must be ready first.
    ready: says whether it answers; None: it is ready once started.  once: it is ready when it has
    ended well, and is not started again.  crew: its own children end with it.
    """

    name: str
    argv: tuple[str, ...] = ()
    target: str = ""
    arguments: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    ready: Ready | None = None
    once: bool = False
    crew: bool = False


def broker_of(instance: Instance) -> Broker:
    """Return the cloud's own broker."""
    return Broker(
        base=instance.state_dir / "rabbitmq",
        port=instance.port("broker"),
        epmd_port=instance.port("epmd"),
        node_port=instance.port("broker_node"),
        user="cumulet",
        password=instance.secret("bus"),
    )


def daemons(instance: Instance, programs: ovs.Programs) -> list[Process]:
    """Return the engines Cumulet runs on, the slowest to start first."""
    broker = broker_of(instance)
    (names, names_argv), (node, node_argv) = broker.commands()
    found = [
        Process(name=names, argv=tuple(names_argv)),
        Process(name=node, argv=tuple(node_argv), after=(names,), ready=broker.ready),
    ]
    for name, argv in ovs.commands(instance.state_dir, instance.tag, programs):
        found.append(Process(name=name, argv=tuple(argv)))
    plane = tuple(process.name for process in found[2:])
    found.append(
        Process(
            name="data-plane",
            target="devstack.processes:await_data_plane",
            arguments=(str(instance.state_dir),),
            after=plane,
            once=True,
        )
    )
    for name, argv in libvirt.commands(instance.state_dir, instance.tag):
        ready = (lambda: libvirt.ready(instance.state_dir)) if name == "libvirtd" else None
        found.append(Process(name=name, argv=tuple(argv), ready=ready))
    return found


def await_data_plane(argv: list[str]) -> int:
    """Return once guests can be plugged."""
    ovs.ready(pathlib.Path(argv[0]), ovs.fetch())
    return 0


def services(instance: Instance) -> list[Process]:
    """Return Cumulet's own processes; their databases are brought up to date first."""
    conf = (f"--config-file={instance.config_file}",)
    found = []
    for service in settings.SERVICES:
        migrate = Process(
            name=f"{service}-migrate",
            target=f"{service}.cli:manage",
            arguments=(*conf, "migrate"),
            once=True,
        )
        found.append(migrate)
    found.append(
        Process(
            name="identity-bootstrap",
            target="identity.cli:manage",
            arguments=(*conf, "bootstrap", *endpoints(instance)),
            after=("identity-migrate",),
            once=True,
        )
    )
    return [*found, *_long_running(instance, conf), *_dashboard(instance)]


def _dashboard(instance: Instance) -> list[Process]:
    """Return Horizon, where it is wanted."""
    if not instance.dashboard:
        return []
    return [
        Process(
            name="dashboard",
            argv=tuple(dashboard.argv(instance)),
            after=("identity-api",),
            ready=lambda: dashboard.ready(instance),
            crew=True,
        )
    ]


def endpoints(instance: Instance) -> list[str]:
    """Return bootstrap's options that say where each API answers."""
    return [
        f"--endpoint={name}={instance.url(SERVED_BY.get(name, name))}{path}"
        for name, path in API_PATHS.items()
    ]


def _long_running(instance: Instance, conf: tuple[str, ...]) -> list[Process]:
    def own(name: str, after: tuple[str, ...], ready: Ready | None = None) -> Process:
        service, role = name.split("-")
        before = (f"{service}-migrate", "rabbitmq", *after)
        return Process(
            name=name,
            target=f"{service}.cli:{role}",
            arguments=conf,
            after=before,
            ready=ready or answering(instance, name),
            crew=role == "api",
        )

    identity = ("identity-api",)
    return [
        own("identity-api", ("identity-bootstrap",), healthy(instance, "identity")),
        own("image-api", identity, healthy(instance, "image")),
        own("network-api", (*identity, "ovsdb-server"), healthy(instance, "network")),
        own("network-controller", (*identity, "ovsdb-server")),
        own("network-metadata", (*identity, "data-plane")),
        own("compute-api", identity, healthy(instance, "compute", "placement")),
        own("compute-controller", identity),
        own("compute-worker", (*identity, "data-plane", "libvirtd")),
        own("compute-console", ()),
        own("orchestration-api", identity, healthy(instance, "orchestration")),
        own("orchestration-controller", identity),
        own("volume-api", identity, healthy(instance, "volume")),
        own("volume-controller", identity),
        own("volume-worker", identity),
    ]


def healthy(instance: Instance, *apis: str) -> Ready:
    """Return a check that all these APIs say that they are well."""
    urls = [f"{instance.url(api)}/healthz" for api in apis]

    def check() -> bool:
        try:
            for url in urls:
                with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
                    answer.read()
        except (OSError, urllib.error.URLError):
            return False
        return True

    return check


def answering(instance: Instance, name: str) -> Ready:
    """Return a check that a process without an API says that it is well."""
    path = health.socket_path(instance.state_dir, name)

    def check() -> bool:
        try:
            return not health.ask(path)
        except OSError:
            return False

    return check


def resolve(target: str) -> Callable[[list[str]], int]:
    """Return the function behind `identity.cli:api`."""
    module, _, name = target.partition(":")
    found: Callable[[list[str]], int] = getattr(importlib.import_module(module), name)
    return found


def preload(found: list[Process]) -> None:
    """Import what the forks will need, so that they share it."""
    modules = [process.target.partition(":")[0] for process in found if process.target]
    for module in (*dict.fromkeys(modules), *IMPORTED_LATE):
        importlib.import_module(module)
