"""HTTP calls to the image and the compute service."""

from typing import Any

from common.context import RequestContext
from common.neighbours import Images, Service


class ImageService(Images):
    """Images: facts for the API, bytes for the worker."""


class ComputeService(Service):
    """What compute does for a volume that a guest uses."""

    name = "compute"

    def extended(self, server_id: str, volume_id: str) -> None:
        """Tell that a volume has another size now.  Raises ServiceFailed, ServiceSilent."""
        event = {"name": "volume-extended", "server_uuid": server_id, "tag": volume_id}
        self._ask("/os-server-external-events", "2.51", {"events": [event]})

    def reimaged(self, server_id: str, volume_id: str) -> None:
        """Tell that a volume has another image's content now."""
        event = {"name": "volume-reimaged", "server_uuid": server_id, "tag": volume_id}
        self._ask("/os-server-external-events", "2.93", {"events": [event]})

    def snapshot(self, volume_id: str, snapshot_id: str, new_file: str) -> None:
        """Have the guest that uses a volume go on in another file.

        Raises ServiceFailed, ServiceSilent.
        """
        facts = {"snapshot_id": snapshot_id, "type": "qcow2", "new_file": new_file}
        wanted = {"volume_id": volume_id, "create_info": facts}
        self._ask("/os-assisted-volume-snapshots", "2.1", {"snapshot": wanted})

    def swap(self, ctx: RequestContext, server_id: str, old_id: str, new_id: str) -> None:
        """Have a guest use another volume in place of one, with its content.

        Raises ServiceFailed, ServiceSilent.
        """
        wanted = {"volumeAttachment": {"volumeId": new_id}}
        self.json(
            "PUT",
            f"/servers/{server_id}/os-volume_attachments/{old_id}",
            ctx=ctx,
            json=wanted,
        )

    def _ask(self, path: str, version: str, body: dict[str, Any]) -> None:
        headers = {"OpenStack-API-Version": f"compute {version}"}
        self.json("POST", path, json=body, headers=headers)
