"""The Image API in a process of its own, on files: clients that vanish, processes that die."""

import contextlib
import hashlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import openstack
import pytest
import requests

from common.db import migrate
from tests.support import ports
from tests.support.waiting import wait_for

ROOT = pathlib.Path(__file__).resolve().parents[3]


class Server:
    """One image-api with one worker; `start` may follow `kill`."""

    def __init__(
        self, directory: pathlib.Path, *, stall_timeout_s: float = 30, silent_s: float = 60
    ) -> None:
        self.port = ports.free(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.store = directory / "images"
        database_url = f"sqlite:///{directory}/image.db"
        migrate(database_url, "image")
        module = [sys.executable, "-m", "tests.support.image_server"]
        where = [str(self.port), database_url, str(self.store), str(stall_timeout_s), str(silent_s)]
        self._argv = [*module, *where]
        self._process: subprocess.Popen[bytes] | None = None
        self._log = (directory / "log").open("wb")

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._argv, cwd=ROOT, stdout=self._log, stderr=self._log, start_new_session=True
        )
        wait_for(self._answers, timeout_s=60, every_s=0.1)

    def kill(self) -> None:
        """End master and worker the hard way."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            return bool(requests.get(f"{self.url}/healthz", timeout=5).ok)
        except requests.ConnectionError:
            return False

    def call(self, method: str, path: str, **options: object) -> requests.Response:
        headers = {"X-Auth-Token": "ann"} | options.pop("headers", {})  # type: ignore[operator]
        return requests.request(method, self.url + path, headers=headers, timeout=30, **options)  # type: ignore[arg-type]

    def create(self) -> str:
        wanted = {"name": "i", "disk_format": "raw", "container_format": "bare"}
        return str(self.call("POST", "/v2/images", json=wanted).json()["id"])

    def status(self, image_id: str) -> str:
        return str(self.call("GET", f"/v2/images/{image_id}").json()["status"])

    def upload(self, image_id: str, data: object) -> int:
        headers = {"Content-Type": "application/octet-stream"}
        path = f"/v2/images/{image_id}/file"
        return int(self.call("PUT", path, data=data, headers=headers).status_code)

    def begin_upload(self, image_id: str, framing: str, start: bytes) -> socket.socket:
        """A connection on which an upload has begun.  framing: the header that says how long."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        lines = [
            f"PUT /v2/images/{image_id}/file HTTP/1.1",
            "Host: images",
            "X-Auth-Token: ann",
            "Content-Type: application/octet-stream",
            framing,
        ]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + start)
        wait_for(lambda: self.status(image_id), "saving")
        return connection

    def files(self) -> list[pathlib.Path]:
        return [path for path in self.store.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = Server(tmp_path_factory.mktemp("image"))
    try:
        found.start()
        yield found
    finally:
        found.kill()


SIZED = ("Content-Length: 1000000", b"x" * 5000)
CHUNKED = ("Transfer-Encoding: chunked", b"2710\r\n" + b"x" * 5000)


@pytest.mark.parametrize("framing", [SIZED, CHUNKED], ids=["sized", "chunked"])
def test_a_client_that_vanishes_leaves_a_queued_image_and_no_bytes(server: Server, framing):
    image, before = server.create(), server.files()
    server.begin_upload(image, *framing).close()
    wait_for(lambda: server.status(image), "queued")
    wait_for(server.files, before)
    assert server.upload(image, b"again") == 204


def test_data_of_unknown_length_comes_back_whole_and_in_parts(server: Server):
    image, data = server.create(), os.urandom(3_000_001)
    assert server.upload(image, iter([data[:7], data[7:2_000_000], data[2_000_000:]])) == 204
    path = f"/v2/images/{image}/file"
    whole = server.call("GET", path)
    assert whole.content == data
    assert whole.headers["Content-Length"] == str(len(data))
    part = server.call("GET", path, headers={"Range": "bytes=1000000-2999999"})
    assert part.status_code == 206
    assert part.content == data[1_000_000:3_000_000]
    assert part.headers["Content-Range"] == f"bytes 1000000-2999999/{len(data)}"


def test_a_client_that_sends_chunks_may_announce_their_size(server: Server):
    image = server.create()
    path = f"/v2/images/{image}/file"
    headers = {"Content-Type": "application/octet-stream"}
    for announced, status in (("some", 400), ("5", 400), ("4", 204)):
        sized = headers | {"X-OpenStack-Image-Size": announced}
        answer = server.call("PUT", path, data=iter([b"da", b"ta"]), headers=sized)
        assert answer.status_code == status
    assert server.status(image) == "active"


def test_an_upload_refused_half_way_leaves_its_connection_usable(server: Server):
    image = server.create()
    with requests.Session() as session:
        headers = {"X-Auth-Token": "ann", "Content-Type": "application/octet-stream"}
        refused = session.put(
            f"{server.url}/v2/images/{image}/file",
            data=b"QFI\xfb" + b"\0" * 5_000_000,
            headers=headers,
            timeout=30,
        )
        assert refused.status_code == 415
        answer = session.get(f"{server.url}/v2/images/{image}", headers=headers, timeout=30)
        assert answer.json()["status"] == "queued"


def test_the_public_client_uploads_lists_downloads_and_deletes(server: Server, tmp_path):
    cloud = openstack.connect(
        auth_type="admin_token",
        auth={"endpoint": server.url, "token": "ann"},
        image_endpoint_override=server.url,
    )
    path = tmp_path / "disk"
    path.write_bytes(os.urandom(1_500_000))
    made = cloud.image.create_image(
        "web",
        filename=str(path),
        disk_format="raw",
        container_format="bare",
        wait=True,
        img_hv_type="lxc",
    )
    found = cloud.image.get_image(made.id)
    assert found.status == "active"
    assert found.hash_value == hashlib.sha512(path.read_bytes()).hexdigest()
    assert found.properties["img_hv_type"] == "lxc"
    assert [image.id for image in cloud.image.images(name="web")] == [made.id]
    cloud.image.download_image(made.id, output=str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_bytes() == path.read_bytes()
    changed = cloud.image.update_image(made.id, name="web2", tags=["x"])
    assert (changed.name, changed.tags) == ("web2", ["x"])
    cloud.image.delete_image(made.id)
    assert cloud.image.find_image("web2") is None


def test_a_client_that_falls_silent_is_given_up(tmp_path):
    server = Server(tmp_path, stall_timeout_s=1)
    try:
        server.start()
        image = server.create()
        with server.begin_upload(image, *SIZED) as connection:
            assert connection.recv(100).startswith(b"HTTP/1.1 400")
        assert server.status(image) == "queued"
        assert not server.files()
    finally:
        server.kill()


def test_what_a_killed_process_left_is_swept_up_by_the_next(tmp_path):
    server = Server(tmp_path, silent_s=2)
    try:
        server.start()
        image, whole = server.create(), server.create()
        assert server.upload(whole, b"whole") == 204
        connection = server.begin_upload(image, *SIZED)
        assert len(server.files()) == 2
        server.kill()
        connection.close()
        assert len(server.files()) == 2
        server.start()
        wait_for(lambda: server.status(image), "queued")
        wait_for(lambda: len(server.files()), 1)
        assert server.upload(image, b"again") == 204
        assert server.call("GET", f"/v2/images/{whole}/file").content == b"whole"
    finally:
        server.kill()
