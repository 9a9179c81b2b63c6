"""Orphans: what other services keep for a server that has no use for it any more.

Ports and claims of deleted servers, and attachments that no row of a server stands for: whatever
kept them from going at the right time.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from common import neighbours
from common.db import Database
from compute.clients import NetworkService, VolumeService
from compute.db import devices, ledger
from compute.db import servers as queries
from compute.logic import wiring

LOG = logging.getLogger(__name__)
PAGE = 500
PAGES_AT_ONCE = 10
OWNER = "compute:"


class Orphans:
    """Looks through a bounded number of ports at a time and goes on there the next time.

    Only what a deleted server's row names is cleared: a server nobody knows may have been lost
    with its database, and its guest may still run.
    """

    def __init__(self, database: Database, network: NetworkService) -> None:
        self._database = database
        self._network = network
        self._marker: str | None = None

    def run(self) -> None:
        """Release the claims of deleted servers, and look through the next ports."""
        with self._database.transaction() as session:
            dead = ledger.release_dead(session)
        if dead:
            LOG.warning("released the claims of deleted servers %s", ", ".join(dead))
        try:
            for _ in range(PAGES_AT_ONCE):
                self._look_through(self._network.ports_page(PAGE, self._marker))
                if self._marker is None:
                    return
        except neighbours.ServiceFailed as error:
            LOG.info("looking for orphaned ports begins again: %s", error)
            self._marker = None
        except neighbours.ServiceSilent as error:
            LOG.warning("orphaned ports wait for the next look: %s", error)

    def _look_through(self, ports: Sequence[Mapping[str, Any]]) -> None:
        owners = {port["device_id"] for port in ports if _bound_here(port)}
        with self._database.reading() as session:
            orphaned = sorted(queries.deleted(session, owners))
            nics = queries.nics_of(session, orphaned)
        for server_id in orphaned:
            LOG.warning("server %s is gone and still had ports", server_id)
            wiring.unwire(self._network, server_id, nics[server_id])
        self._marker = ports[-1]["id"] if len(ports) == PAGE else None


class Strays:
    """Ends attachments that compute had made and has no row of; a page of them at a time.

    A row is there before its attachment is made and goes after it has ended, so one that is listed
    and then has no row belongs to nobody.  Where no host was told of the volume, a user may have
    reserved it, and may also end that; what compute never knew the server of is left alone.
    """

    def __init__(self, database: Database, volumes: VolumeService) -> None:
        self._database = database
        self._volumes = volumes
        self._marker: str | None = None

    def run(self) -> None:
        """Look through the next attachments, from the first on after the last."""
        try:
            page = self._volumes.attachments_page(PAGE, self._marker)
            self._marker = page[-1]["id"] if len(page) == PAGE else None
            for one in self._lost([one for one in page if one.get("connection_info")]):
                LOG.warning(
                    "volume %s was attached to server %s, which does not have it",
                    one["volume_id"],
                    one["instance"],
                )
                self._volumes.detach(one["id"])
        except neighbours.ServiceFailed as error:
            LOG.info("looking for lost attachments begins again: %s", error)
            self._marker = None
        except neighbours.ServiceSilent as error:
            LOG.warning("lost attachments wait for the next look: %s", error)

    def _lost(self, page: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        owners = {one["instance"] for one in page if one["instance"]}
        with self._database.reading() as session:
            known = queries.known(session, owners)
            held = devices.held(session, known)
        return [
            one
            for one in page
            if one["instance"] in known and (one["instance"], one["volume_id"]) not in held
        ]


def _bound_here(port: Mapping[str, Any]) -> bool:
    """Say whether compute, and nobody else, gave a port its owner: users cannot write these."""
    if not port["device_id"] or not str(port["device_owner"]).startswith(OWNER):
        return False
    return wiring.made_here(port) or bool(port.get("binding:host_id"))
