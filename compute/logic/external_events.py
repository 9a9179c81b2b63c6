"""What other services tell about a server's parts."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from common.db import Database
from compute.db.models import Server
from compute.logic.addresses import Addresses
from compute.logic.assisting import Assisting

NEEDS_TAG = frozenset({"volume-extended", "power-update", "accelerator-request-bound"})
ABOUT_PORTS = frozenset({"network-changed", "network-vif-deleted"})


class ExternalEvents:
    """Takes events in.  What is said of ports makes compute look at the server's ports anew.

    A volume that is larger is shown so to the guest.  The other events have no consequence: a
    worker waits for no port that the switch itself reports, and there are no accelerators.
    """

    def __init__(self, database: Database, addresses: Addresses, assisting: Assisting) -> None:
        self._database = database
        self._addresses = addresses
        self._assisting = assisting

    def take(self, events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the events with what became of each: `code` 200, 400, 404 or 422."""
        ids = {event["server_uuid"] for event in events}
        query = sa.select(Server).where(Server.id.in_(ids), Server.deleted_at.is_(None))
        with self._database.reading() as session:
            known = {server.id: server for server in session.scalars(query)}
        answers = []
        for event in events:
            code = _code(event, known.get(event["server_uuid"]))
            status = "completed" if code == 200 else "failed"
            answers.append({**event, "code": code, "status": status})
        moved = [one for one in answers if one["code"] == 200 and one["name"] in ABOUT_PORTS]
        for server_id in {one["server_uuid"] for one in moved}:
            self._addresses.look_again(server_id)
        for one in answers:
            if one["code"] == 200 and one["name"] == "volume-extended":
                self._assisting.extended(one["server_uuid"], one["tag"])
        return answers


def _code(event: Mapping[str, Any], server: Server | None) -> int:
    if server is None:
        return 404
    if event["name"] in NEEDS_TAG and "tag" not in event:
        return 400
    return 200 if server.host else 422
