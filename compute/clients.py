"""HTTP calls to the image, the network and the volume service."""

from collections.abc import Iterable, Sequence
from typing import Any

from keystoneauth1 import exceptions as ks_exceptions

from common import errors as roots
from common import neighbours
from common.context import RequestContext
from common.neighbours import Images, Service

METADATA = "169.254.169.254/32"


class ImageService(Images):
    """Images: facts for the API, bytes for the worker."""

    def address(self) -> str:
        """Return the service's own address, as the catalog has it.  Raises ServiceSilent."""
        try:
            return str(self._adapter.get_endpoint() or "")
        except ks_exceptions.ClientException as error:
            raise neighbours.ServiceSilent(service=self.name) from error

    def patch(self, ctx: RequestContext, image_id: str, changes: list[dict[str, Any]]) -> None:
        """Change an image's properties with the caller's token.

        changes: JSON patch operations.  Raises NotFound, Forbidden, BadRequest.
        """
        media = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
        self.pass_on(ctx, "PATCH", f"/images/{image_id}", json=changes, headers=media)

    def url(self, image_id: str) -> str:
        """Return the address of an image, as clients know it."""
        return f"{self._adapter.get_endpoint()}/v2/images/{image_id}"

    def complete_empty(self, image_id: str) -> None:
        """Make an image whole that has no bytes.  Raises ServiceFailed, ServiceSilent."""
        media = {"Content-Type": "application/octet-stream"}
        answer = self.call("PUT", f"/images/{image_id}/file", data=b"", headers=media)
        if answer.status_code >= 400 and self.status(image_id) != "active":
            raise self.refused(answer)

    def of_server(self, server_id: str, **properties: str) -> list[dict[str, Any]]:
        """Return the images made of a server that have these properties, the newest first."""
        params = {"instance_uuid": server_id, "sort": "created_at:desc", "limit": "200"}
        found: list[dict[str, Any]] = self.json(
            "GET", "/images", params=list({**params, **properties}.items())
        )["images"]
        return found


class NetworkService(Service):
    """Networks and ports."""

    name = "network"
    prefix = "/v2.0"

    def networks(
        self, ctx: RequestContext, ids: Sequence[str] | None = None
    ) -> list[dict[str, Any]]:
        """Return the networks with these ids, or all that the caller sees."""
        params = [("id", one) for one in ids] if ids is not None else None
        found: list[dict[str, Any]] = self.json("GET", "/networks", ctx=ctx, params=params)[
            "networks"
        ]
        return found

    def port(self, ctx: RequestContext, port_id: str) -> dict[str, Any] | None:
        """Return a port the caller sees, or None."""
        answer = self.call("GET", f"/ports/{port_id}", ctx=ctx)
        if answer.status_code == 404:
            return None
        if answer.status_code >= 400:
            raise self.refused(answer)
        found: dict[str, Any] = answer.json()["port"]
        return found

    def security_groups(
        self, ctx: RequestContext, project_id: str | None = None, ids: Iterable[str] = ()
    ) -> list[dict[str, Any]]:
        """Return the security groups of a project, or those with the ids, with the user's token."""
        params = [("id", one) for one in ids]
        if project_id:
            params.append(("project_id", project_id))
        found: list[dict[str, Any]] = self.json("GET", "/security-groups", ctx=ctx, params=params)[
            "security_groups"
        ]
        return found

    def ports_of(self, server_id: str) -> list[dict[str, Any]]:
        """Return every port that carries the server's id."""
        found: list[dict[str, Any]] = self.json("GET", "/ports", params=[("device_id", server_id)])[
            "ports"
        ]
        return found

    def ports_page(self, limit: int, marker: str | None) -> list[dict[str, Any]]:
        """Return the next ports after a marker, whoever owns them, with what says whose they are.

        Raises ServiceFailed, also when the marker's port is gone, and ServiceSilent.
        """
        words = ("id", "device_id", "device_owner", "binding:host_id", "binding:profile")
        params = [("fields", word) for word in words] + [("sort_key", "id"), ("limit", str(limit))]
        if marker:
            params.append(("marker", marker))
        found: list[dict[str, Any]] = self.json("GET", "/ports", params=params)["ports"]
        return found

    def create_ports(self, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Make all of the ports or none, in one call; return them in order."""
        made: list[dict[str, Any]] = self.json("POST", "/ports", json={"ports": wanted})["ports"]
        return made

    def update_port(self, port_id: str, **values: Any) -> dict[str, Any]:
        """Change a port and return it."""
        changed: dict[str, Any] = self.json("PUT", f"/ports/{port_id}", json={"port": values})[
            "port"
        ]
        return changed

    def release_port(self, port_id: str) -> None:
        """Take the server out of a port that stays; a missing port is a success."""
        values = {"device_id": "", "device_owner": "", "binding:host_id": ""}
        answer = self.call("PUT", f"/ports/{port_id}", json={"port": values})
        if answer.status_code >= 400 and answer.status_code != 404:
            raise self.refused(answer)

    def delete_port(self, port_id: str) -> None:
        """Remove a port; a missing one is a success."""
        answer = self.call("DELETE", f"/ports/{port_id}")
        if answer.status_code >= 400 and answer.status_code != 404:
            raise self.refused(answer)

    def subnets(self, network_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return the subnets of some networks by id, with the route to the metadata address.

        A guest that gets its addresses by DHCP learns that route there; the others need it told.
        """
        params = [("network_id", one) for one in sorted(set(network_ids))]
        found = {one["id"]: one for one in self.json("GET", "/subnets", params=params)["subnets"]}
        proxies = [*params, ("device_owner", "network:distributed")]
        for port in self.json("GET", "/ports", params=proxies)["ports"]:
            for fixed in port["fixed_ips"]:
                subnet = found.get(fixed["subnet_id"])
                if subnet is not None and subnet.get("ip_version") == 4:
                    route = {"destination": METADATA, "nexthop": fixed["ip_address"]}
                    subnet["host_routes"] = [*subnet.get("host_routes", ()), route]
        return found

    def floating_ips(self, port_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Return the floating addresses by the port they lead to, in one call."""
        if not port_ids:
            return {}
        params = [("port_id", one) for one in port_ids] if len(port_ids) <= 50 else None
        found: dict[str, list[dict[str, Any]]] = {}
        for floating in self.json("GET", "/floatingips", params=params)["floatingips"]:
            if floating.get("port_id"):
                found.setdefault(floating["port_id"], []).append(floating)
        return found


class VolumeService(Service):
    """Volumes: facts for the caller, attachments on the cloud's own account."""

    name = "block-storage"

    def get(self, ctx: RequestContext, volume_id: str) -> dict[str, Any]:
        """Return a volume the caller may use.  Raises NotFound, ServiceFailed, ServiceSilent."""
        found: dict[str, Any] = self._shown(ctx, "volumes", volume_id)["volume"]
        return found

    def snapshot(self, ctx: RequestContext, snapshot_id: str) -> dict[str, Any]:
        """Return a snapshot the caller may use.  Raises NotFound, ServiceFailed."""
        found: dict[str, Any] = self._shown(ctx, "snapshots", snapshot_id)["snapshot"]
        return found

    def _shown(self, ctx: RequestContext, plural: str, one: str) -> dict[str, Any]:
        answer = self.call("GET", f"/{plural}/{one}", ctx=ctx, headers=_AT_LEAST)
        if answer.status_code in (400, 403, 404):
            raise roots.NotFound()
        if answer.status_code >= 400:
            raise self.refused(answer)
        found: dict[str, Any] = answer.json()
        return found

    def status(self, volume_id: str) -> str | None:
        """Return a volume's status; None when there is no such volume."""
        answer = self.call("GET", f"/volumes/{volume_id}")
        if answer.status_code == 404:
            return None
        if answer.status_code >= 400:
            raise self.refused(answer)
        return str(answer.json()["volume"]["status"])

    def create(self, project_id: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """Ask for a volume of a project, and return it; with an id, it is made but once.

        Raises Refused for what cannot be, ServiceFailed, ServiceSilent.
        """
        answer = self.call("POST", f"/{project_id}/volumes", json={"volume": wanted})
        if answer.status_code in (400, 403, 404, 409, 413):
            raise Refused(reason=neighbours.reason_of(answer))
        if answer.status_code >= 400:
            raise self.refused(answer)
        found: dict[str, Any] = answer.json()["volume"]
        return found

    def delete(self, volume_id: str) -> None:
        """Have a volume removed; a missing one is a success, one that others use is left alone.

        Raises ServiceFailed while it is being made: later it can be removed.
        """
        answer = self.call("DELETE", f"/volumes/{volume_id}")
        if answer.status_code < 400 or answer.status_code == 404:
            return
        if answer.status_code not in (400, 409) or self.status(volume_id) == "creating":
            raise self.refused(answer)

    def reimage(self, volume_id: str, image_id: str) -> None:
        """Have a volume get an image's content; one that is at it already is left alone.

        Raises Refused for what cannot be, ServiceFailed, ServiceSilent.
        """
        body = {"os-reimage": {"image_id": image_id, "reimage_reserved": True}}
        answer = self.call("POST", f"/volumes/{volume_id}/action", json=body, headers=_LATEST)
        if answer.status_code in (400, 403, 404, 409) and self.status(volume_id) != "downloading":
            raise Refused(reason=neighbours.reason_of(answer))
        if answer.status_code >= 400 and answer.status_code not in (400, 403, 404, 409):
            raise self.refused(answer)

    def take_snapshot(self, project_id: str, volume_id: str, wanted: dict[str, str]) -> None:
        """Have a snapshot made of a volume, also while it is used; with an id, it is but once.

        Raises Refused for what cannot be, ServiceFailed, ServiceSilent.
        """
        body = {"snapshot": {**wanted, "volume_id": volume_id, "force": True}}
        answer = self.call("POST", f"/{project_id}/snapshots", json=body)
        if answer.status_code in (400, 403, 404, 409, 413):
            raise Refused(reason=neighbours.reason_of(answer))
        if answer.status_code >= 400:
            raise self.refused(answer)

    def drop_snapshot(self, snapshot_id: str) -> None:
        """Have a snapshot removed; a missing one is a success.  Raises ServiceFailed."""
        answer = self.call("DELETE", f"/snapshots/{snapshot_id}")
        if answer.status_code >= 400 and answer.status_code != 404:
            raise self.refused(answer)

    def attach(self, server_id: str, volume_id: str, connector: dict[str, Any]) -> dict[str, Any]:
        """Return the attachment of a volume to a server, the one that is there or a new one.

        Raises Refused when the volume cannot be attached, ServiceFailed, ServiceSilent.
        """
        found = self._changed(server_id, volume_id, connector)
        if found is not None:
            return found
        wanted = {
            "instance_uuid": server_id,
            "volume_uuid": volume_id,
            "connector": connector,
        }
        try:
            return self._attachment("POST", "/attachments", {"attachment": wanted})
        except Refused:
            # Another process may have been faster with the same.
            found = self._changed(server_id, volume_id, connector)
            if found is None:
                raise
            return found

    def _changed(
        self, server_id: str, volume_id: str, connector: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Return the attachment that is there, its connection anew, or None."""
        for present in self.attachments(server_id, volume_id):
            return self.reach(present["id"], connector)
        return None

    def reach(self, attachment_id: str, connector: dict[str, Any]) -> dict[str, Any]:
        """Return an attachment with how its volume is reached now.

        Raises Refused, ServiceFailed, ServiceSilent.
        """
        body = {"attachment": {"connector": connector}}
        return self._attachment("PUT", f"/attachments/{attachment_id}", body)

    def attachments(self, server_id: str, volume_id: str) -> list[dict[str, Any]]:
        """Return the attachments of a volume to a server."""
        params = {"instance_id": server_id, "volume_id": volume_id, "all_tenants": "1"}
        found: list[dict[str, Any]] = self.json(
            "GET", "/attachments", params=params, headers=_ATTACHMENTS
        )["attachments"]
        return found

    def attachments_page(self, limit: int, marker: str | None) -> list[dict[str, Any]]:
        """Return the next attachments after a marker, whoever's they are, with how they connect.

        Raises ServiceFailed, also when the marker's attachment is gone, and ServiceSilent.
        """
        params = {"all_tenants": "1", "sort": "id:asc", "limit": str(limit)}
        if marker:
            params["marker"] = marker
        found: list[dict[str, Any]] = self.json(
            "GET", "/attachments/detail", params=params, headers=_ATTACHMENTS
        )["attachments"]
        return found

    def _attachment(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.call(method, path, json=body, headers=_ATTACHMENTS)
        if answer.status_code in (400, 404, 409):
            raise Refused(reason=neighbours.reason_of(answer))
        if answer.status_code >= 400:
            raise self.refused(answer)
        found: dict[str, Any] = answer.json()["attachment"]
        return found

    def complete(self, attachment_id: str) -> None:
        """Say that the guest uses the volume; an attachment that is gone is a success."""
        self._act(f"/attachments/{attachment_id}/action", {"os-complete": {}}, {404})

    def detach(self, attachment_id: str) -> None:
        """End an attachment; one that is gone is a success."""
        answer = self.call("DELETE", f"/attachments/{attachment_id}", headers=_ATTACHMENTS)
        if answer.status_code >= 400 and answer.status_code != 404:
            raise self.refused(answer)

    def begin_detaching(self, volume_id: str) -> None:
        """Say that a volume is about to be detached.  Raises Refused."""
        body: dict[str, Any] = {"os-begin_detaching": {}}
        answer = self.call("POST", f"/volumes/{volume_id}/action", json=body)
        if answer.status_code in (400, 404, 409):
            raise Refused(reason=neighbours.reason_of(answer))
        if answer.status_code >= 400:
            raise self.refused(answer)

    def roll_detaching(self, volume_id: str) -> None:
        """Say that a volume stays attached after all."""
        self._act(f"/volumes/{volume_id}/action", {"os-roll_detaching": {}}, {404})

    def migrated(self, volume_id: str, new_volume_id: str, *, failed: bool) -> None:
        """Say that a guest has gone over from one volume to another, or could not.

        Where the other one is the volume's replacement, it takes its place under its id.
        """
        body = {"os-migrate_volume_completion": {"new_volume": new_volume_id, "error": failed}}
        self._act(f"/volumes/{volume_id}/action", body, {404})

    def extended(self, volume_id: str, *, failed: bool) -> None:
        """Say that a guest's disk has its new size, or could not get it."""
        body = {"os-extend_volume_completion": {"error": failed}}
        self._act(f"/volumes/{volume_id}/action", body, {400, 404})

    def snapshotted(self, snapshot_id: str, *, failed: bool) -> None:
        """Say whether a guest went on in the file that was ready."""
        status = "error" if failed else "available"
        body = {"os-update_snapshot_status": {"status": status}}
        self._act(f"/snapshots/{snapshot_id}/action", body, {400, 404})

    def _act(self, path: str, body: dict[str, Any], fine: set[int]) -> None:
        answer = self.call("POST", path, json=body, headers=_LATEST)
        if answer.status_code >= 400 and answer.status_code not in fine:
            raise self.refused(answer)


class Refused(roots.BadRequest):
    """The volume service says no, for a reason that the user can do something about."""

    message = "{reason}"


_AT_LEAST = {"OpenStack-API-Version": "volume 3.63"}
_ATTACHMENTS = {"OpenStack-API-Version": "volume 3.44"}
_LATEST = {"OpenStack-API-Version": "volume 3.71"}
