"""gunicorn in this process: bind, fork workers, build the app in each of them."""

import logging
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

from gunicorn.app.base import BaseApplication

LOG = logging.getLogger(__name__)
SILENCE_S = 30
"""How long a client may say nothing in the middle of a request; a thread waits for it."""
Wsgi = Callable[..., Any]


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, build: Callable[[], Wsgi], settings: dict[str, Any]) -> None:
        self._build = build
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for key, value in self._settings.items():
            self.cfg.set(key, value)

    def load(self) -> Wsgi:
        return self._build()


def serve(
    name: str,
    build: Callable[[], Wsgi],
    *,
    binds: Sequence[str],
    workers: int,
    threads: int,
    worker_exit: Callable[[], None] | None = None,
) -> None:
    """Answer HTTP on the addresses until told to stop.  Does not return: gunicorn exits.

    build: called once in each worker, after the fork, so connections are never shared.
    binds: `127.0.0.1:8774`.  worker_exit: called when a worker ends.
    """
    settings: dict[str, Any] = {
        "bind": list(binds),
        "workers": workers,
        "worker_class": "gthread",
        "threads": threads,
        "proc_name": name,
        "timeout": 120,
        "graceful_timeout": 5,
        "keepalive": 75,
        "backlog": 1024,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "logger_class": "common.serve.QuietLogger",
        "worker_tmp_dir": "/dev/shm",  # noqa: S108 - gunicorn's heartbeat files, made 0600
        "control_socket_disable": True,
        "limit_request_line": 8190,
    }
    settings["when_ready"] = _expect_words
    if worker_exit is not None:
        settings["worker_exit"] = lambda _server, _worker: worker_exit()
    _Server(build, settings).run()


def _expect_words(server: Any) -> None:
    """Limit how long a connection may be silent while a thread reads or writes it.

    Sockets that are accepted take this over from the one that listens.
    """
    limit = struct.pack("ll", SILENCE_S, 0)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


class QuietLogger:
    """gunicorn's messages through our own logging, without its handlers and access log."""

    def __init__(self, _cfg: object) -> None:
        self._log = logging.getLogger("gunicorn")
        self._log.setLevel(logging.WARNING)

    def __getattr__(self, name: str) -> Any:
        if name in ("access", "reopen_files", "close_on_exec"):
            return lambda *_args, **_kwargs: None
        return getattr(self._log, name)
