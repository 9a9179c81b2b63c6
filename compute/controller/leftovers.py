"""Images that an ended verb leaves behind: those that never got their bytes, and old backups."""

import logging

from compute import states
from compute.clients import ImageService
from compute.db.models import Server

LOG = logging.getLogger(__name__)


def after(images: ImageService, server: Server, fault: str) -> None:
    """Remove what the verb under way leaves at the image service as it ends.

    Raises ServiceFailed, ServiceSilent: the verb then ends later.
    """
    shelved = (server.shelved or {}).get("image_id")
    if server.verb in states.UNSHELVES and not fault and shelved:
        images.delete(shelved)
    if server.verb not in states.IMAGING:
        return
    if fault:
        drop_unfinished(images, server.order.get("image_id"))
    elif server.verb == states.BACKUP.name:
        rotate(images, server)


def drop_unfinished(images: ImageService, image_id: str | None) -> None:
    """Remove an image unless it is whole.  Raises ServiceFailed, ServiceSilent."""
    if image_id and images.status(image_id) in ("queued", "saving"):
        images.delete(image_id)
        LOG.info("image %s never got its bytes and is removed", image_id)


def rotate(images: ImageService, server: Server) -> None:
    """Remove the oldest backups of a kind, beyond as many as were to be kept."""
    kind, kept = server.order["backup_type"], server.order["rotation"]
    found = images.of_server(server.id, image_type="backup", backup_type=kind, status="active")
    for image in found[kept:]:
        images.delete(image["id"])
        LOG.info("backup %s of server %s is removed for newer ones", image["id"], server.id)
