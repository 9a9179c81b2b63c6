"""A store that speaks S3 on loopback, in memory: moto's, in an environment of its own."""

import contextlib
import dataclasses
import subprocess
from collections.abc import Iterator

import minio
import urllib3

from devstack.control import ROOT
from tests.support import ports
from tests.support.waiting import wait_for
from volume.drivers.s3 import Store

INSTALL = "set -e; . devstack/bootstrap.sh; shared_venv .venv-s3 requirements-s3.lock"
INSTALL_S = 280


@dataclasses.dataclass(frozen=True)
class ObjectStore:
    """store: how a bucket of it is reached."""

    store: Store

    @property
    def client(self) -> minio.Minio:
        """A client of the tests' own."""
        address = self.store.endpoint.removeprefix("http://")
        known = (self.store.access_key, self.store.secret_key)
        return minio.Minio(address, *known, secure=False, region=self.store.region)

    def names(self) -> set[str]:
        """Return the names of all objects in the bucket."""
        found = self.client.list_objects(self.store.bucket, recursive=True)
        return {str(one.object_name) for one in found}

    def content(self, name: str) -> bytes:
        """Return an object."""
        return bytes(self.client.get_object(self.store.bucket, name).read())


@contextlib.contextmanager
def running(bucket: str = "backups") -> Iterator[ObjectStore]:
    """Run a store with one bucket while the block lasts."""
    subprocess.run(["bash", "-c", INSTALL], cwd=ROOT, check=True, timeout=INSTALL_S)
    [port] = ports.free(1)
    program = str((ROOT / ".venv-s3").resolve() / "bin/moto_server")
    command = [program, "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        store = Store(f"http://127.0.0.1:{port}", bucket, "us-east-1", "reader", "not-for-logs")
        found = ObjectStore(store)
        wait_for(lambda: _answers(store.endpoint), timeout_s=60)
        found.client.make_bucket(bucket)
        yield found
    finally:
        server.terminate()
        server.wait(20)


def _answers(address: str) -> bool:
    with contextlib.suppress(urllib3.exceptions.HTTPError):
        return urllib3.request("GET", address, retries=False, timeout=5).status == 200
    return False
