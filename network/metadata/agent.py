"""Which networks are answered on this host: those that have a guest here."""

import contextlib
import logging
import queue
import socket

from common import errors
from common.namespaces import inside
from network.drivers.ovn.connection import Database
from network.metadata.directory import KEYS, Directory, Port
from network.metadata.places import ADDRESS, SWITCH_KEYS, Places
from network.metadata.proxy import Proxy, Upstream

LOG = logging.getLogger(__name__)

RETRY_S = 1.0


class MetadataAgent:
    """The metadata proxy of one host.

    remote: the ovsdb-server of this host's switch, such as unix:/var/lib/cumulet/ovn/db.sock.
    southbound: where OVN's southbound database is; the same server by default.
    tag: the cloud's network namespace; ours are named after it.
    upstream_url: compute's metadata service, such as http://127.0.0.1:8775.
    secret: what the instance's id is signed with.
    """

    def __init__(
        self,
        remote: str,
        tag: str,
        upstream_url: str,
        secret: str,
        *,
        southbound: str | None = None,
    ) -> None:
        self._touched: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._stopping = False
        self._served: dict[str, Port] = {}
        self._directory = Directory(lambda: self._touched.put(None))
        self._switch = Database(remote, "Open_vSwitch", SWITCH_KEYS)
        self._south = Database(
            southbound or remote, "OVN_Southbound", KEYS, listener=self._directory
        )
        self._places = Places(self._switch, tag)
        self._proxy = Proxy(Upstream(upstream_url, secret, self._directory.guest))

    def run(self) -> None:
        """Follow the ports until `stop`; namespaces stay, for guests go on without us."""
        retry: float | None = None
        while not self._stopping:
            self._wait(retry)
            if not self._stopping:
                retry = None if self._settle() else RETRY_S
        self._proxy.stop()
        self._south.close()
        self._switch.close()

    def stop(self) -> None:
        """Make `run` return soon; may be called from a signal handler."""
        self._stopping = True
        self._touched.put(None)

    def _wait(self, timeout_s: float | None) -> None:
        """Return when something was touched, any number of times, or after the timeout."""
        with contextlib.suppress(queue.Empty):
            self._touched.get(timeout=timeout_s)
            while True:
                self._touched.get_nowait()

    def _settle(self) -> bool:
        """Make what is answered match the ports; returns whether all of it worked."""
        try:
            wanted = self._directory.wanted(self._places.chassis())
        except errors.CloudError as error:
            LOG.warning("the switch cannot be asked: %s", error)
            return False
        if wanted is None:
            return True
        fine = True
        for network_id, port in wanted.items():
            if self._served.get(network_id) != port:
                fine &= self._serve(port)
        names = {self._places.name(network_id) for network_id in wanted}
        for network_id in self._proxy.doors() - wanted.keys():
            self._proxy.shut(network_id)
            self._served.pop(network_id, None)
        for name in self._places.there() - names:
            fine &= self._leave(name)
        return fine

    def _serve(self, port: Port) -> bool:
        name = self._places.name(port.network_id)
        try:
            self._places.ensure(port)
            if port.network_id not in self._proxy.doors():
                self._proxy.open(port.network_id, inside(name, _listener))
        except (errors.CloudError, OSError) as error:
            LOG.warning("metadata of network %s not yet: %s", port.network_id, error)
            return False
        self._served[port.network_id] = port
        LOG.info("network %s is answered in %s", port.network_id, name)
        return True

    def _leave(self, name: str) -> bool:
        try:
            self._places.remove(name)
        except (errors.CloudError, OSError) as error:
            LOG.warning("%s is not removed yet: %s", name, error)
            return False
        LOG.info("%s is removed, its last guest left", name)
        return True


def _listener() -> socket.socket:
    return socket.create_server((ADDRESS, 80), backlog=64)
