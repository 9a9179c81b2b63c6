"""Images whose data is elsewhere; and stores that are preferred to others."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from image.drivers.fake import FakeStore
from image.drivers.stores import Stores
from image.logic.limits import Limits
from tests.functional.image.conftest import Cloud, make
from tests.functional.image.test_imports import loopback
from tests.support.waiting import wait_for

DATA = b"elsewhere" * 100
HASHES = {"checksum": "1" * 32, "os_hash_algo": "sha512", "os_hash_value": "ab" * 64}


@pytest.fixture
def cloud(database) -> Cloud:
    return make(database, rules=loopback(), locations=True, limits=Limits(max_locations=3))


@contextlib.contextmanager
def web(bodies: dict[str, bytes]) -> Iterator[str]:
    """A server that has something at some paths; whether it says how long that is the name says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = bodies.get(self.path)
            self.send_response(404 if body is None else 200)
            if "endless" not in self.path:
                self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body or b"")

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def bodies() -> dict[str, bytes]:
    return {"/a": DATA, "/b": DATA, "/other": b"x", "/endless": DATA}


@pytest.fixture
def uri(bodies) -> Iterator[str]:
    with web(bodies) as found:
        yield found


def add(url: str, **more: Any) -> dict[str, Any]:
    value = {"url": url, "metadata": {"rack": "7"}} | more
    return {"op": "add", "path": "/locations/-", "value": value}


def located(cloud: Cloud, *urls: str) -> str:
    """An image that has its data at some addresses."""
    image = cloud.create()
    for url in urls:
        answer = cloud.patch(image, add(url))
        assert answer.status_code == 200, answer.text
    return image


def urls(cloud: Cloud, image: str) -> list[str]:
    return [one["url"] for one in cloud.show(image)["locations"]]


def test_an_image_has_its_data_at_an_address(cloud, uri):
    image = cloud.create()
    assert cloud.show(image)["locations"] == []
    answer = cloud.patch(image, add(f"{uri}/a"))
    assert answer.status_code == 200, answer.text
    shown = cloud.show(image)
    assert shown == answer.json
    assert (shown["status"], shown["size"], shown["stores"]) == ("active", len(DATA), "http")
    assert (shown["checksum"], shown["os_hash_algo"], shown["os_hash_value"]) == (None,) * 3
    assert shown["locations"] == [{"url": f"{uri}/a", "metadata": {"rack": "7"}}]
    got = cloud.call("GET", f"/v2/images/{image}/file")
    assert (got.status_code, got.content) == (200, DATA)
    assert not cloud.store.kept
    assert cloud.call("DELETE", f"/v2/images/{image}").status_code == 204


def test_data_is_fetched_from_the_first_address_that_still_has_it(cloud, uri, bodies):
    image = located(cloud, f"{uri}/a", f"{uri}/b")
    bodies["/a"] = b"something else"
    assert cloud.call("GET", f"/v2/images/{image}/file").content == DATA
    del bodies["/b"]
    answer = cloud.call("GET", f"/v2/images/{image}/file")
    assert answer.status_code == 503
    assert f"{uri}/b" in answer.text


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("gopher://example.org/", "scheme"),
        ("http://169.254.169.254/latest", "port"),
        ("/none", "404"),
        ("/endless", "how long"),
    ],
)
def test_an_address_without_usable_data_is_refused(cloud, uri, url, reason):
    image = cloud.create()
    answer = cloud.patch(image, add(url if "://" in url else uri + url))
    assert answer.status_code == 400
    assert reason in answer.text or "address" in answer.text
    assert (cloud.show(image)["status"], urls(cloud, image)) == ("queued", [])


def test_what_is_said_of_the_data_is_kept_and_compared(cloud, uri):
    image = cloud.create()
    assert cloud.patch(image, add(f"{uri}/a", validation_data=HASHES)).status_code == 200
    shown = cloud.show(image)
    assert {name: shown[name] for name in HASHES} == HASHES
    others = {"checksum": "2" * 32, "os_hash_value": "cd" * 64, "os_hash_algo": "sha256"}
    for name, value in others.items():
        other = HASHES | {name: value}
        assert cloud.patch(image, add(f"{uri}/b", validation_data=other)).status_code == 409
    unreadable = HASHES | {"checksum": "z" * 32}
    assert cloud.patch(image, add(f"{uri}/b", validation_data=unreadable)).status_code == 400
    assert cloud.patch(image, add(f"{uri}/b", validation_data=HASHES)).status_code == 200
    assert urls(cloud, image) == [f"{uri}/a", f"{uri}/b"]


def test_an_address_with_other_data_or_a_known_one_or_one_too_many_is_refused(cloud, uri):
    image = located(cloud, f"{uri}/a")
    assert cloud.patch(image, add(f"{uri}/other")).status_code == 400
    assert cloud.patch(image, add(f"{uri}/a")).status_code == 400
    two = (add(f"{uri}/b"), add(f"{uri}/b#1"), add(f"{uri}/b#2"))
    assert cloud.patch(image, *two).status_code == 413
    assert urls(cloud, image) == [f"{uri}/a"]


def test_only_what_is_said_of_addresses_is_replaced(cloud, uri):
    image = located(cloud, f"{uri}/a", f"{uri}/b")
    found = cloud.show(image)["locations"]

    def replace(value: Any) -> int:
        step = {"op": "replace", "path": "/locations", "value": value}
        return int(cloud.patch(image, step).status_code)

    assert replace(found) == 200
    found[0]["metadata"]["date"] = "2015-10-15"
    assert replace(found) == 200
    assert replace(found[:1]) == 400
    assert replace([found[0], {**found[1], "url": f"{uri}/b#new"}]) == 400
    assert replace([]) == 403
    assert replace("x") == 400
    assert cloud.show(image)["locations"] == found


def test_a_new_image_is_given_all_its_addresses_at_once(cloud, uri):
    image = cloud.create()
    values = [{"url": f"{uri}/{name}", "metadata": {}} for name in "ab"]
    step = {"op": "replace", "path": "/locations", "value": values}
    assert cloud.patch(image, step).status_code == 200
    assert cloud.show(image)["locations"] == values


def test_an_administrator_takes_all_addresses_away_but_one(cloud, uri):
    image = located(cloud, f"{uri}/a", f"{uri}/b")

    def remove(index: Any, who: str = "admin") -> int:
        step = {"op": "remove", "path": f"/locations/{index}"}
        return int(cloud.patch(image, step, who=who).status_code)

    assert remove(0, "ann") == 403
    assert remove(7) == 400
    assert remove("-") == 400
    assert remove(0) == 200
    assert urls(cloud, image) == [f"{uri}/b"]
    assert remove(0) == 403


def test_data_in_a_store_has_an_address_that_leads_nowhere(cloud, uri):
    image = cloud.create()
    assert cloud.upload(image, DATA).status_code == 204
    [one] = cloud.show(image)["locations"]
    assert one["url"].startswith("cumulet://file/")
    assert cloud.patch(image, add(one["url"] + "x")).status_code == 400
    assert cloud.patch(image, add(f"{uri}/a")).status_code == 200
    assert cloud.show(image)["stores"] == "file,http"
    step = {"op": "remove", "path": "/locations/0"}
    assert cloud.patch(image, step, who="admin").status_code == 403
    step = {"op": "remove", "path": "/locations/1"}
    assert cloud.patch(image, step, who="admin").status_code == 200


def test_a_strangers_image_gets_no_address_and_none_is_asked_for_it(cloud, uri, bodies):
    image = cloud.create()
    bodies.clear()
    assert cloud.patch(image, add(f"{uri}/a"), who="ben").status_code == 404
    public = cloud.create(who="admin", visibility="public")
    assert cloud.patch(public, add(f"{uri}/a"), who="ben").status_code == 403


def test_an_image_elsewhere_is_not_copied_to_stores(database, uri):
    stores = Stores({"near": FakeStore(), "far": FakeStore()})
    cloud = make(database, store=stores, rules=loopback(), locations=True)
    image = located(cloud, f"{uri}/a")
    method = {"method": {"name": "copy-image"}, "stores": ["far"]}
    answer = cloud.call("POST", f"/v2/images/{image}/import", "admin", json=method)
    assert answer.status_code == 400
    assert "no store" in answer.text
    listed = cloud.call("GET", "/v2/info/stores").json["stores"]
    assert {"id": "http", "read-only": "true"} in listed


def test_without_the_operators_leave_images_have_no_addresses(database, uri):
    cloud = make(database, rules=loopback())
    image = cloud.create()
    assert cloud.patch(image, add(f"{uri}/a")).status_code == 403
    assert "locations" not in cloud.show(image)


def test_an_image_is_read_from_the_heaviest_store_that_has_it(database):
    near, far = FakeStore(), FakeStore()
    stores = Stores({"near": near, "far": far}, {"near": 5, "far": 1})
    cloud = make(database, store=stores)
    image = cloud.create()
    path = f"/v2/images/{image}"
    octets = {"Content-Type": "application/octet-stream"}
    cloud.call("PUT", f"{path}/stage", body=DATA, headers=octets)
    method = {"method": {"name": "glance-direct"}, "all_stores": True}
    assert cloud.call("POST", f"{path}/import", json=method).status_code == 202
    wait_for(lambda: cloud.show(image)["status"] == "active", timeout_s=20)
    assert cloud.show(image)["stores"] == "near,far"
    listed = cloud.call("GET", "/v2/info/stores").json["stores"]
    assert [(one["id"], one["weight"]) for one in listed] == [("near", 5), ("far", 1)]
    far.kept = dict.fromkeys(far.kept, b"")
    assert cloud.call("GET", f"{path}/file").content == DATA
