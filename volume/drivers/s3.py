"""The data of backups as objects of one bucket, in any store that speaks S3.

`<data id>/data-<number>` are pieces of a stream, all of one size but the last; the manifest comes
when they are there, so what has none is not whole.
"""

import contextlib
import dataclasses
import io
import logging
import urllib.parse
from collections.abc import Callable, Iterator

import minio
import urllib3
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error

from volume.drivers.base import PoolFault
from volume.drivers.places import BackupDamaged, Place, Read

LOG = logging.getLogger(__name__)
PIECE = 32 << 20
CONNECT_S, READ_S = 5.0, 120.0
MISSING = frozenset({"NoSuchKey", "NoSuchBucket"})


@dataclasses.dataclass(frozen=True)
class Store:
    """One bucket.  endpoint: `https://objects.example.org`.  ca: a file of certificates, or empty.

    access_key, secret_key: shown to nobody.
    """

    endpoint: str
    bucket: str
    region: str
    access_key: str = dataclasses.field(repr=False)
    secret_key: str = dataclasses.field(repr=False)
    ca: str = ""


class Bucket(Place):
    """piece: bytes of an object, as it is written; one of another size is read as well."""

    def __init__(self, store: Store, *, piece: int = PIECE) -> None:
        address = urllib.parse.urlsplit(store.endpoint)
        if address.scheme not in ("http", "https") or not address.netloc or not store.bucket:
            raise PoolFault(
                reason="Backups go to an object store that is not named: backup_s3_endpoint is "
                f"{store.endpoint!r} and backup_s3_bucket {store.bucket!r}."
            )
        timeout = urllib3.Timeout(connect=CONNECT_S, read=READ_S)
        again = urllib3.Retry(total=3, backoff_factor=0.5, status_forcelist=[500, 502, 503, 504])
        self._name, self._piece = store.bucket, piece
        self._client = minio.Minio(
            address.netloc,
            access_key=store.access_key,
            secret_key=store.secret_key,
            secure=address.scheme == "https",
            region=store.region,
            http_client=urllib3.PoolManager(
                timeout=timeout, retries=again, ca_certs=store.ca or None
            ),
        )

    def clean(self) -> None:
        """What is half written goes when its order is sent again, or its backup is deleted."""
        try:
            with _faults():
                there = self._client.bucket_exists(self._name)
        except PoolFault as error:
            LOG.warning("backups cannot be made or brought back now: %s", error)
        else:
            if not there:
                LOG.warning("backups cannot be made: there is no bucket %s", self._name)

    def has(self, data_id: str) -> bool:
        try:
            self.manifest(data_id)
        except BackupDamaged:
            return False
        return True

    def keep(self, data_id: str, stream: Iterator[bytes], manifest: Callable[[], bytes]) -> None:
        self.delete(data_id)
        waiting, number = bytearray(), 0
        for part in stream:
            waiting += part
            while len(waiting) >= self._piece:
                self._put(_piece_of(data_id, number), bytes(waiting[: self._piece]))
                del waiting[: self._piece]
                number += 1
        self._put(_piece_of(data_id, number), bytes(waiting))
        self._put(f"{data_id}/manifest.json", manifest())

    def _put(self, name: str, content: bytes) -> None:
        at_once = max(len(content), 5 << 20)
        with _faults():
            self._client.put_object(
                self._name, name, io.BytesIO(content), len(content), part_size=at_once
            )

    def manifest(self, data_id: str) -> bytes:
        return self._get(data_id, f"{data_id}/manifest.json", "it has no manifest")

    @contextlib.contextmanager
    def reading(self, data_id: str) -> Iterator[Read]:
        sizes = self._sizes(data_id)
        if not sizes:
            raise BackupDamaged(data_id=data_id, reason="its data are missing")
        held: dict[int, bytes] = {}

        def piece(number: int) -> bytes:
            if number not in held:
                held.clear()
                name = _piece_of(data_id, number)
                held[number] = self._get(data_id, name, f"piece {number} is missing")
            return held[number]

        def read(offset: int, length: int) -> bytes:
            found, size = b"", sizes[0] or 1
            while length > 0 and offset // size < len(sizes):
                begin = offset % size
                part = piece(offset // size)[begin : begin + length]
                if not part:
                    break
                found, offset, length = found + part, offset + len(part), length - len(part)
            return found

        yield read

    def _sizes(self, data_id: str) -> list[int]:
        """Return the sizes of a stream's pieces, in their order."""
        with _faults():
            found = self._client.list_objects(self._name, f"{data_id}/data-", recursive=True)
            by_name = {str(one.object_name): int(one.size or 0) for one in found}
        return [by_name[name] for name in sorted(by_name)]

    def _get(self, data_id: str, name: str, missing: str) -> bytes:
        try:
            answer = self._client.get_object(self._name, name)
            try:
                content: bytes = answer.read()
            finally:
                answer.close()
                answer.release_conn()
        except S3Error as error:
            if error.code in MISSING:
                raise BackupDamaged(data_id=data_id, reason=missing) from error
            raise _fault(error) from error
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise _fault(error) from error
        return content

    def delete(self, data_id: str) -> None:
        """The manifest goes first: what is left without one is not whole."""
        with _faults():
            self._client.remove_object(self._name, f"{data_id}/manifest.json")
            found = self._client.list_objects(self._name, f"{data_id}/", recursive=True)
            gone = (DeleteObject(str(one.object_name)) for one in found)
            for failed in self._client.remove_objects(self._name, gone):
                raise PoolFault(reason=f"The object store keeps {failed.name}: {failed.message}")


def _piece_of(data_id: str, number: int) -> str:
    return f"{data_id}/data-{number:08}"


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except (MinioException, urllib3.exceptions.HTTPError) as error:
        raise _fault(error) from error


def _fault(error: Exception) -> PoolFault:
    """Return what the user is told; credentials stand in no error of the client."""
    said = f"{error.code}: {error.message}" if isinstance(error, S3Error) else type(error).__name__
    return PoolFault(reason=f"The object store of the backups does not do it: {said}")
