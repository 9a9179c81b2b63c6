"""The services next door, asked over HTTP, and the image service that several of them ask.

What must be the caller's right is asked with the caller's token; what a service does on its own
account, with its service user's.  The way to a service is looked up in the catalog once.
"""

import hashlib
import logging
import os
import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from keystoneauth1 import adapter as ks_adapter
from keystoneauth1 import exceptions as ks_exceptions

from common import errors as roots
from common.context import RequestContext

LOG = logging.getLogger(__name__)
CHUNK = 1024 * 1024


class ServiceFailed(roots.BadGateway):
    """Another service refused or failed what was asked of it."""

    message = "The {service} service answered {status_code}: {reason}"


class ServiceSilent(roots.Unavailable):
    message = "The {service} service does not answer."


class ImageCorrupt(roots.CloudError):
    message = "Image {image_id} arrived with hash {got}, not {wanted}."


class Service:
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

    def call(
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
            raise ServiceSilent(service=self.name) from error

    def json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Return the answer's body.  Raises ServiceFailed for 4xx and 5xx, ServiceSilent."""
        answer = self.call(method, path, **options)
        if answer.status_code >= 400:
            raise self.refused(answer)
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def pass_on(
        self, ctx: RequestContext, method: str, path: str, **options: Any
    ) -> dict[str, Any]:
        """Do what the caller may do at the service with its own token; return the answer.

        Raises NotFound, Forbidden, BadRequest for what cannot be done, and ServiceFailed.
        """
        answer = self.call(method, path, ctx=ctx, **options)
        if answer.status_code == 404:
            raise roots.NotFound()
        if answer.status_code == 403 or "OverQuota" in answer.text[:200]:
            raise roots.Forbidden(reason=reason_of(answer))
        if answer.status_code in (400, 409):
            raise roots.BadRequest(reason=reason_of(answer))
        if answer.status_code >= 400:
            raise self.refused(answer)
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def refused(self, answer: Any) -> ServiceFailed:
        return ServiceFailed(
            service=self.name, status_code=answer.status_code, reason=reason_of(answer)
        )


def reason_of(answer: Any) -> str:
    """Return what a refusal says, in whatever form the service has."""
    try:
        body = answer.json()
        fault = next(iter(body.values()))
        said = fault.get("message") if isinstance(fault, dict) else fault
        return str(said)[:500]
    except (ValueError, AttributeError, StopIteration):
        return str(answer.text)[:200]


class Images(Service):
    """The image service: facts, and bytes both ways."""

    name = "image"
    prefix = "/v2"

    def get(self, ctx: RequestContext, image_id: str) -> dict[str, Any]:
        """Return an image the caller may use.  Raises NotFound."""
        answer = self.call("GET", f"/images/{image_id}", ctx=ctx)
        if answer.status_code in (400, 403, 404):
            raise roots.NotFound()
        if answer.status_code >= 400:
            raise self.refused(answer)
        found: dict[str, Any] = answer.json()
        return found

    def status(self, image_id: str) -> str | None:
        """Return an image's status; None when there is no such image."""
        answer = self.call("GET", f"/images/{image_id}")
        if answer.status_code == 404:
            return None
        if answer.status_code >= 400:
            raise self.refused(answer)
        return str(answer.json()["status"])

    def download(self, image_id: str, target: pathlib.Path, *, algorithm: str, wanted: str) -> None:
        """Write an image's bytes to a file that did not exist; it is there whole or not at all.

        algorithm, wanted: the hash the bytes must have; an empty `wanted` is not compared.
        Raises ServiceFailed, ServiceSilent, ImageCorrupt.
        """
        answer = self.call("GET", f"/images/{image_id}/file", stream=True)
        if answer.status_code != 200:
            raise self.refused(answer)
        part = target.with_name(f"{target.name}.part{os.getpid()}")
        digest = hashlib.new(algorithm or "sha512")
        try:
            with open(part, "wb") as out:
                for chunk in answer.iter_content(CHUNK):
                    digest.update(chunk)
                    out.write(chunk)
            if wanted and digest.hexdigest() != wanted:
                raise ImageCorrupt(
                    image_id=image_id, got=digest.hexdigest()[:16], wanted=wanted[:16]
                )
            part.rename(target)
        except OSError as error:
            raise ServiceSilent(service=self.name) from error
        finally:
            answer.close()
            part.unlink(missing_ok=True)

    def create(self, ctx: RequestContext, attributes: Mapping[str, Any]) -> None:
        """Register an image that waits for its bytes, as the caller.

        Raises Forbidden for what the image service refuses, ServiceFailed, ServiceSilent.
        """
        answer = self.call("POST", "/images", ctx=ctx, json=dict(attributes))
        if answer.status_code in (400, 403, 409, 413):
            raise roots.Forbidden(reason=reason_of(answer))
        if answer.status_code >= 400:
            raise self.refused(answer)

    def upload(self, image_id: str, source: pathlib.Path, *, go_on: Callable[[], None]) -> None:
        """Bring an image's bytes.  go_on: asked between chunks; what it raises ends the upload.

        Raises ServiceFailed, ServiceSilent.
        """
        with open(source, "rb") as file:
            body = _Watched(file, source.stat().st_size, go_on)
            answer = self.call(
                "PUT",
                f"/images/{image_id}/file",
                data=body,
                headers={"Content-Type": "application/octet-stream"},
            )
        if answer.status_code >= 400:
            raise self.refused(answer)

    def delete(self, image_id: str) -> None:
        """Remove an image; a missing one is a success.  Raises ServiceFailed, ServiceSilent."""
        answer = self.call("DELETE", f"/images/{image_id}")
        if answer.status_code >= 400 and answer.status_code not in (404, 410):
            raise self.refused(answer)


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
