"""HTTP calls to the image and the network service."""

from collections.abc import Iterable, Sequence
from typing import Any

from keystoneauth1 import exceptions as ks_exceptions

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
