"""The Image API on a database of its own and a store in memory."""

import dataclasses
import json
from typing import Any

import pytest
from falcon import testing

from common.db import Database, migrate
from image.app import Parts, create_app
from image.drivers.fake import FakeStore
from image.logic.limits import Limits
from tests.support.image_people import People

OCTETS = {"Content-Type": "application/octet-stream"}
PATCH = "application/openstack-images-v2.1-json-patch"


@dataclasses.dataclass
class Cloud:
    """The API and what stands behind it."""

    database: Database
    store: FakeStore
    client: testing.TestClient

    def call(self, method: str, path: str, who: str = "ann", **options: Any) -> testing.Result:
        headers = {"X-Auth-Token": who} | options.pop("headers", {})
        return self.client.simulate_request(method, path, headers=headers, **options)

    def create(self, who: str = "ann", **attributes: Any) -> str:
        """A new image's id."""
        wanted = {"name": "i", "disk_format": "raw", "container_format": "bare"} | attributes
        answer = self.call("POST", "/v2/images", who, json=wanted)
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    def upload(self, image_id: str, data: bytes, who: str = "ann") -> testing.Result:
        return self.call("PUT", f"/v2/images/{image_id}/file", who, body=data, headers=OCTETS)

    def show(self, image_id: str, who: str = "ann") -> dict[str, Any]:
        answer = self.call("GET", f"/v2/images/{image_id}", who)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found

    def patch(self, image_id: str, *steps: dict[str, Any], who: str = "ann") -> testing.Result:
        body = json.dumps(steps)
        headers = {"Content-Type": PATCH}
        return self.call("PATCH", f"/v2/images/{image_id}", who, body=body, headers=headers)

    def names(self, query: str = "", who: str = "ann") -> list[str]:
        answer = self.call("GET", "/v2/images", who, query_string=query)
        assert answer.status_code == 200, answer.text
        return [image["name"] for image in answer.json["images"]]


def make(database: Database, **parts: Any) -> Cloud:
    """A cloud on a migrated database."""
    store = parts.pop("store", None) or FakeStore()
    app = create_app(Parts(database=database, store=store, authenticator=People(), **parts))
    return Cloud(database, store, testing.TestClient(app))


@pytest.fixture
def database(database_url: str):
    """A migrated database; the test runs on SQLite and on PostgreSQL."""
    migrate(database_url, "image")
    found = Database(database_url)
    yield found
    found.close()


@pytest.fixture
def small_database(sqlite_url: str):
    """A migrated SQLite database."""
    migrate(sqlite_url, "image")
    found = Database(sqlite_url)
    yield found
    found.close()


@pytest.fixture
def cloud(database: Database) -> Cloud:
    return make(database, limits=Limits(max_tags=3, max_properties=3, max_members=2))
