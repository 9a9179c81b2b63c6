"""A web server with one image, for the tests that have the cloud fetch one."""

import contextlib
import functools
import http.server
import pathlib
import threading
from collections.abc import Iterator

from devstack.progress import Failed

# The cloud is told beforehand from which ports it may fetch; runs at the same time take another.
PORTS = range(8790, 8800)
ADDRESS = "127.0.0.1"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing: the cloud's own log says what it fetched."""

    def do_GET(self) -> None:
        """Send a file, also to one who only wants to know its length and hangs up."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            super().do_GET()


@contextlib.contextmanager
def serving(file: pathlib.Path) -> Iterator[str]:
    """Give the address that a file is served at, for the block.  Raises Failed."""
    handler = functools.partial(_Quiet, directory=str(file.parent))
    server = _bound(handler)
    threading.Thread(target=server.serve_forever, name="web", daemon=True).start()
    try:
        yield f"http://{ADDRESS}:{server.server_port}/{file.name}"
    finally:
        server.shutdown()
        server.server_close()


def _bound(handler: functools.partial[_Quiet]) -> http.server.ThreadingHTTPServer:
    for port in PORTS:
        try:
            return http.server.ThreadingHTTPServer((ADDRESS, port), handler)
        except OSError:
            continue
    raise Failed(f"none of the ports {PORTS.start} to {PORTS.stop - 1} is free")
