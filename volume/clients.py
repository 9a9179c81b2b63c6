"""HTTP calls to the image and the compute service."""

from typing import Any

from common import errors as roots
from common import neighbours
from common.neighbours import Images, Service


class ImageService(Images):
    """Images: facts for the API, bytes for the worker."""


class Refused(roots.BadRequest):
    """Compute says no, for a reason that the user can do something about."""

    message = "{reason}"


class Busy(roots.Conflict):
    """Compute says that the server is at something else, or off."""

    message = "{reason}"


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

    def swap(self, server_id: str, old_id: str, new_id: str) -> None:
        """Have a guest use another volume in place of one, with its content.

        Raises Refused, Busy, ServiceFailed, ServiceSilent.
        """
        body = {"volumeAttachment": {"volumeId": new_id}}
        path = f"/servers/{server_id}/os-volume_attachments/{old_id}"
        answer = self.call("PUT", path, json=body)
        if answer.status_code == 409:
            raise Busy(reason=neighbours.reason_of(answer))
        if answer.status_code in (400, 403, 404):
            raise Refused(reason=neighbours.reason_of(answer))
        if answer.status_code >= 400:
            raise self.refused(answer)

    def _ask(self, path: str, version: str, body: dict[str, Any]) -> None:
        headers = {"OpenStack-API-Version": f"compute {version}"}
        self.json("POST", path, json=body, headers=headers)
