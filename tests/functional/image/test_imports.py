"""Imports: into several stores, from the web, from another region; and those that fail."""

import contextlib
import ipaddress
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from image import clients, errors
from image.drivers.fake import FakeStore
from image.drivers.stores import Stores
from image.drivers.web import Rules
from image.logic.sweep import Sweep
from tests.functional.image.conftest import OCTETS, Cloud, make
from tests.support.waiting import wait_for

DATA = b"some bytes of an image"


class BrokenStore(FakeStore):
    """A store into which nothing goes."""

    def begin(self, data_id: str) -> Any:
        raise errors.StoreFull(free=0)


@pytest.fixture
def near() -> FakeStore:
    return FakeStore()


@pytest.fixture
def far() -> FakeStore:
    return FakeStore()


@pytest.fixture
def cloud(database, near, far) -> Cloud:
    """Two stores, and the machine itself as the web."""
    return make(database, store=Stores({"near": near, "far": far}), rules=loopback())


def loopback(**more: Any) -> Rules:
    nets = (ipaddress.ip_network("127.0.0.0/8"),)
    return Rules(ports=tuple(range(1, 65536)), allow=nets, **{"timeout_s": 5, **more})


def stage(cloud: Cloud) -> str:
    image_id = cloud.create()
    path = f"/v2/images/{image_id}/stage"
    assert cloud.call("PUT", path, body=DATA, headers=OCTETS).status_code == 204
    return image_id


def start(cloud: Cloud, image_id: str, method: Any, who: str = "ann", **more: Any) -> Any:
    method = {"name": method} if isinstance(method, str) else method
    path = f"/v2/images/{image_id}/import"
    return cloud.call("POST", path, who, json={"method": method, **more})


def task(cloud: Cloud, image_id: str) -> dict[str, Any]:
    """The newest task of an image, once it is over."""

    def over() -> Any:
        [newest, *_] = cloud.call("GET", f"/v2/images/{image_id}/tasks").json["tasks"]
        return newest if newest["status"] in ("success", "failure") else None

    found: dict[str, Any] = wait_for(over, timeout_s=20)
    return found


def data(cloud: Cloud, image_id: str) -> bytes:
    return bytes(cloud.call("GET", f"/v2/images/{image_id}/file").content)


@contextlib.contextmanager
def web(*answers: tuple[int, dict[str, str], bytes]) -> Iterator[str]:
    """A server that gives these answers, one after the other, to whatever it is asked."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, body = left.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/image"
    server.shutdown()
    server.server_close()


def test_staged_data_is_imported_where_it_is(cloud, near, far):
    image_id = stage(cloud)
    answer = start(cloud, image_id, "glance-direct")
    assert answer.status_code == 202
    assert cloud.show(image_id)["stores"] == "near"
    done = task(cloud, image_id)
    assert done["status"] == "success"
    assert done["request_id"] == answer.headers["x-openstack-request-id"]
    assert done["input"]["import_req"]["method"] == {"name": "glance-direct"}
    assert not far.kept


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [({"all_stores": True}, "far,near"), ({"stores": ["far"]}, "far")],
)
def test_staged_data_is_copied_to_the_stores_that_are_named(cloud, near, far, wanted, expected):
    image_id = stage(cloud)
    assert start(cloud, image_id, "glance-direct", **wanted).status_code == 202
    assert task(cloud, image_id)["status"] == "success"
    shown = cloud.show(image_id)
    assert (shown["status"], shown["stores"]) == ("active", expected)
    assert data(cloud, image_id) == DATA
    assert len(near.kept) == (1 if "near" in expected else 0)


def test_an_import_that_fails_leaves_the_image_staged(database, near):
    cloud = make(database, store=Stores({"near": near, "far": BrokenStore()}))
    image_id = stage(cloud)
    start(cloud, image_id, "glance-direct", all_stores=True)
    failed = task(cloud, image_id)
    assert failed["status"] == "failure"
    assert failed["message"].startswith("far: ")
    shown = cloud.show(image_id)
    assert shown["status"] == "uploading"
    assert "stores" not in shown
    assert start(cloud, image_id, "glance-direct").status_code == 202
    assert data(cloud, image_id) == DATA


def test_an_import_may_fail_in_part(database, near):
    cloud = make(database, store=Stores({"near": near, "far": BrokenStore()}))
    image_id = stage(cloud)
    more: Any = {"all_stores": True, "all_stores_must_succeed": False}
    start(cloud, image_id, "glance-direct", **more)
    task(cloud, image_id)
    shown = cloud.show(image_id)
    assert (shown["status"], shown["stores"]) == ("active", "near")
    assert shown["os_glance_failed_import"] == "far"


def test_an_image_is_copied_to_more_stores_and_taken_from_them(cloud, near, far):
    image_id = cloud.create()
    cloud.upload(image_id, DATA)
    assert start(cloud, image_id, "copy-image", all_stores=True).status_code == 403
    assert start(cloud, image_id, "copy-image", "admin", all_stores=True).status_code == 202
    assert task(cloud, image_id)["status"] == "success"
    shown = cloud.show(image_id)
    assert shown["stores"] == "far,near"
    assert shown["os_glance_importing_to_stores"] == ""
    assert start(cloud, image_id, "copy-image", "admin", all_stores=True).status_code == 409
    assert cloud.call("DELETE", f"/v2/stores/near/{image_id}").status_code == 204
    assert not near.kept
    assert data(cloud, image_id) == DATA
    assert cloud.call("DELETE", f"/v2/stores/near/{image_id}").status_code == 404
    assert cloud.call("DELETE", f"/v2/stores/far/{image_id}").status_code == 403
    assert cloud.call("DELETE", f"/v2/stores/far/{image_id}", "eve").status_code == 404
    cloud.call("DELETE", f"/v2/images/{image_id}")
    assert not far.kept


def test_data_is_uploaded_to_the_store_that_is_named(cloud, near, far):
    image_id = cloud.create()
    headers = OCTETS | {"X-Image-Meta-Store": "far"}
    path = f"/v2/images/{image_id}/file"
    wrong = OCTETS | {"X-Image-Meta-Store": "moon"}
    assert cloud.call("PUT", path, body=DATA, headers=wrong).status_code == 400
    assert cloud.call("PUT", path, body=DATA, headers=headers).status_code == 204
    assert cloud.show(image_id)["stores"] == "far"
    assert not near.kept
    assert data(cloud, image_id) == DATA


def test_the_stores_are_listed_with_what_fits_in_for_administrators(cloud):
    stores = cloud.call("GET", "/v2/info/stores").json["stores"]
    assert stores == [{"id": "near", "default": "true"}, {"id": "far"}]
    assert cloud.call("GET", "/v2/info/stores/detail").status_code == 403
    [near, _] = cloud.call("GET", "/v2/info/stores/detail", "admin").json["stores"]
    assert near["properties"]["free"] > 0


def test_data_is_fetched_from_the_web(cloud, near):
    image_id = cloud.create()
    with web((302, {"Location": "/there"}, b""), (200, {}, DATA)) as uri:
        assert start(cloud, image_id, {"name": "web-download", "uri": uri}).status_code == 202
        assert task(cloud, image_id)["status"] == "success"
    shown = cloud.show(image_id)
    assert (shown["status"], shown["size"]) == ("active", len(DATA))
    assert data(cloud, image_id) == DATA


@pytest.mark.parametrize(
    "answer", [(404, {}, b""), (200, {"Content-Length": "99"}, DATA), (302, {}, b"")]
)
def test_a_download_that_fails_leaves_the_image_queued(cloud, near, answer):
    image_id = cloud.create()
    with web(answer) as uri:
        start(cloud, image_id, {"name": "web-download", "uri": uri})
        failed = task(cloud, image_id)
    assert failed["status"] == "failure"
    assert failed["message"]
    shown = cloud.show(image_id)
    assert (shown["status"], shown["os_glance_failed_import"]) == ("queued", "near")
    assert not near.kept
    assert not near.incoming
    cloud.upload(image_id, DATA)
    assert "os_glance_failed_import" not in cloud.show(image_id)


@pytest.mark.parametrize(
    "uri",
    ["file:///etc/passwd", "http://127.0.0.1:22/", "ftp://h/", "http://u:p@h/", "http:///x", "x"],
)
def test_addresses_that_are_none_of_the_webs_are_refused(database, uri):
    cloud = make(database)
    image_id = cloud.create()
    assert start(cloud, image_id, {"name": "web-download", "uri": uri}).status_code == 400
    assert start(cloud, image_id, "web-download").status_code == 400
    assert cloud.show(image_id)["status"] == "queued"


def test_the_clouds_own_network_is_not_the_web(database):
    cloud = make(database, rules=Rules(ports=tuple(range(1, 65536))))
    image_id = cloud.create()
    with web((200, {}, DATA)) as uri:
        start(cloud, image_id, {"name": "web-download", "uri": uri})
        failed = task(cloud, image_id)
    assert "from which no data is fetched" in failed["message"]


def test_a_redirection_out_of_the_web_is_not_followed(cloud):
    image_id = cloud.create()
    with web((302, {"Location": "http://169.254.169.254/"}, b"")) as uri:
        start(cloud, image_id, {"name": "web-download", "uri": uri})
        failed = task(cloud, image_id)
    assert "from which no data is fetched" in failed["message"]


class Elsewhere(clients.Regions):
    """Another region, with one image."""

    def __init__(self) -> None:
        super().__init__("http://nowhere", 1)

    def open(self, token: str, region: str, interface: str, image_id: str) -> Any:
        if region != "north":
            raise clients.Unreachable(f"region {region} is not known")
        answer: Any = type("Answer", (), {"iter_content": lambda self, size: iter([DATA])})
        attributes = {"size": len(DATA), "disk_format": "iso", "container_format": "ovf"}
        attributes |= {"os_distro": "debian", "speed": "fast"}
        remote = clients.Remote(attributes, answer())
        remote.close = lambda: None  # type: ignore[method-assign]
        return remote


def test_an_image_of_another_region_is_taken_over(database):
    cloud = make(database, regions=Elsewhere(), match=False)
    image_id = cloud.create(os_distro="none")
    method = {"name": "glance-download", "glance_image_id": "foo", "glance_region": "north"}
    assert "look like a UUID" in start(cloud, image_id, method).text
    method["glance_image_id"] = image_id
    start(cloud, image_id, method | {"glance_region": "south"})
    assert "south" in task(cloud, image_id)["message"]
    assert cloud.show(image_id)["status"] == "queued"
    assert cloud.show(image_id)["disk_format"] == "raw"
    start(cloud, image_id, method)
    wait_for(lambda: cloud.show(image_id)["status"] == "active", timeout_s=20)
    shown = cloud.show(image_id)
    assert (shown["disk_format"], shown["os_distro"]) == ("iso", "debian")
    assert "speed" not in shown
    assert data(cloud, image_id) == DATA


def test_an_administrator_asks_for_an_image_by_a_task(cloud):
    with web((200, {}, DATA)) as uri:
        wanted = {"import_from": uri, "import_from_format": "raw"}
        body = {"type": "import", "input": wanted | {"image_properties": {"name": "made"}}}
        assert cloud.call("POST", "/v2/tasks", json=body).status_code == 403
        answer = cloud.call("POST", "/v2/tasks", "admin", json=body)
        assert answer.status_code == 201, answer.text
        path = f"/v2/tasks/{answer.json['id']}"
        done = wait_for(lambda: _over(cloud, path), timeout_s=20)
    assert done["status"] == "success"
    assert cloud.show(done["result"]["image_id"], "admin")["name"] == "made"
    listed = cloud.call("GET", "/v2/tasks", "admin", query_string="status=success").json["tasks"]
    assert [one["id"] for one in listed] == [done["id"]]


def test_a_task_that_fails_leaves_no_image(cloud):
    with web((404, {}, b"")) as uri:
        wanted = {"import_from": uri, "import_from_format": "raw", "image_properties": {}}
        body = {"type": "import", "input": wanted}
        made = cloud.call("POST", "/v2/tasks", "admin", json=body).json
        done = wait_for(lambda: _over(cloud, f"/v2/tasks/{made['id']}"), timeout_s=20)
    assert done["status"] == "failure"
    assert cloud.call("GET", "/v2/images", "admin").json["images"] == []


def _over(cloud: Cloud, path: str) -> Any:
    found = cloud.call("GET", path, "admin").json
    return found if found["status"] in ("success", "failure") else None


def test_what_a_project_may_have_is_shown_with_what_it_has(cloud):
    image_id = cloud.create()
    cloud.upload(image_id, b"x" * (1 << 20))
    stage(cloud)
    usage = cloud.call("GET", "/v2/info/usage").json["usage"]
    assert usage["image_size_total"] == {"limit": -1, "usage": 1}
    assert usage["image_count_total"] == {"limit": -1, "usage": 2}
    assert usage["image_count_uploading"]["usage"] == 1


def test_what_a_dead_process_was_at_is_taken_back(cloud, near, far, monkeypatch):
    monkeypatch.setattr("image.logic.jobs.Jobs.start", lambda *args: None)
    staged, queued, active = stage(cloud), cloud.create(), cloud.create()
    cloud.upload(active, DATA)
    start(cloud, staged, "glance-direct", all_stores=True)
    start(cloud, queued, {"name": "web-download", "uri": "http://127.0.0.1:1/"})
    start(cloud, active, "copy-image", "admin", all_stores=True)
    assert [cloud.show(one)["status"] for one in (staged, queued)] == ["importing", "importing"]
    assert cloud.show(active)["os_glance_importing_to_stores"] == "far"
    Sweep(cloud.database, Stores({"near": near, "far": far}), silent_s=-1)()
    assert [task(cloud, one)["status"] for one in (staged, queued, active)] == ["failure"] * 3
    shown = [cloud.show(one) for one in (staged, queued, active)]
    assert [one["status"] for one in shown] == ["uploading", "queued", "active"]
    assert shown[2]["os_glance_failed_import"] == "far"
    assert start(cloud, active, "copy-image", "admin", all_stores=True).status_code == 202
