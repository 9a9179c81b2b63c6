"""A network service in one process: its API and its controller around a fake engine."""

import threading
from typing import Any

import falcon.testing
from oslo_config import cfg

from common import config as shared
from common import db
from common.contracts import network as events
from common.db import Database
from common.messages import handles
from common.policy import Policy
from common.rpc import Bus, EventListener
from network import app, cli, config
from network.drivers.fake import FakeEngine
from tests.support.tokens import Authority
from tests.support.waiting import wait_for

MEMBER = ("member", "reader")
ADMIN = ("admin", "manager", "member", "reader")
ANN, BEN, OPERATOR = "project-ann", "project-ben", "project-operator"


class Heard:
    """The events of ports."""

    def __init__(self) -> None:
        self.ports: list[events.PortChanged] = []

    @handles(events.PortChanged)
    def hear(self, ctx: Any, event: events.PortChanged) -> None:
        self.ports.append(event)


class Person:
    """Somebody with a token.  Calls take a path below /v2.0 and return the answer."""

    def __init__(self, client: falcon.testing.TestClient, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers

    def ask(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        return self._client.simulate_request(
            method, f"/v2.0{path}", json=body, headers=self._headers, params=params
        )

    def get(self, path: str, **params: Any) -> Any:
        """Return the body of a GET that succeeds."""
        answer = self.ask("GET", path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json

    def make(self, noun: str, **attributes: Any) -> dict[str, Any]:
        """Make one thing and return it: make("network", name="a")."""
        answer = self.ask("POST", f"/{plural(noun)}", {noun: attributes})
        assert answer.status_code == 201, answer.text
        return dict(answer.json[noun])

    def change(self, noun: str, row_id: str, **attributes: Any) -> dict[str, Any]:
        answer = self.ask("PUT", f"/{plural(noun)}/{row_id}", {noun: attributes})
        assert answer.status_code == 200, answer.text
        return dict(answer.json[noun])

    def show(self, noun: str, row_id: str) -> dict[str, Any]:
        return dict(self.get(f"/{plural(noun)}/{row_id}")[noun])

    def remove(self, noun: str, row_id: str) -> None:
        answer = self.ask("DELETE", f"/{plural(noun)}/{row_id}")
        assert answer.status_code == 204, answer.text

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Return the status and the type of an error."""
        answer = self.ask(method, path, body)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json["NeutronError"]["type"]


def plural(noun: str) -> str:
    word = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return word.replace("_", "-")


def options(**network: Any) -> cfg.ConfigOpts:
    """Return the options of a service without a file."""
    conf = cfg.ConfigOpts()
    shared.register(conf)
    config.register(conf)
    conf([], project="cumulet", default_config_files=[])
    for name, value in network.items():
        conf.set_override(name, value, group="network")
    return conf


class NetworkCloud:
    """The service.  interval_s: how long a lost order waits for the comparison."""

    def __init__(self, database_url: str, bus_url: str, *, interval_s: float = 60) -> None:
        db.migrate(database_url, "network")
        self.database = Database(database_url)
        self.bus = Bus(bus_url)
        self.engine = FakeEngine()
        self.heard = Heard()
        self.authority = Authority()
        services = cli.services(options(), self.database, self.bus)
        self.app = app.create(Policy(app.RULES), services, self.authority.verifier())
        self.client = falcon.testing.TestClient(self.app)
        self.controller = cli.Controller(self.database, self.bus, self.engine, interval_s)
        self._events = EventListener(self.bus, [events.EVENTS], self.heard)
        self._thread = threading.Thread(target=self.controller.run, daemon=True)
        self.ann = self.person(ANN)
        self.ben = self.person(BEN)
        self.admin = self.person(OPERATOR, ADMIN)

    def person(self, project_id: str, roles: tuple[str, ...] = MEMBER) -> Person:
        headers = self.authority.headers(roles=roles, project_id=project_id)
        return Person(self.client, headers)

    def start(self) -> None:
        self._thread.start()
        self._events.start()
        assert self.controller.listener.connected.wait(15)
        assert self._events.connected.wait(15)

    def stop(self) -> None:
        self.controller.stop()
        self._events.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self.bus.close()
        self.database.close()

    def held(self, kind: Any, resource_id: str) -> Any:
        """Return what the engine was told of a resource, once it was."""
        return wait_for(lambda: self.engine.held.get((kind, resource_id)))

    def gone(self, kind: Any, resource_id: str) -> None:
        """Return once the engine has forgotten a resource."""
        wait_for(lambda: (kind, resource_id) not in self.engine.held)
