"""How attachments are shown.  Source: Block Storage API v3, "Attachments"."""

from typing import Any

from volume.db.models import Attachment
from volume.views.common import moment


def brief(attachment: Attachment) -> dict[str, Any]:
    """Return what a list without details says of an attachment."""
    return {
        "id": attachment.id,
        "status": attachment.status,
        "instance": attachment.server_id,
        "volume_id": attachment.volume_id,
    }


def full(attachment: Attachment, *, connection: bool) -> dict[str, Any]:
    """Return all that is said of an attachment.  connection: also how the volume is reached."""
    return brief(attachment) | {
        "attached_at": moment(attachment.attached_at),
        "detached_at": moment(attachment.detached_at),
        "attach_mode": attachment.mode,
        "connection_info": attachment.connection if connection else {},
    }
