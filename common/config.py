"""Shared options and the one way to load them.

One file serves every process, and what the operator wants otherwise stands beside it: of
`cumulet.conf`, the files `cumulet.d/*.conf` in the order of their names.  Secrets are in neither
but in `<state_dir>/secrets/`, one file each.
"""

import os
import pathlib
import socket
import sys
from collections.abc import Callable, Sequence

from oslo_config import cfg

from common import logs

SHARED = [
    cfg.StrOpt(
        "state_dir",
        default="/var/lib/cumulet",
        help="Directory that holds everything this cloud keeps: databases, keys, images, guests.",
    ),
    cfg.StrOpt("host", default=socket.gethostname(), help="This host's name in the cloud."),
    cfg.StrOpt("tag", default="cumulet", help="Network namespace and name prefix on the host."),
    cfg.StrOpt("bind_address", default="127.0.0.1", help="Address the APIs listen on."),
    cfg.StrOpt("log_level", default="INFO", help="Lowest level that is logged."),
    cfg.BoolOpt("log_json", default=False, help="Log one JSON object an event."),
    cfg.StrOpt(
        "certificate_dir",
        default="{state_dir}/host-tls",
        help="This host's certificate, by which other hosts know it; see common.certificates.",
    ),
    cfg.StrOpt("region", default="RegionOne", help="The region in the catalog."),
    cfg.StrOpt("policy_dir", default="{state_dir}/policy", help="Holds <service>.yaml overrides."),
]
BUS = [
    cfg.StrOpt("host", default="127.0.0.1", help="Address of the message broker."),
    cfg.PortOpt("port", default=5672, help="Port of the message broker."),
    cfg.StrOpt("user", default="cumulet", help="The broker's user; its password is secret `bus`."),
    cfg.StrOpt("virtual_host", default="/", help="The broker's virtual host."),
]
DATABASE = [
    cfg.StrOpt(
        "url",
        default="sqlite:///{state_dir}/db/{service}.db",
        help="Where each service's database is; {state_dir} and {service} are filled in.",
    ),
]
SERVICE_USER = [
    cfg.StrOpt("auth_url", default="http://127.0.0.1:5000/v3", help="Where identity answers."),
    cfg.StrOpt("project_name", default="service", help="The service users' project."),
    cfg.StrOpt("domain_id", default="default", help="Domain of the service users and project."),
    cfg.IntOpt("timeout_s", default=30, help="Seconds to wait for another service's answer."),
]
WSGI = [
    cfg.IntOpt(
        "workers",
        default=max(1, (os.cpu_count() or 1) // 2),
        min=1,
        sample_default="half the cores",
        help="Processes of each API; each takes some 40 MiB.",
    ),
    cfg.IntOpt("threads", default=16, min=1, help="Threads of each API process."),
]

Register = Callable[[cfg.ConfigOpts], None]


def register(conf: cfg.ConfigOpts) -> None:
    """Register the options every process has."""
    conf.register_opts(SHARED)
    conf.register_opts(BUS, group="bus")
    conf.register_opts(DATABASE, group="database")
    conf.register_opts(SERVICE_USER, group="service_user")
    conf.register_opts(WSGI, group="wsgi")


def load(process: str, argv: Sequence[str] | None, *registers: Register) -> cfg.ConfigOpts:
    """Return the options of one process, read from its command line and the files it names.

    Sets the logs up as the files say.
    """
    conf = cfg.ConfigOpts()
    register(conf)
    for add in registers:
        add(conf)
    given = sys.argv[1:] if argv is None else list(argv)
    conf(given, project="cumulet", prog=process)
    beside = [pathlib.Path(file).with_suffix(".d") for file in conf.config_file or []]
    overrides = [f"--config-dir={path}" for path in beside if path.is_dir()]
    if overrides:
        conf([*given, *overrides], project="cumulet", prog=process)
    logs.setup(process, level=conf.log_level, as_json=conf.log_json)
    return conf


def state_path(conf: cfg.ConfigOpts, *parts: str) -> pathlib.Path:
    """Return a path under the state directory."""
    return pathlib.Path(conf.state_dir, *parts)


def certificate_dir(conf: cfg.ConfigOpts) -> pathlib.Path:
    """Return the directory of this host's certificate."""
    return pathlib.Path(str(conf.certificate_dir).format(state_dir=conf.state_dir)).resolve()


def database_url(conf: cfg.ConfigOpts, service: str) -> str:
    """Return the URL of one service's database."""
    return str(conf.database.url).format(state_dir=conf.state_dir, service=service)


def policy_file(conf: cfg.ConfigOpts, service: str) -> str | None:
    """Return the service's policy overrides, or None when the operator wrote none."""
    path = pathlib.Path(str(conf.policy_dir).format(state_dir=conf.state_dir), f"{service}.yaml")
    return str(path) if path.exists() else None


def secret(conf: cfg.ConfigOpts, name: str) -> str:
    """Return one secret.  Raises FileNotFoundError when it was never generated."""
    return state_path(conf, "secrets", name).read_text().strip()


def bus_url(conf: cfg.ConfigOpts) -> str:
    """Return the broker's URL, password included: for kombu alone, never for a log."""
    password = secret(conf, "bus")
    where = f"{conf.bus.host}:{conf.bus.port}/{conf.bus.virtual_host.replace('/', '%2F')}"
    return f"amqp://{conf.bus.user}:{password}@{where}"
