"""HTTP calls to the image and the network service.

What must be the caller's right is asked with the caller's token; what compute does on its own
account, with its service user's.  The way to a service is looked up in the catalog once.
"""

import hashlib
import logging
import os
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from keystoneauth1 import adapter as ks_adapter
from keystoneauth1 import exceptions as ks_exceptions

from common import errors as roots
from common.context import RequestContext
from compute import errors

LOG = logging.getLogger(__name__)
CHUNK = 1024 * 1024
METADATA = "169.254.169.254/32"


class _Service:
    """One service behind an adapter whose answers of 4xx and 5xx are returned, not raised."""

    name = ""
    prefix = ""

    def __init__(self, adapter: ks_adapter.Adapter) -> None:
        self._adapter = adapter

    def warm(self) -> None:
        """Fetch a token and the service's address now, so that the first user need not wait.

        Nothing is lost when identity does not answer yet: the first call fetches both.
        """
        try:
            self._adapter.get_endpoint()
        except ks_exceptions.ClientException as error:
            LOG.info("the %s service's address is not known yet: %s", self.name, error)

    def _call(
        self, method: str, path: str, *, ctx: RequestContext | None = None, **options: Any
    ) -> Any:
        """Return the answer.  ctx: whose token to use; None for the service user's.

        Raises ServiceSilent; statuses are the caller's business.
        """
        if ctx is not None and ctx.token:
            options["headers"] = {"X-Auth-Token": ctx.token} | options.get("headers", {})
            options["authenticated"] = False
        try:
            return self._adapter.request(self.prefix + path, method, **options)
        except ks_exceptions.ClientException as error:
            LOG.warning("%s %s of the %s service failed: %s", method, path, self.name, error)
            raise errors.ServiceSilent(service=self.name) from error

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Return the answer's body.  Raises ServiceFailed for 4xx and 5xx, ServiceSilent."""
        answer = self._call(method, path, **options)
        if answer.status_code >= 400:
            raise self._refused(answer)
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def pass_on(
        self, ctx: RequestContext, method: str, path: str, **options: Any
    ) -> dict[str, Any]:
        """Do what the caller may do at the service with its own token; return the answer.

        Raises NotFound, Forbidden, BadRequest for what cannot be done, and ServiceFailed.
        """
        answer = self._call(method, path, ctx=ctx, **options)
        if answer.status_code == 404:
            raise roots.NotFound()
        if answer.status_code == 403 or "OverQuota" in answer.text[:200]:
            raise roots.Forbidden(reason=_reason(answer))
        if answer.status_code in (400, 409):
            raise roots.BadRequest(reason=_reason(answer))
        if answer.status_code >= 400:
            raise self._refused(answer)
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def _refused(self, answer: Any) -> errors.ServiceFailed:
        return errors.ServiceFailed(
            service=self.name, status_code=answer.status_code, reason=_reason(answer)
        )


def _reason(answer: Any) -> str:
    try:
        body = answer.json()
        fault = next(iter(body.values()))
        said = fault.get("message") if isinstance(fault, dict) else fault
        return str(said)[:500]
    except (ValueError, AttributeError, StopIteration):
        return str(answer.text)[:200]


class ImageService(_Service):
    """Images: facts for the API, bytes for the worker."""

    name = "image"
    prefix = "/v2"

    def get(self, ctx: RequestContext, image_id: str) -> dict[str, Any]:
        """Return an image the caller may use.  Raises NotFound."""
        answer = self._call("GET", f"/images/{image_id}", ctx=ctx)
        if answer.status_code in (400, 403, 404):
            raise roots.NotFound()
        if answer.status_code >= 400:
            raise self._refused(answer)
        found: dict[str, Any] = answer.json()
        return found

    def address(self) -> str:
        """Return the service's own address, as the catalog has it.  Raises ServiceSilent."""
        try:
            return str(self._adapter.get_endpoint() or "")
        except ks_exceptions.ClientException as error:
            raise errors.ServiceSilent(service=self.name) from error

    def patch(self, ctx: RequestContext, image_id: str, changes: list[dict[str, Any]]) -> None:
        """Change an image's properties with the caller's token.

        changes: JSON patch operations.  Raises NotFound, Forbidden, BadRequest.
        """
        media = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
        self.pass_on(ctx, "PATCH", f"/images/{image_id}", json=changes, headers=media)

    def download(self, image_id: str, target: pathlib.Path, *, algorithm: str, wanted: str) -> None:
        """Write an image's bytes to a file that did not exist; it is there whole or not at all.

        algorithm, wanted: the hash the bytes must have; an empty `wanted` is not compared.
        Raises ServiceFailed, ServiceSilent, ImageCorrupt.
        """
        answer = self._call("GET", f"/images/{image_id}/file", stream=True)
        if answer.status_code != 200:
            raise self._refused(answer)
        part = target.with_name(f"{target.name}.part{os.getpid()}")
        digest = hashlib.new(algorithm or "sha512")
        try:
            with open(part, "wb") as out:
                for chunk in answer.iter_content(CHUNK):
                    digest.update(chunk)
                    out.write(chunk)
            if wanted and digest.hexdigest() != wanted:
                raise errors.ImageCorrupt(
                    image_id=image_id, got=digest.hexdigest()[:16], wanted=wanted[:16]
                )
            part.rename(target)
        except OSError as error:
            raise errors.ServiceSilent(service=self.name) from error
        finally:
            answer.close()
            part.unlink(missing_ok=True)

    def url(self, image_id: str) -> str:
        """Return the address of an image, as clients know it."""
        return f"{self._adapter.get_endpoint()}/v2/images/{image_id}"

    def create(self, ctx: RequestContext, attributes: Mapping[str, Any]) -> None:
        """Register an image that waits for its bytes, as the caller.

        Raises Forbidden for what the image service refuses, ServiceFailed, ServiceSilent.
        """
        answer = self._call("POST", "/images", ctx=ctx, json=dict(attributes))
        if answer.status_code in (400, 403, 409, 413):
            raise roots.Forbidden(reason=_reason(answer))
        if answer.status_code >= 400:
            raise self._refused(answer)

    def status(self, image_id: str) -> str | None:
        """Return an image's status; None when there is no such image."""
        answer = self._call("GET", f"/images/{image_id}")
        if answer.status_code == 404:
            return None
        if answer.status_code >= 400:
            raise self._refused(answer)
        return str(answer.json()["status"])

    def of_server(self, server_id: str, **properties: str) -> list[dict[str, Any]]:
        """Return the images made of a server that have these properties, the newest first."""
        params = {"instance_uuid": server_id, "sort": "created_at:desc", "limit": "200"}
        found: list[dict[str, Any]] = self._json(
            "GET", "/images", params=list({**params, **properties}.items())
        )["images"]
        return found

    def upload(self, image_id: str, source: pathlib.Path, *, go_on: Callable[[], None]) -> None:
        """Bring an image's bytes.  go_on: asked between chunks; what it raises ends the upload.

        Raises ServiceFailed, ServiceSilent.
        """
        with open(source, "rb") as file:
            body = _Watched(file, source.stat().st_size, go_on)
            answer = self._call(
                "PUT",
                f"/images/{image_id}/file",
                data=body,
                headers={"Content-Type": "application/octet-stream"},
            )
        if answer.status_code >= 400:
            raise self._refused(answer)

    def delete(self, image_id: str) -> None:
        """Remove an image; a missing one is a success.  Raises ServiceFailed, ServiceSilent."""
        answer = self._call("DELETE", f"/images/{image_id}")
        if answer.status_code >= 400 and answer.status_code not in (404, 410):
            raise self._refused(answer)


class _Watched:
    """A file as a request's body: of a known length, and given up when it no longer matters."""

    def __init__(self, file: BinaryIO, size: int, go_on: Callable[[], None]) -> None:
        self._file = file
        self._size = size
        self._go_on = go_on

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(CHUNK):
            yield chunk

    def read(self, size: int = -1) -> bytes:
        self._go_on()
        return self._file.read(size if size >= 0 else CHUNK)


class NetworkService(_Service):
    """Networks and ports."""

    name = "network"
    prefix = "/v2.0"

    def networks(
        self, ctx: RequestContext, ids: Sequence[str] | None = None
    ) -> list[dict[str, Any]]:
        """Return the networks with these ids, or all that the caller sees."""
        params = [("id", one) for one in ids] if ids is not None else None
        found: list[dict[str, Any]] = self._json("GET", "/networks", ctx=ctx, params=params)[
            "networks"
        ]
        return found

    def port(self, ctx: RequestContext, port_id: str) -> dict[str, Any] | None:
        """Return a port the caller sees, or None."""
        answer = self._call("GET", f"/ports/{port_id}", ctx=ctx)
        if answer.status_code == 404:
            return None
        if answer.status_code >= 400:
            raise self._refused(answer)
        found: dict[str, Any] = answer.json()["port"]
        return found

    def security_groups(
        self, ctx: RequestContext, project_id: str | None = None, ids: Iterable[str] = ()
    ) -> list[dict[str, Any]]:
        """Return the security groups of a project, or those with the ids, with the user's token."""
        params = [("id", one) for one in ids]
        if project_id:
            params.append(("project_id", project_id))
        found: list[dict[str, Any]] = self._json("GET", "/security-groups", ctx=ctx, params=params)[
            "security_groups"
        ]
        return found

    def ports_of(self, server_id: str) -> list[dict[str, Any]]:
        """Return every port that carries the server's id."""
        found: list[dict[str, Any]] = self._json(
            "GET", "/ports", params=[("device_id", server_id)]
        )["ports"]
        return found

    def ports_page(self, limit: int, marker: str | None) -> list[dict[str, Any]]:
        """Return the next ports after a marker, whoever owns them, with what says whose they are.

        Raises ServiceFailed, also when the marker's port is gone, and ServiceSilent.
        """
        words = ("id", "device_id", "device_owner", "binding:host_id", "binding:profile")
        params = [("fields", word) for word in words] + [("sort_key", "id"), ("limit", str(limit))]
        if marker:
            params.append(("marker", marker))
        found: list[dict[str, Any]] = self._json("GET", "/ports", params=params)["ports"]
        return found

    def create_ports(self, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Make all of the ports or none, in one call; return them in order."""
        made: list[dict[str, Any]] = self._json("POST", "/ports", json={"ports": wanted})["ports"]
        return made

    def update_port(self, port_id: str, **values: Any) -> dict[str, Any]:
        """Change a port and return it."""
        changed: dict[str, Any] = self._json("PUT", f"/ports/{port_id}", json={"port": values})[
            "port"
        ]
        return changed

    def release_port(self, port_id: str) -> None:
        """Take the server out of a port that stays; a missing port is a success."""
        values = {"device_id": "", "device_owner": "", "binding:host_id": ""}
        answer = self._call("PUT", f"/ports/{port_id}", json={"port": values})
        if answer.status_code >= 400 and answer.status_code != 404:
            raise self._refused(answer)

    def delete_port(self, port_id: str) -> None:
        """Remove a port; a missing one is a success."""
        answer = self._call("DELETE", f"/ports/{port_id}")
        if answer.status_code >= 400 and answer.status_code != 404:
            raise self._refused(answer)

    def subnets(self, network_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return the subnets of some networks by id, with the route to the metadata address.

        A guest that gets its addresses by DHCP learns that route there; the others need it told.
        """
        params = [("network_id", one) for one in sorted(set(network_ids))]
        found = {one["id"]: one for one in self._json("GET", "/subnets", params=params)["subnets"]}
        proxies = [*params, ("device_owner", "network:distributed")]
        for port in self._json("GET", "/ports", params=proxies)["ports"]:
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
        for floating in self._json("GET", "/floatingips", params=params)["floatingips"]:
            if floating.get("port_id"):
                found.setdefault(floating["port_id"], []).append(floating)
        return found
