"""The hashes of data that passes: md5 and sha512, each on a core of its own."""

import concurrent.futures
import hashlib
import types
from typing import Any, Self

ALGORITHM = "sha512"


class Digests:
    """A context; after it, `facts` has what the image's row says about its data.

    md5 runs beside the caller, who goes on to receive and write meanwhile.
    """

    def __init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha512 = hashlib.sha512()
        self._beside = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="md5")
        self._pending: concurrent.futures.Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self._beside.shutdown(cancel_futures=kind is not None)

    def update(self, chunk: bytes) -> None:
        """Take the next chunk in."""
        if self._pending is not None:
            self._pending.result()
        self._pending = self._beside.submit(self._md5.update, chunk)
        self._sha512.update(chunk)

    def facts(self) -> dict[str, Any]:
        """Return checksum, os_hash_algo and os_hash_value, once the context has ended."""
        return {
            "checksum": self._md5.hexdigest(),
            "os_hash_algo": ALGORITHM,
            "os_hash_value": self._sha512.hexdigest(),
        }
