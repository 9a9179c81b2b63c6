"""Orchestration's API and engine in one process, on a database of its own and a cloud in memory."""

from typing import Any

import pytest
from falcon import testing

from common import errors
from common.context import RequestContext
from common.db import Database, migrate
from common.policy import Policy
from orchestration import app
from orchestration.controller.engine import Engine
from orchestration.logic import rooms
from orchestration.logic.home import Signer
from tests.support.heat_cloud import FakeCloud, FakeTrusts
from tests.support.waiting import wait_for

SIGNER = Signer("http://heat.test:8004", b"key")
PROJECT = "p" * 32
ROLES = {
    "member": ("member", "reader"),
    "reader": ("reader",),
    "admin": ("admin", "manager", "member", "reader"),
    "nobody": (),
    "other": ("member", "reader"),
}


def as_any(stand_in: Any) -> Any:
    """Return a stand-in where the real thing is expected."""
    return stand_in


class People:
    """A token is the name of one of some people."""

    def authenticate(self, token, request_id):
        if token not in ROLES:
            raise errors.Unauthorized()
        project = "f" * 32 if token == "other" else PROJECT
        return RequestContext(
            request_id=request_id,
            user_id=token,
            user_name=token,
            project_id=project,
            roles=ROLES[token],
            token=token,
        )


class Loop:
    """A bus that hands each message to the engine at once; deaf while told so."""

    def __init__(self):
        self.engine = None
        self.deaf = False

    def cast(self, ctx, message, host=None):
        if self.engine is not None and not self.deaf:
            self.engine.advance(ctx, message)
        return True


class Orchestration:
    """The service under test, and what it makes."""

    def __init__(self, url):
        migrate(url, "orchestration")
        self.database = Database(url)
        self.cloud, self.trusts, self.bus = FakeCloud(), FakeTrusts(), Loop()
        trusts, bus = as_any(self.trusts), as_any(self.bus)
        logic = rooms.build(self.database, bus, trusts, SIGNER, most_per_project=5)
        self.engine = self.start_engine()
        self.client = testing.TestClient(app.build(Policy(app.RULES), logic, People(), {}))

    def start_engine(self):
        cloud, trusts = as_any(self.cloud), as_any(self.trusts)
        engine = Engine(self.database, cloud, trusts, self.tell, host="here", signer=SIGNER)
        self.engine = self.bus.engine = engine
        return engine

    def tell(self, stack_id):
        self.engine.push(stack_id)

    def call(self, method, path, who="member", **kwargs):
        return self.client.simulate_request(
            method, f"/v1/{PROJECT}{path}", headers={"X-Auth-Token": who}, **kwargs
        )

    def create(self, name, template, **more):
        body = {"stack_name": name, "template": template, **more}
        return self.call("POST", "/stacks", json=body)

    def where(self, name):
        """Return the path of a stack, to be called."""
        answer = self.call("GET", f"/stacks/{name}")
        return answer.headers["location"].partition(PROJECT)[2]

    def delete(self, name):
        return self.call("DELETE", self.where(name))

    def show(self, name):
        where = self.call("GET", f"/stacks/{name}")
        if where.status_code != 302:
            return None
        path = where.headers["location"].partition(PROJECT)[2]
        return self.call("GET", path).json["stack"]

    def wait(self, name, status):
        def now():
            found = self.show(name)
            return found["stack_status"] if found else None

        wait_for(now, status)
        return self.show(name)

    def close(self):
        self.engine.stop()
        self.database.close()


@pytest.fixture
def heat(database_url):
    found = Orchestration(database_url)
    yield found
    found.close()
