"""Another host that holds volumes: a network namespace of its own, a pool, and a certificate."""

import contextlib
import ctypes
import os
import pathlib
import threading
import uuid
from collections.abc import Callable, Iterator

from common import certificates, process
from common.nbd import Remote
from volume.drivers.base import Spec
from volume.drivers.exports import Export, Exports
from volume.drivers.file import FileDriver
from volume.drivers.keys import Keys

NAME, CLIENT = "holder", "user"
PORT = 10900
_CLONE_NEWNET = 0x40000000


class Holder:
    """directory: of all it keeps.  namespace: its network.  address: there.

    tls: the certificate of who uses its volumes.
    """

    def __init__(self, directory: pathlib.Path, namespace: str, address: str) -> None:
        self.directory = directory
        self.namespace = namespace
        self.address = address
        self.tls = directory / "host-tls"
        certificates.prepare(directory / "holder-tls", NAME)
        certificates.issue(directory / "holder-tls", self.tls, CLIENT)
        keys = Keys(directory / "holder-keys")
        self.driver = FileDriver(directory / "pool", keys, timeout_s=60)
        self.exports = Exports(
            directory / "exports",
            self.driver,
            tls=directory / "holder-tls",
            address=address,
        )

    def volume(self) -> str:
        """Return the id of a new volume of 1 GiB."""
        volume_id = str(uuid.uuid4())
        self.driver.create(volume_id, 1, Spec())
        return volume_id

    def serve(self, volume_id: str, client: str = CLIENT) -> Remote:
        """Let a host use a volume, and return where."""
        export = Export(str(uuid.uuid4()), volume_id, PORT, client)
        self.inside(lambda: self.exports.serve(export))
        return Remote(self.address, PORT, export.export_id, NAME)

    def inside(self, action: Callable[[], None]) -> None:
        """Do something on that host: what it starts has its network."""
        failed: list[BaseException] = []

        def run() -> None:
            try:
                _enter(self.namespace)
                action()
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if failed:
            raise failed[0]

    def stop(self) -> None:
        """Serve nothing any more."""
        for export in self.exports.all():
            self.exports.stop(export.export_id)


def _enter(namespace: str) -> None:
    """Let this thread, and what it starts, be in a network namespace."""
    file = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(file, _CLONE_NEWNET):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(file)


@contextlib.contextmanager
def running(directory: pathlib.Path) -> Iterator[Holder]:
    """Have such a host, one link away, while the block lasts."""
    tail = uuid.uuid4().hex[:6]
    namespace, near, far = f"cuh{tail}", f"cuh{tail}a", f"cuh{tail}b"
    subnet = f"198.18.{int(tail[:2], 16)}"
    steps = [
        ["ip", "netns", "add", namespace],
        ["ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", namespace],
        ["ip", "address", "add", f"{subnet}.1/24", "dev", near],
        ["ip", "link", "set", near, "up"],
        ["ip", "-n", namespace, "address", "add", f"{subnet}.2/24", "dev", far],
        ["ip", "-n", namespace, "link", "set", far, "up"],
    ]
    with contextlib.ExitStack() as undo:
        undo.callback(_end, namespace, near)
        for step in steps:
            process.run(step, timeout_s=10)
        holder = Holder(directory, namespace, f"{subnet}.2")
        undo.callback(holder.stop)
        yield holder


def _end(namespace: str, near: str) -> None:
    process.run(["ip", "link", "delete", near], timeout_s=10, check=False)
    process.run(["ip", "netns", "delete", namespace], timeout_s=10, check=False)
