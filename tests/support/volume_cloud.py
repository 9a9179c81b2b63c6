"""One volume service in a test's process: API, controller and workers, on a real database and bus.

The pool is a real one, of the file driver; the image service is that of tests.support.neighbours,
and compute writes down what it is asked.
"""

import contextlib
import pathlib
import random
from collections.abc import Iterator
from typing import Any

from falcon import testing
from oslo_config import cfg

from common import certificates, db
from common import config as shared
from common.context import RequestContext
from common.db import Database
from common.policy import Policy
from common.rpc import Bus, Listener
from tests.support.neighbours import Adapter, Answer, Images
from tests.support.tokens import Authority
from tests.support.waiting import wait_for
from volume import app, cli, config
from volume.clients import ComputeService, ImageService
from volume.drivers import loading, showing
from volume.logic import services


class Compute:
    """Writes down what it is asked, and refuses where a test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.refusal = 0

    def request(self, path: str, method: str, **options: Any) -> Answer:
        self.asked.append((path, options.get("json")))
        if self.refusal:
            return Answer(self.refusal, {"badRequest": {"message": "no"}})
        return Answer(200, {})

    def get_endpoint(self) -> str:
        return "http://127.0.0.1:9"


class Cloud:
    """client: the Block Storage API.  images, compute: the neighbours.  pool: the directory."""

    def __init__(self, database_url: str, bus_url: str, directory: pathlib.Path) -> None:
        self.bus_url = bus_url
        self.authority = Authority()
        self.images, self.compute = Images(), Compute()
        self.conf = cfg.ConfigOpts()
        shared.register(self.conf)
        config.register(self.conf)
        self.conf([], project="cumulet", default_config_files=[])
        self.conf.set_override("state_dir", str(directory))
        self.conf.set_override("sweep_interval_s", 0.3, "volume")
        self.conf.set_override("report_interval_s", 0.3, "volume")
        self.directory = directory
        certificates.prepare(directory / "host-tls", self.conf.host)
        export(self.conf)
        self.pool = loading.pool_dir(self.conf)
        db.migrate(database_url, "volume")
        self.database = Database(database_url)
        self.bus = Bus(bus_url)
        adapter = Adapter(self.images, self._project_of)
        self.image_calls = adapter.calls
        self.image_service = ImageService(adapter)
        self.compute_service = ComputeService(self.compute)
        self.controller: Listener | None = None
        self.worker: Listener | None = None
        self.others: list[Host] = []

    def _project_of(self, token: str) -> str:
        return self.authority.verifier().check(token).project_id or ""

    def start(self) -> None:
        """Bring everything up, and wait until the host is known."""
        logic = services.wire(
            self.conf, self.database, self.bus, self.image_service, self.compute_service
        )
        wsgi = app.create_app(Policy(app.RULES), logic, self.authority.verifier(), {})
        self.client = testing.TestClient(wsgi)
        self.start_controller()
        self.start_worker()
        wait_for(lambda: self.get("/os-services?binary=cinder-volume", admin=True)["services"])

    def start_controller(self) -> None:
        """Start listening and sweeping."""
        self.controller, self.sweeper = cli.build_controller(
            self.conf, self.database, self.bus, self.compute_service
        )
        self.controller.start()
        self.sweeper.start()
        assert self.controller.connected.wait(15)

    def stop_controller(self) -> None:
        """End as a process ends."""
        if self.controller is not None:
            self.sweeper.stop()
            self.controller.stop()
            self.controller = None

    def start_worker(self) -> None:
        """Recover, report, listen."""
        self.worker_bus = Bus(self.bus_url)
        self.worker, self.reporter = cli.build_worker(
            self.conf, self.worker_bus, self.image_service
        )
        self.worker.start()
        self.reporter.start()
        assert self.worker.connected.wait(15)

    def stop_worker(self) -> None:
        """End as a process ends; the pool stays."""
        if self.worker is not None:
            self.reporter.stop()
            self.worker.stop()
            self.worker_bus.close()
            self.worker = None

    def second(self, name: str = "host-b") -> "Host":
        """Return another host, whose worker has reported."""
        host = Host(self, name)
        self.others.append(host)
        host.start()
        wait_for(lambda: f"{name}@file" in self.hosts())
        return host

    def hosts(self) -> set[str]:
        """Return the names of the hosts that have a pool."""
        found = self.get("/os-services?binary=cinder-volume", admin=True)["services"]
        return {one["host"] for one in found}

    def stop(self) -> None:
        """Take everything down."""
        for host in self.others:
            host.stop()
        self.stop_worker()
        halt(self.directory)
        self.stop_controller()
        self.bus.close()
        self.database.close()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        version: str = "3.71",
        admin: bool = False,
        **claims: Any,
    ) -> Any:
        """Send one request below /v3 and return the answer.  admin: as an administrator."""
        if admin:
            claims["roles"] = ("admin", "member", "reader")
        headers = self.authority.headers(**claims)
        headers["OpenStack-API-Version"] = f"volume {version}"
        address, _, query = path.partition("?")
        return self.client.simulate_request(
            method, f"/v3{address}", json=body, headers=headers, query_string=query
        )

    def get(self, path: str, **options: Any) -> Any:
        """Return what a GET answers with 200."""
        answer = self.call("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json

    def volume(self, **wanted: Any) -> str:
        """Return the id of a new volume, 1 GiB if nothing else is said, that is available."""
        options = {name: wanted.pop(name) for name in ("admin", "project_id") if name in wanted}
        answer = self.call("POST", "/volumes", {"volume": {"size": 1, **wanted}}, **options)
        assert answer.status_code == 202, answer.text
        volume_id = str(answer.json["volume"]["id"])
        self.wait(volume_id, "available", **options)
        return volume_id

    def status(self, one_id: str, noun: str = "volume", **options: Any) -> str:
        """Return the status of a volume or snapshot; `deleted` when it is not found."""
        answer = self.call("GET", f"/{noun}s/{one_id}", **options)
        return str(answer.json[noun]["status"]) if answer.status_code == 200 else "deleted"

    def wait(self, one_id: str, status: str, noun: str = "volume", **options: Any) -> None:
        """Return once a volume or snapshot has a status."""
        wait_for(lambda: self.status(one_id, noun, **options), status)

    def act(self, volume_id: str, action: str, given: Any = None, **options: Any) -> Any:
        """Send an action of a volume and return the answer."""
        return self.call("POST", f"/volumes/{volume_id}/action", {action: given or {}}, **options)

    def snapshot(self, volume_id: str, **wanted: Any) -> str:
        """Return the id of a new snapshot that is available."""
        body = {"snapshot": {"volume_id": volume_id, **wanted}}
        answer = self.call("POST", "/snapshots", body)
        assert answer.status_code == 202, answer.text
        snapshot_id = str(answer.json["snapshot"]["id"])
        self.wait(snapshot_id, "available", "snapshot")
        return snapshot_id

    def attached(self, volume_id: str, server_id: str, host: str = "") -> dict[str, Any]:
        """Attach a volume as compute does, and return the attachment.  host: the guest's."""
        wanted = {
            "volume_uuid": volume_id,
            "instance_uuid": server_id,
            "connector": {"host": host or self.conf.host, "mountpoint": "/dev/vdb"},
        }
        answer = self.call(
            "POST", "/attachments", {"attachment": wanted}, roles=("service", "admin")
        )
        assert answer.status_code == 200, answer.text
        attachment: dict[str, Any] = answer.json["attachment"]
        done = self.call(
            "POST",
            f"/attachments/{attachment['id']}/action",
            {"os-complete": {}},
            roles=("service", "admin"),
        )
        assert done.status_code == 204, done.text
        return attachment

    def layers(self) -> set[str]:
        """Return the names of the files that hold bytes in the pool."""
        return {one.name for one in (self.pool / "layers").iterdir()}

    def context(self) -> RequestContext:
        """Return a context of nobody's."""
        return RequestContext.internal()


def export(conf: cfg.ConfigOpts) -> None:
    """Let a host serve volumes on ports of its own, below those of outgoing connections."""
    conf.set_override("export_port", random.randrange(12_000, 32_000), "volume")
    conf.set_override("export_ports", 20, "volume")


class Host:
    """One more host: a pool, an address and a certificate of its own."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.cloud, self.name = cloud, name
        self.directory = cloud.directory / name
        self.tls = self.directory / "host-tls"
        self.conf = cfg.ConfigOpts()
        shared.register(self.conf)
        config.register(self.conf)
        self.conf([], project="cumulet", default_config_files=[])
        for key, value in (("state_dir", str(self.directory)), ("host", name)):
            self.conf.set_override(key, value)
        self.conf.set_override("report_interval_s", 0.3, "volume")
        export(self.conf)
        self.pool = loading.pool_dir(self.conf)
        certificates.issue(cloud.directory / "host-tls", self.tls, name)

    def start(self) -> None:
        """Recover, report, listen."""
        self.bus = Bus(self.cloud.bus_url)
        self.worker, self.reporter = cli.build_worker(self.conf, self.bus, self.cloud.image_service)
        self.worker.start()
        self.reporter.start()
        assert self.worker.connected.wait(15)

    def stop(self) -> None:
        """End as a process ends, and all that it served."""
        self.reporter.stop()
        self.worker.stop()
        self.bus.close()
        halt(self.directory)


def halt(directory: pathlib.Path) -> None:
    """End what a host serves to others."""
    for home in (directory / "volume-exports").glob("*"):
        showing.halt(home)


@contextlib.contextmanager
def running(database_url: str, bus_url: str, directory: pathlib.Path) -> Iterator[Cloud]:
    """Run a volume service while the block lasts."""
    cloud = Cloud(database_url, bus_url, directory)
    try:
        cloud.start()
        yield cloud
    finally:
        cloud.stop()
