"""Volumes that are used on another host than the one that holds them.

Which are served, to whom and on which port stands in rows; what a host serves is compared with them
whenever it reports.  A row of an attachment goes with it.
"""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import orm

from common.clock import Clock
from common.context import RequestContext
from common.messages import Message
from common.rpc import Bus
from volume import errors
from volume.db import exports as queries
from volume.db import services
from volume.db.models import Attachment, Export, Volume
from volume.rpc import contract

HOST_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What a certificate calls a host."""


def reach(
    session: orm.Session,
    volume: Volume,
    attachment: Attachment,
    found: dict[str, Any],
    clock: Clock,
) -> dict[str, Any]:
    """Return how a host reaches a volume: as said, or over the network when another holds it.

    found: as the host itself is told.  driver_volume_type `nbd`: address, port and name of the
    export; tls_hostname is who answers.  What is encrypted is decrypted by the host that holds it.
    Raises InvalidVolume.
    """
    client = attachment.host or ""
    known = queries.of_attachment(session, attachment.id)
    if known is not None and (known.host, known.client) != (volume.host, client):
        session.delete(known)
        session.flush()
        known = None
    if client in ("", volume.host) or found["driver_volume_type"] != "file":
        return found
    if known is None:
        known = queries.new(
            str(uuid.uuid4()),
            volume,
            client,
            clock(),
            attachment=attachment,
            read_only=attachment.mode == "ro",
        )
        place(session, volume, known)
    way = {
        "driver_volume_type": "nbd",
        "format": "raw",
        "encrypted": False,
        **address(session, known),
    }
    return {k: v for k, v in found.items() if k not in ("device_path", "key_path")} | way


def place(session: orm.Session, volume: Volume, export: Export) -> None:
    """Write down that a volume is served, on a port that is free.

    Raises InvalidVolume where its host cannot serve it, or not to that host.
    """
    worker = services.worker(session, str(volume.host))
    figures = worker.figures if worker else {}
    if not figures.get("export_address"):
        raise errors.InvalidVolume(
            reason=f"Volume {volume.id} is kept on host {volume.host}, which serves no volumes to "
            f"others; a server on that host can use it."
        )
    if not HOST_NAME.fullmatch(export.client):
        raise errors.InvalidVolume(reason=f"{export.client[:80]!r} is no name of a host.")
    queries.add(session, export, int(figures["export_port"]), int(figures["export_ports"]))


def address(session: orm.Session, export: Export) -> dict[str, Any]:
    """Return what a client needs to find an export."""
    worker = services.worker(session, export.host)
    return {
        "address": str(worker.figures.get("export_address", "")) if worker else "",
        "port": export.port,
        "name": export.id,
        "tls_hostname": export.host,
    }


def order(export: Export, *, shared: bool) -> tuple[Message, str]:
    """Return the order to serve a volume, and the host it goes to."""
    message = contract.ServeVolume(
        export_id=export.id,
        volume_id=export.volume_id,
        port=export.port,
        client=export.client,
        read_only=export.read_only,
        shared=shared,
    )
    return message, export.host


def begin(bus: Bus, ctx: RequestContext, export: Export | None, *, shared: bool) -> None:
    """Have a volume served; an order that is lost is sent again when the host reports."""
    if export is not None:
        message, host = order(export, shared=shared)
        bus.cast(ctx, message, host=host)


def end(bus: Bus, ctx: RequestContext, gone: Iterable[Export | None]) -> None:
    """Have volumes served no longer whose rows are gone."""
    for export in gone:
        if export is not None:
            bus.cast(ctx, contract.StopServing(export_id=export.id), host=export.host)


def differences(
    session: orm.Session, host: str, served: Iterable[str]
) -> list[tuple[Message, str]]:
    """Return the orders after which a host serves what it is to serve."""
    rows = {export.id: (export, shared) for export, shared in queries.on(session, host)}
    held = set(served)
    found = [order(export, shared=shared) for export, shared in rows.values()]
    missing = [one for one, export_id in zip(found, rows, strict=True) if export_id not in held]
    more = sorted(held - set(rows))
    return [*missing, *((contract.StopServing(export_id=one), host) for one in more)]
