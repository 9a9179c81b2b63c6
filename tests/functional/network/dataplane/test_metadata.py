"""Guests ask 169.254.169.254 who they are, and nobody else's answer reaches them."""

import dataclasses
import hashlib
import hmac
import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from common import process
from common.namespaces import inside
from devstack import plumbing
from network.drivers.base import Kind
from network.metadata.agent import MetadataAgent
from network.metadata.places import Places
from tests.support import dataplane
from tests.support.switched import Cloud
from tests.support.waiting import wait_for

SECRET = "between us"


class Compute(BaseHTTPRequestHandler):
    """Compute's metadata service, which tells what it was sent."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        told = {"path": self.path, "body": self.rfile.read(length).decode(), **self.headers}
        content = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, format, *args) -> None:
        """Be quiet."""


@pytest.fixture(scope="module")
def compute() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Compute)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class Running:
    """An agent on a thread."""

    def __init__(self, plane: dataplane.Plane, compute: str) -> None:
        self.agent = MetadataAgent(plane.remote, plane.tag, compute, SECRET)
        self._thread = threading.Thread(target=self.agent.run)
        self._thread.start()

    def stop(self) -> None:
        self.agent.stop()
        self._thread.join(timeout=10)


@pytest.fixture
def agent(cloud: Cloud, compute: str) -> Iterator[Running]:
    running = Running(cloud.plane, compute)
    yield running
    running.stop()


def ask(guest: dataplane.Guest, path: str, method: str = "GET", body: str = "", **headers):
    """(status, content) of a guest's request; (0, reason) when nobody answers."""

    def request() -> tuple[int, str]:
        connection = http.client.HTTPConnection("169.254.169.254", timeout=3)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError as error:
            return 0, str(error)
        finally:
            connection.close()

    return inside(guest.namespace, request)


def told(guest: dataplane.Guest, path: str = "/latest/meta-data", **more) -> dict[str, str]:
    wait_for(lambda: ask(guest, path)[0] == 200)
    sent: dict[str, str] = json.loads(ask(guest, path, **more)[1])
    return sent


def test_each_guest_is_told_apart_though_addresses_are_the_same(cloud, agent):
    for name in ("a1", "b1"):
        spec = cloud.specs[name]
        sent = told(cloud.guests[name])
        signature = hmac.new(SECRET.encode(), spec.device_id.encode(), hashlib.sha256)
        assert sent["X-Instance-ID"] == spec.device_id
        assert sent["X-Tenant-ID"] == spec.project_id
        assert sent["X-Forwarded-For"] == "10.0.0.11"
        assert sent["X-Instance-ID-Signature"] == signature.hexdigest()
        assert sent["path"] == "/latest/meta-data"


def test_a_guest_cannot_say_who_it_is(cloud, agent):
    headers = {"X-Instance-ID": "somebody-else", "X-Tenant-ID": "another"}
    sent = told(cloud.guests["a1"], **headers)
    assert sent["X-Instance-ID"] == cloud.specs["a1"].device_id
    assert sent["X-Tenant-ID"] == "project-a"


def test_a_password_may_be_posted(cloud, agent):
    path = "/openstack/latest/password"
    assert told(cloud.guests["a2"], path, method="POST", body="c2VjcmV0")["body"] == "c2VjcmV0"


def test_a_body_that_is_too_long_is_refused(cloud, agent):
    told(cloud.guests["a1"])
    status, _ = ask(cloud.guests["a1"], "/", "POST", "x" * 70_000)
    assert status in (0, 413)


def test_guests_are_told_to_try_again_when_compute_is_away(cloud):
    running = Running(cloud.plane, "http://127.0.0.1:9")
    try:
        wait_for(lambda: ask(cloud.guests["a1"], "/")[0] == 503)
    finally:
        running.stop()


def test_a_restarted_agent_takes_up_where_the_other_left(cloud, compute):
    for _ in range(2):
        running = Running(cloud.plane, compute)
        try:
            assert told(cloud.guests["b1"])["X-Instance-ID"] == cloud.specs["b1"].device_id
        finally:
            running.stop()


def test_what_an_earlier_run_left_is_cleared_away(cloud, compute):
    left = plumbing.NAMESPACES / f"{cloud.plane.tag}-md-0123456789a"
    process.run(["ip", "netns", "add", left.name], timeout_s=10)
    running = Running(cloud.plane, compute)
    try:
        wait_for(lambda: not left.exists())
    finally:
        running.stop()


def test_the_namespace_goes_with_the_networks_last_guest_and_comes_with_the_next(cloud, agent):
    place = plumbing.NAMESPACES / Places(None, cloud.plane.tag).name(cloud.b.network_id)  # type: ignore[arg-type]
    wait_for(place.exists)
    spec = cloud.specs["b1"]
    cloud.engine.delete(Kind.PORT, spec.port_id)
    wait_for(lambda: not place.exists())
    cloud.engine.ensure_port(spec)
    assert told(cloud.guests["b1"])["X-Instance-ID"] == spec.device_id


def test_the_agent_follows_again_after_the_database_was_killed(cloud, agent):
    spec = cloud.specs["b1"]
    told(cloud.guests["b1"])
    cloud.plane.kill("ovsdb-server")
    cloud.plane.revive("ovsdb-server")
    moved = dataclasses.replace(spec, revision=2, device_id="another-server")
    cloud.engine.ensure_port(moved)
    wait_for(lambda: told(cloud.guests["b1"])["X-Instance-ID"] == "another-server")
    cloud.engine.ensure_port(spec)
    wait_for(lambda: told(cloud.guests["b1"])["X-Instance-ID"] == spec.device_id)
