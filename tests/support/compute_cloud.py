"""One compute cloud in a test's process: API, controller and worker, on a real database and bus.

The image and network services behind it are those of tests.support.neighbours; guests are fake.
"""

import contextlib
import pathlib
from collections.abc import Iterator
from typing import Any

from falcon import testing
from oslo_config import cfg

from common import clock, db
from common import config as shared
from common.db import Database
from common.policy import Policy
from common.rpc import Bus, Listener
from compute import app, cli, config
from compute.clients import ImageService, NetworkService, VolumeService
from compute.db.models import Flavor
from compute.drivers.fake import FakeDriver
from compute.drivers.ports import FakePorts
from compute.logic import services
from compute.rpc import contract
from compute.worker import rooms
from compute.worker.guests import Guests
from compute.worker.reports import HostReporter
from tests.support.neighbours import Adapter, Images, Network
from tests.support.tokens import PROJECT_ID, Authority
from tests.support.volume_neighbour import Volumes, VolumesAdapter
from tests.support.waiting import wait_for


class Worker:
    """One host's worker, which can die and come back with its guests."""

    def __init__(self, cloud: "Cloud", host: str = "host-1") -> None:
        self.cloud = cloud
        self.host = host
        self.ports = FakePorts()
        self.driver = FakeDriver(ports=self.ports)
        self.memory_mib = 8192
        self.listener: Listener | None = None

    def start(self) -> None:
        """Load, recover, report, listen."""
        self.bus = Bus(self.cloud.bus_url)
        guests = Guests([self.driver])
        self.reporter = HostReporter(
            guests,
            self.ports,
            self.bus,
            host=self.host,
            address="127.0.0.1",
            directory=self.cloud.directory,
            ratios={"VCPU": 4.0},
            reserved={},
            console_url="http://127.0.0.1:6080",
        )
        self.reporter._inventory = self._inventory  # type: ignore[method-assign]
        guests.recover()
        listening = rooms.rooms(
            rooms.Host(
                name=self.host,
                directory=self.cloud.directory / self.host,
                guests=guests,
                ports=self.ports,
                images=self.cloud.image_service,
                bus=self.bus,
            )
        )
        guests.watch(self.reporter.changed)
        self.reporter.report()
        self.listener = Listener(self.bus, contract.WORKER, *listening, host=self.host, threads=4)
        self.listener.start()
        assert self.listener.connected.wait(15)

    def _inventory(self) -> dict[str, dict[str, float]]:
        totals = {"VCPU": 8, "MEMORY_MB": self.memory_mib, "DISK_GB": 100}
        return {
            name: {"total": n, "reserved": 0, "max_unit": n, "allocation_ratio": 1.0}
            for name, n in totals.items()
        }

    def stop(self) -> None:
        """End as a process ends; guests stay in the driver."""
        if self.listener is not None:
            self.listener.stop()
            self.bus.close()
            self.listener = None


class Cloud:
    """client: the Compute API.  images, network: the neighbours' memory."""

    def __init__(self, database_url: str, bus_url: str, directory: pathlib.Path) -> None:
        self.bus_url = bus_url
        self.directory = directory
        self.authority = Authority()
        self.images, self.network, self.volumes = Images(), Network(), Volumes()
        self.image_adapter = Adapter(self.images, self._project_of)
        self.network_adapter = Adapter(self.network, self._project_of)
        self.volume_adapter = VolumesAdapter(self.volumes, self._project_of)
        self.image_service = ImageService(self.image_adapter)
        self.network_service = NetworkService(self.network_adapter)
        self.volume_service = VolumeService(self.volume_adapter)
        self.conf = cfg.ConfigOpts()
        shared.register(self.conf)
        config.register(self.conf)
        self.conf([], project="cumulet", default_config_files=[])
        self.conf.set_override("shutdown_timeout_s", 0, "compute")
        self.conf.set_override("sweep_interval_s", 0.3, "compute")
        self.conf.set_override("stray_interval_s", 1.0, "compute")
        db.migrate(database_url, "compute")
        self.database = Database(database_url)
        self.bus = Bus(bus_url)
        self.worker = Worker(self)
        self.controller: Listener | None = None

    def _project_of(self, token: str) -> str:
        return self.authority.verifier().check(token).project_id or ""

    def start(self) -> None:
        """Bring everything up and add what a first server needs."""
        self.logic = services.wire(
            self.conf,
            self.database,
            self.bus,
            self.image_service,
            self.network_service,
            self.volume_service,
        )
        verifier = self.authority.verifier()
        policy = Policy(app.RULES)
        self.client = testing.TestClient(app.compute_app(policy, self.logic, verifier, {}))
        self.image_id = self.images.add()
        self.network_id = self.network.add(PROJECT_ID)
        with self.database.transaction() as session:
            session.add(
                Flavor(
                    id="1",
                    name="tiny",
                    vcpus=1,
                    memory_mib=512,
                    disk_gib=1,
                    created_at=clock.utcnow(),
                )
            )
        self.start_controller()
        self.worker.start()
        wait_for(self._host_known)

    def _host_known(self) -> bool:
        from compute.db import hosts

        with self.database.reading() as session:
            return bool(hosts.listed(session))

    def start_controller(self) -> None:
        """Start listening and sweeping."""
        self.controller, self.hearing, self.sweepers = cli.build_controller(
            self.conf,
            self.database,
            self.bus,
            self.image_service,
            self.network_service,
            self.volume_service,
        )
        self.hearing.start()
        self.controller.start()
        for sweeper in self.sweepers:
            sweeper.start()
        assert self.controller.connected.wait(15)

    def stop_controller(self) -> None:
        """End as a process ends."""
        if self.controller is not None:
            for sweeper in self.sweepers:
                sweeper.stop()
            self.hearing.stop()
            self.controller.stop()
            self.controller = None

    def stop(self) -> None:
        """Take everything down."""
        self.worker.stop()
        self.stop_controller()
        self.logic.console.stop()
        self.logic.diagnostics.stop()
        self.bus.close()
        self.database.close()

    def headers(self, version: str | None = None, **claims: Any) -> dict[str, str]:
        """Return a token's header, and the microversion's."""
        found = self.authority.headers(**claims)
        if version:
            found["OpenStack-API-Version"] = f"compute {version}"
        return found

    def get(self, path: str, version: str | None = None, **claims: Any) -> Any:
        """GET below /v2.1 as a member and return the answer."""
        return self.client.simulate_get(f"/v2.1{path}", headers=self.headers(version, **claims))

    def post(self, path: str, body: Any, version: str | None = None, **claims: Any) -> Any:
        """POST below /v2.1 as a member and return the answer."""
        headers = self.headers(version, **claims)
        return self.client.simulate_post(f"/v2.1{path}", json=body, headers=headers)

    def put(self, path: str, body: Any, version: str | None = None, **claims: Any) -> Any:
        """PUT below /v2.1 as a member and return the answer."""
        headers = self.headers(version, **claims)
        return self.client.simulate_put(f"/v2.1{path}", json=body, headers=headers)

    def delete(self, path: str, version: str | None = None, **claims: Any) -> Any:
        """DELETE below /v2.1 as a member and return the answer."""
        return self.client.simulate_delete(f"/v2.1{path}", headers=self.headers(version, **claims))

    def ask(self, name: str = "web", version: str | None = None, **values: Any) -> Any:
        """POST a server and return the answer."""
        wanted = {"name": name, "imageRef": self.image_id, "flavorRef": "1", **values}
        return self.post("/servers", {"server": wanted}, version)

    def server(self, name: str = "web", **values: Any) -> str:
        """Return the id of a server that is ACTIVE."""
        answer = self.ask(name, **values)
        assert answer.status_code == 202, answer.text
        server_id: str = answer.json["server"]["id"]
        self.wait(server_id, "ACTIVE")
        return server_id

    def shown(self, server_id: str, **claims: Any) -> dict[str, Any]:
        """Return what the API shows of a server; empty when it is gone."""
        answer = self.get(f"/servers/{server_id}", **claims)
        found: dict[str, Any] = answer.json.get("server", {})
        return found

    def wait(self, server_id: str, status: str) -> dict[str, Any]:
        """Return the server once it has a status and nothing is under way."""
        wait_for(
            lambda: (
                (seen := self.shown(server_id)).get("status"),
                seen.get("OS-EXT-STS:task_state"),
            ),
            (status, None),
        )
        return self.shown(server_id)

    def gone(self, server_id: str) -> None:
        """Return once the server is not found any more."""
        wait_for(lambda: self.get(f"/servers/{server_id}").status_code, 404)


@contextlib.contextmanager
def running(database_url: str, bus_url: str, directory: pathlib.Path) -> Iterator[Cloud]:
    """Run a cloud while the block lasts."""
    cloud = Cloud(database_url, bus_url, directory)
    try:
        cloud.start()
        yield cloud
    finally:
        cloud.stop()
