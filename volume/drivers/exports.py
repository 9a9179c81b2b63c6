"""Volumes of this host that others use: one storage daemon of QEMU's each, by NBD over TLS.

Who connects has to show the certificate of the one host that an export is for.  A daemon outlives
the worker and is found again by its directory: `export.json` says what it is for.
"""

import contextlib
import dataclasses
import errno
import json
import logging
import os
import pathlib
import shutil
import socket
import threading
import time
from collections.abc import Iterator

from common import certificates, errors, process
from common.qcow2 import escaped
from volume.drivers import showing
from volume.drivers.base import PoolFault, VolumeMissing
from volume.drivers.serving import Served

LOG = logging.getLogger(__name__)
_TIMEOUT_S = 30.0
_FREE_S, _LOOK_S = 5.0, 0.02


@dataclasses.dataclass(frozen=True)
class Export:
    """One volume for one host.

    client: the host, as its certificate calls it.  shared: whether others use it beside.
    """

    export_id: str
    volume_id: str
    port: int
    client: str
    read_only: bool = False
    shared: bool = False


class Exports:
    """directory: of the daemons.  tls: this host's certificate.  address: where they listen."""

    def __init__(
        self, directory: pathlib.Path, driver: Served, *, tls: pathlib.Path, address: str
    ) -> None:
        self._directory = directory
        self._driver = driver
        self._tls = tls
        self._address = address
        self._lock = threading.RLock()
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def able(self) -> bool:
        """Whether this host has what it takes to serve."""
        found = shutil.which(showing.PROGRAM) is not None
        return found and certificates.complete(self._tls)

    def serve(self, export: Export) -> None:
        """Let a host use a volume; one that it can use already stays.

        What used the volume before, and does not share it, uses it no longer.
        Raises VolumeMissing, PoolFault.
        """
        with self._lock:
            for other in self.of(export.volume_id):
                if other != export and not (other.shared and export.shared):
                    self.stop(other.export_id)
            home = self._home(export.export_id)
            home.mkdir(mode=0o700, exist_ok=True)
            _keep(home / "export.json", json.dumps(dataclasses.asdict(export)))
            self._start(export)

    def stop(self, export_id: str) -> None:
        """Let nobody use a volume by this export; a missing one is a success."""
        with self._lock:
            showing.end(self._home(export_id))

    def leave(self, volume_id: str) -> None:
        """Let no other host use a volume."""
        with self._lock:
            for export in self.of(volume_id):
                self.stop(export.export_id)

    @contextlib.contextmanager
    def paused(self, volume_id: str) -> Iterator[None]:
        """Let those who use a volume wait while the block lasts: they connect again by themselves.

        All that they were told is written is in the volume then.
        """
        with self._lock:
            held = self.of(volume_id)
            for export in held:
                showing.halt(self._home(export.export_id))
            try:
                yield
            finally:
                for export in held:
                    self._start(export)

    def mend(self) -> None:
        """Start again what should run and does not."""
        with self._lock:
            for export in self.all():
                try:
                    self._start(export)
                except VolumeMissing:
                    LOG.warning("volume %s is gone, and served no longer", export.volume_id)
                    self.stop(export.export_id)
                except errors.CloudError as error:
                    LOG.error("volume %s is not served: %s", export.volume_id, error)

    def all(self) -> list[Export]:
        """Return what is served."""
        found = []
        for home in sorted(self._directory.iterdir()):
            with contextlib.suppress(OSError, ValueError, TypeError):
                found.append(Export(**json.loads((home / "export.json").read_text())))
        return found

    def of(self, volume_id: str) -> list[Export]:
        """Return the exports of a volume."""
        return [export for export in self.all() if export.volume_id == volume_id]

    def _start(self, export: Export) -> None:
        home = self._home(export.export_id)
        if showing.daemon(home) is not None:
            return
        try:
            with self._listening(export.port) as listener:
                process.run(
                    self._command(export, listener.fileno()),
                    timeout_s=_TIMEOUT_S,
                    pass_fds=[listener.fileno()],
                )
        except (errors.CloudError, OSError) as error:
            if isinstance(error, VolumeMissing):
                raise
            LOG.warning("%s", error)
            reason = f"Volume {export.volume_id} could not be served to {export.client}."
            raise PoolFault(reason=reason) from error

    def _listening(self, port: int) -> socket.socket:
        """Return the socket that a daemon listens on.

        It makes one itself that waits, before it sends the second half of an answer, until the
        first is acknowledged: 40 ms a time.
        """
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _bind(listener, (self._address, port))
            listener.listen()
        except OSError:
            listener.close()
            raise
        return listener

    def _command(self, export: Export, descriptor: int) -> list[str]:
        """Return the daemon's words.  descriptor: what it listens on.  Raises VolumeMissing."""
        home, opened = self._home(export.export_id), self._driver.opened(export.volume_id)
        only, also = ("on", "off") if export.read_only else ("off", "on")
        (home / "pid").unlink(missing_ok=True)
        return [
            *(showing.PROGRAM, "--daemonize", "--pidfile", str(home / "pid")),
            "--object",
            f"tls-creds-x509,id=tls,dir={escaped(self._tls)},endpoint=server,verify-peer=on",
            *("--object", f"authz-simple,id=who,identity=CN={export.client}", *opened.words),
            "--blockdev",
            f"{opened.blockdev},node-name=top,read-only={only},discard=unmap,cache.direct=on",
            "--nbd-server",
            f"addr.type=fd,addr.str={descriptor},tls-creds=tls,tls-authz=who,max-connections=0",
            "--export",
            f"type=nbd,id=disk,node-name=top,name={export.export_id},writable={also}",
        ]

    def _home(self, export_id: str) -> pathlib.Path:
        return self._directory / export_id


@contextlib.contextmanager
def paused(exports: Exports | None, volume_id: str) -> Iterator[None]:
    """Have a volume for oneself while the block lasts, on hosts that serve and on others."""
    with contextlib.nullcontext() if exports is None else exports.paused(volume_id):
        yield


def left(exports: Exports | None, volume_id: str) -> None:
    """Let no other host use a volume, which nobody uses any more, from here on."""
    if exports is not None:
        exports.leave(volume_id)


def _bind(listener: socket.socket, address: tuple[str, int]) -> None:
    """Bind a socket; the port of a daemon that was killed may take a moment to be free.

    Raises OSError.
    """
    deadline = time.monotonic() + _FREE_S
    while True:
        try:
            listener.bind(address)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise
            time.sleep(_LOOK_S)
        else:
            return


def _keep(path: pathlib.Path, text: str) -> None:
    part = path.with_suffix(".new")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    part.replace(path)
