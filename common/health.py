"""/healthz and /metrics of a process that has no API, on a socket in the state directory.

`curl --unix-socket <state_dir>/run/<process>.sock http://localhost/healthz`
"""

import contextlib
import http.client
import json
import pathlib
import socket
import socketserver
import threading
from collections.abc import Iterator, Mapping
from wsgiref import simple_server

from common import errors
from common import http as api
from common.rpc import Listener
from common.sweep import Sweeper


class Unwell(errors.Unavailable):
    message = "{reason}"


class _Handler(simple_server.WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Questions about health are no events."""

    def address_string(self) -> str:
        return "local"


class _Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    address_family = socket.AF_UNIX
    daemon_threads = True

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", 0
        self.setup_environ()

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        request, _ = super().get_request()
        return request, ("local", 0)


class HealthServer:
    """Answers in a thread of its own.  checks: as in http.AppSpec."""

    def __init__(self, path: pathlib.Path, process: str, checks: Mapping[str, api.Check]) -> None:
        self._path = path
        path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        spec = api.AppSpec(
            service=process,
            routes=[],
            render=lambda error, _: {"error": str(error)},
            authenticator=None,
            health=checks,
        )
        self._server = _Server(str(path), _Handler)  # type: ignore[arg-type]
        path.chmod(0o600)
        self._server.set_app(api.create_app(spec))
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="health", daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._path.unlink(missing_ok=True)


@contextlib.contextmanager
def of_process(state_dir: str, process: str, checks: Mapping[str, api.Check]) -> Iterator[None]:
    """Answer for a process of the cloud in the state directory, for the length of the block."""
    with told(socket_path(state_dir, process), process, checks):
        yield


def socket_path(state_dir: str | pathlib.Path, process: str) -> pathlib.Path:
    """Return where a process answers."""
    return pathlib.Path(state_dir, "run", f"{process}.sock")


@contextlib.contextmanager
def told(path: pathlib.Path, process: str, checks: Mapping[str, api.Check]) -> Iterator[None]:
    """Answer for the length of the block."""
    server = HealthServer(path, process, checks)
    server.start()
    try:
        yield
    finally:
        server.stop()


def listening(listener: Listener) -> api.Check:
    """Return a check that a listener has the broker."""

    def check() -> None:
        if not listener.connected.is_set():
            raise Unwell(reason="the broker is not connected")

    return check


def sweeping(sweeper: Sweeper) -> api.Check:
    """Return a check that a sweep succeeds about as often as it should."""

    def check() -> None:
        late_s = sweeper.late_s()
        if late_s > 0:
            raise Unwell(reason=f"the sweep {sweeper.name} is {late_s:.0f} s late")

    return check


def ask(path: pathlib.Path, timeout_s: float = 5) -> dict[str, str]:
    """Return why a process is unwell, by check; empty when it is well.

    Raises OSError when it does not answer.
    """
    link = http.client.HTTPConnection("localhost", timeout=timeout_s)
    link.sock = socket.socket(socket.AF_UNIX)
    with contextlib.closing(link):
        link.sock.settimeout(timeout_s)
        link.sock.connect(str(path))
        link.request("GET", "/healthz")
        causes: dict[str, str] = json.loads(link.getresponse().read())["causes"]
    return causes
