"""Images for clients from before the image service: all is done there, as the caller."""

import builtins
from collections.abc import Mapping
from typing import Any

from common import errors as roots
from common.context import RequestContext
from common.paging import Page
from compute.clients import ImageService
from compute.views.images import OWN, properties_of

Rows = builtins.list[dict[str, Any]]
FILTERS = {
    "name": "name",
    "status": "status",
    "server": "instance_uuid",
    "type": "image_type",
    "minRam": "min_ram",
    "minDisk": "min_disk",
}


class ImageMissing(roots.NotFound):
    message = "Image not found."


class PropertyMissing(roots.NotFound):
    message = "Invalid metadata key"


class Images:
    """Passes on what is asked of images, in the words of the Image API."""

    def __init__(self, images: ImageService, most_items: int) -> None:
        self._images = images
        self._most_items = most_items

    @property
    def address(self) -> str:
        """The image service's own address."""
        return self._images.address()

    def list(self, ctx: RequestContext, page: Page, given: Mapping[str, Any]) -> Rows:
        """Return a page of the images that the caller sees.

        given: this API's query parameters.  Raises BadRequest for one that has no meaning.
        """
        params = [("limit", str(page.limit)), *filters(given)]
        if page.marker:
            params.append(("marker", page.marker))
        found: Rows = self._images.pass_on(ctx, "GET", "/images", params=params)["images"]
        return found

    def get(self, ctx: RequestContext, image_id: str) -> dict[str, Any]:
        """Return an image.  Raises ImageMissing."""
        try:
            return self._images.get(ctx, image_id)
        except roots.NotFound as error:
            raise ImageMissing() from error

    def delete(self, ctx: RequestContext, image_id: str) -> None:
        """Remove an image.  Raises ImageMissing, Forbidden, BadRequest for one that is in use."""
        self.get(ctx, image_id)
        self._images.pass_on(ctx, "DELETE", f"/images/{image_id}")

    def properties(self, ctx: RequestContext, image_id: str) -> dict[str, Any]:
        """Return an image's properties.  Raises ImageMissing."""
        return properties_of(self.get(ctx, image_id))

    def set(
        self, ctx: RequestContext, image_id: str, wanted: Mapping[str, str], *, replace: bool
    ) -> dict[str, Any]:
        """Set properties, or all of them, and return them.  Raises ImageMissing, Forbidden."""
        for key in wanted:
            if key in OWN:
                raise roots.BadRequest(reason=f"{key} is no property that can be set.")
        known = self.properties(ctx, image_id)
        result = dict(wanted) if replace else known | dict(wanted)
        if len(result) > self._most_items:
            raise roots.Forbidden(
                reason=f"An image may have {self._most_items} metadata items, not {len(result)}."
            )
        changes = [
            {"op": "replace" if key in known else "add", "path": _path(key), "value": value}
            for key, value in wanted.items()
        ]
        changes += [{"op": "remove", "path": _path(key)} for key in known.keys() - result.keys()]
        self._images.patch(ctx, image_id, changes)
        return result

    def unset(self, ctx: RequestContext, image_id: str, key: str) -> None:
        """Remove a property.  Raises ImageMissing, PropertyMissing, Forbidden."""
        if key not in self.properties(ctx, image_id):
            raise PropertyMissing()
        self._images.patch(ctx, image_id, [{"op": "remove", "path": _path(key)}])


def _path(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")


def filters(given: Mapping[str, Any]) -> builtins.list[tuple[str, str]]:
    """Return the Image API's parameters for this API's.

    `server` may be an address that ends with the server's id; `property-x` asks for property x.
    """
    found = []
    for key, value in given.items():
        one = str(value[-1] if isinstance(value, builtins.list) else value)
        if key == "status":
            found.append((key, one.lower()))
        elif key == "server":
            found.append((FILTERS[key], one.rpartition("/")[2]))
        elif key == "changes-since":
            found.append(("updated_at", f"gte:{one}"))
        elif key in FILTERS:
            found.append((FILTERS[key], one))
        elif key.startswith("property-"):
            found.append((key.removeprefix("property-"), one))
    return found
