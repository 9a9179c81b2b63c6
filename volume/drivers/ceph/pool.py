"""One pool of a Ceph cluster: the way to it, and what is noted in it.

The library's own errors leave here as PoolFault.
"""

import contextlib
import dataclasses
import json
import logging
import pathlib
import threading
from collections.abc import Iterator
from typing import Any

from volume.drivers.base import PoolFault
from volume.drivers.ceph import library

LOG = logging.getLogger(__name__)
NOTES = "cumulet_notes"
"""The object that has the notes."""
_PAGE = 1000


@dataclasses.dataclass(frozen=True)
class Where:
    """How a pool is reached.  conf: Ceph's own file, which says where keys are.

    secret: the id under which libvirt has the key, on the guests' hosts; empty: none.
    timeout_s: how long connecting may take.  Once connected, what is asked of a cluster that does
    not answer waits: time limits on single requests make this library crash.
    """

    pool: str
    user: str
    conf: pathlib.Path
    secret: str = ""
    timeout_s: float = 30.0


class Pool:
    """A connection that is made at the first use, and again after Ceph has shut us out."""

    def __init__(self, where: Where) -> None:
        self.where = where
        self.rados: Any = library.load("rados")
        self.rbd: Any = library.load("rbd")
        self._lock = threading.Lock()
        self._cluster: Any = None
        self._io: Any = None

    @contextlib.contextmanager
    def asking(self) -> Iterator[Any]:
        """Yield the pool, as the library takes it.  Raises PoolFault."""
        try:
            yield self._connected()
        except (self.rbd.Error, self.rados.Error) as error:
            if isinstance(error, self.rbd.ConnectionShutdown | self.rados.ConnectionShutdown):
                self.close()
            LOG.warning("pool %s: %s", self.where.pool, error)
            raise PoolFault(reason=f"Ceph could not do it: {error}") from error

    def _connected(self) -> Any:
        with self._lock:
            if self._io is None:
                self._connect()
            return self._io

    def _connect(self) -> None:
        """Connect.  Raises PoolFault that names what is missing."""
        where = self.where
        seconds = str(int(where.timeout_s))
        options = {"client_mount_timeout": seconds, "rbd_default_clone_format": "2"}
        try:
            cluster = self.rados.Rados(rados_id=where.user, conffile=str(where.conf), conf=options)
        except self.rados.Error as error:
            raise PoolFault(reason=f"Ceph's file {where.conf} cannot be used: {error}") from error
        try:
            cluster.connect(timeout=where.timeout_s)
        except self.rados.Error as error:
            cluster.shutdown()
            raise PoolFault(
                reason=f"client.{where.user} cannot connect to Ceph by what {where.conf} says: "
                f"{error}"
            ) from error
        try:
            self._io = cluster.open_ioctx(where.pool)
        except self.rados.Error as error:
            cluster.shutdown()
            raise PoolFault(reason=f"Ceph has no pool {where.pool}: {error}") from error
        self._cluster = cluster

    def close(self) -> None:
        """Let go of the cluster; the next use connects again."""
        with self._lock:
            if self._io is not None:
                self._io.close()
                self._cluster.shutdown()
            self._io = self._cluster = None

    def check(self) -> None:
        """Return when the pool can be used.  Raises PoolFault."""
        with self.asking() as io:
            self.rbd.RBD().list(io)

    def monitors(self) -> list[dict[str, Any]]:
        """Return the monitors, as `ceph mon dump` tells them.  Raises PoolFault."""
        found: list[dict[str, Any]] = self.told("mon dump")["mons"]
        return found

    def told(self, prefix: str) -> dict[str, Any]:
        """Return what the monitors answer to a command.  Raises PoolFault."""
        command = json.dumps({"prefix": prefix, "format": "json"})
        with self.asking():
            status, answer, said = self._cluster.mon_command(command, b"")
        if status:
            raise PoolFault(reason=f"Ceph does not answer to `ceph {prefix}`: {said}")
        found: dict[str, Any] = json.loads(answer)
        return found

    def setting(self, name: str) -> str:
        """Return an option of Ceph's as it stands for us."""
        with self.asking():
            return str(self._cluster.conf_get(name) or "")

    def note(self, key: str, value: str) -> None:
        """Write a note, which is not empty, down in the pool.  Raises PoolFault."""
        with self.asking() as io, self.rados.WriteOpCtx() as operation:
            io.set_omap(operation, (key,), (value.encode(),))
            io.operate_write_op(operation, NOTES)

    def forget(self, key: str) -> None:
        """Remove a note; a missing one is a success.  Raises PoolFault."""
        with self.asking() as io, self.rados.WriteOpCtx() as operation:
            io.remove_omap_keys(operation, (key,))
            io.operate_write_op(operation, NOTES)

    def noted(self, prefix: str) -> dict[str, str]:
        """Return the notes whose keys begin so, without that.  Raises PoolFault."""
        found: dict[str, str] = {}
        after = ""
        while True:
            with self.asking() as io, self.rados.ReadOpCtx() as operation:
                rows, _ = io.get_omap_vals(operation, after, prefix, _PAGE)
                try:
                    io.operate_read_op(operation, NOTES)
                except self.rados.ObjectNotFound:
                    return found
                page = [(str(key), bytes(value).decode()) for key, value in rows]
            found |= {key.removeprefix(prefix): value for key, value in page}
            if len(page) < _PAGE:
                return found
            after = page[-1][0]

    def note_of(self, key: str) -> str | None:
        """Return a note, or None.  Raises PoolFault."""
        with self.asking() as io, self.rados.ReadOpCtx() as operation:
            rows, _ = io.get_omap_vals_by_keys(operation, (key,))
            try:
                io.operate_read_op(operation, NOTES)
            except self.rados.ObjectNotFound:
                return None
            return next((bytes(value).decode() for _, value in rows), None)
