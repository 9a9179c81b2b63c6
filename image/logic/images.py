"""Registering, finding, changing and deleting images."""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from common import http
from common.clock import utcnow
from common.context import RequestContext
from common.db import Database
from common.states import Verb
from image import errors, states
from image.db import images as queries
from image.db.models import Image, Property, Tag
from image.drivers.stores import Stores
from image.logic import filters, limits, patches
from image.logic.data import forget
from image.logic.limits import Limits
from image.logic.locations import Locations
from image.schemas import images as schemas

LOG = logging.getLogger(__name__)
DEFAULTS: dict[str, Any] = {
    "name": None,
    "visibility": "shared",
    "protected": False,
    "os_hidden": False,
    "container_format": None,
    "disk_format": None,
    "min_disk": 0,
    "min_ram": 0,
}
# Whether a caller may give an image this visibility; raises when not.
MayShow = Callable[[str], None]


class Images:
    """The images of a cloud.  locations: None where images have none outside the stores."""

    def __init__(
        self,
        database: Database,
        store: Stores,
        accepted: Limits,
        locations: Locations | None = None,
    ) -> None:
        self._database = database
        self._store = store
        self._limits = accepted
        self._locations = locations

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any], may_show: MayShow) -> Image:
        """Register an image; its data comes later.

        wanted: attributes by the API's names, checked; unknown ones become properties.
        may_show: called with the visibility asked for.
        Raises AttributeReadOnly, AttributeReserved, OwnerFixed, ImageExists, QuotaExceeded.
        """
        for name in wanted:
            patches.check_name(name)
        attributes = {**DEFAULTS, "owner": ctx.project_id, **wanted}
        if attributes["visibility"] != DEFAULTS["visibility"]:
            may_show(attributes["visibility"])
        if attributes["owner"] != ctx.project_id and not ctx.is_admin:
            raise errors.OwnerFixed()
        image = Image(
            id=attributes.pop("id", None) or str(uuid.uuid4()),
            status="queued",
            tags=[],
            properties=[],
            copies=[],
            locations=[],
            created_at=utcnow(),
        )
        image.updated_at = image.created_at
        self._set(image, attributes)
        with self._database.transaction() as session:
            self._limits.check_count(session, image.owner)
            queries.add(session, image)
        LOG.info("image %s registered", image.id)
        return image

    def get(self, ctx: RequestContext, image_id: str) -> Image:
        """Return an image the caller may see.  Raises ImageNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, image_id)

    def list(self, ctx: RequestContext, query: Mapping[str, Any]) -> tuple[Sequence[Image], int]:
        """Return one page of images, and how many it could have held.  Raises BadRequest."""
        wanted = filters.page(query)
        conditions = filters.conditions(ctx, query)
        with self._database.reading() as session:
            return queries.page(session, conditions, wanted), wanted.limit

    def usage(self, ctx: RequestContext) -> dict[str, dict[str, int]]:
        """Return limit and usage of what a project may have: images, MiB, and of both on stage.

        Source: Image API v2, `GET /v2/info/usage`.
        """
        with self._database.reading() as session:
            count, size = queries.usage(session, ctx.project_id)
            uploading, staged = queries.usage(session, ctx.project_id, ("uploading", "importing"))
        most = self._limits.size if self._limits.size < 0 else self._limits.size >> 20
        return {
            "image_size_total": {"limit": most, "usage": size >> 20},
            "image_stage_total": {"limit": most, "usage": staged >> 20},
            "image_count_total": {"limit": self._limits.images, "usage": count},
            "image_count_uploading": {"limit": self._limits.images, "usage": uploading},
        }

    def update(
        self,
        ctx: RequestContext,
        image_id: str,
        steps: Sequence[patches.Operation],
        may_show: MayShow,
    ) -> Image:
        """Carry out a patch, whole or not at all.

        Raises ImageNotFound, ImageNotYours, and what the patch may not do.
        """
        places = [step for step in steps if self._locations and step.name == patches.LOCATIONS]
        sizes = self._look(ctx, image_id, places)
        with self._database.transaction() as session:
            image = queries.get_own(session, ctx, image_id)
            before = _attributes(image)
            after = patches.apply(before, [step for step in steps if step not in places])
            http.check(after, schemas.CREATE)
            _check_change(ctx, image, before, after)
            if after["visibility"] != before["visibility"]:
                may_show(after["visibility"])
            self._set(image, after)
            image.updated_at = utcnow()
            if self._locations and places:
                self._locations.apply(session, image, places, sizes)
        return image

    def _look(
        self, ctx: RequestContext, image_id: str, steps: Sequence[patches.Operation]
    ) -> dict[str, int]:
        """Return how many bytes are where an image of the caller's is to have its data."""
        if self._locations is None or not steps:
            return {}
        with self._database.reading() as session:
            image = queries.get_own(session, ctx, image_id)
        return self._locations.look(image, steps)

    def delete(self, ctx: RequestContext, image_id: str) -> None:
        """Delete an image, in whatever status, and its data.

        Raises ImageNotFound, ImageNotYours, ImageProtected, ImageBusy.
        """
        with self._database.transaction() as session:
            image = queries.get_own(session, ctx, image_id)
            if image.protected:
                raise errors.ImageProtected(image_id=image_id)
            data_id = queries.delete(session, image)
        LOG.info("image %s deleted", image_id)
        if data_id is not None:
            forget(self._database, self._store, data_id)

    def deactivate(self, ctx: RequestContext, image_id: str) -> None:
        """Take an image out of use.  Raises NotDeactivatable."""
        self._change_status(ctx, image_id, states.DEACTIVATE)

    def reactivate(self, ctx: RequestContext, image_id: str) -> None:
        """Put an image back into use.  Raises NotDeactivatable."""
        self._change_status(ctx, image_id, states.REACTIVATE)

    def _change_status(self, ctx: RequestContext, image_id: str, verb: Verb) -> None:
        with self._database.transaction() as session:
            queries.change_status(session, queries.get_own(session, ctx, image_id), verb)
        LOG.info("image %s: %s", image_id, verb.name)

    def add_tag(self, ctx: RequestContext, image_id: str, tag: str) -> None:
        """Tag an image; a tag it has is a success.  Raises TooMany."""
        http.check([tag], schemas.WRITABLE["tags"])
        with self._database.transaction() as session:
            image = queries.get_own(session, ctx, image_id)
            if tag in (one.value for one in image.tags):
                return
            limits.check("tags", len(image.tags) + 1, self._limits.max_tags)
            image.tags.append(Tag(value=tag))
            image.updated_at = utcnow()

    def remove_tag(self, ctx: RequestContext, image_id: str, tag: str) -> None:
        """Take a tag away.  Raises TagNotFound."""
        with self._database.transaction() as session:
            image = queries.get_own(session, ctx, image_id)
            found = next((one for one in image.tags if one.value == tag), None)
            if found is None:
                raise errors.TagNotFound(image_id=image_id, tag=tag)
            image.tags.remove(found)
            image.updated_at = utcnow()

    def _set(self, image: Image, attributes: Mapping[str, Any]) -> None:
        """Write attributes into the row; rows of properties and tags that stay are kept."""
        properties = dict(attributes)
        properties.pop("id", None)
        tags = sorted(set(properties.pop("tags", [])))
        for name in (*DEFAULTS, "owner"):
            setattr(image, name, properties.pop(name))
        self._limits.check_image(len(properties), len(tags))
        kept = {tag.value: tag for tag in image.tags}
        image.tags = [kept.get(tag) or Tag(value=tag) for tag in tags]
        known = {one.name: one for one in image.properties}
        for name, value in properties.items():
            known.setdefault(name, Property(name=name)).value = value
        image.properties = [known[name] for name in sorted(properties)]


def _attributes(image: Image) -> dict[str, Any]:
    """Return what a caller may set, by the API's names."""
    return {
        **{one.name: one.value for one in image.properties},
        **{name: getattr(image, name) for name in (*DEFAULTS, "owner")},
        "tags": [tag.value for tag in image.tags],
    }


def _check_change(
    ctx: RequestContext, image: Image, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    if after["owner"] != before["owner"] and not ctx.is_admin:
        raise errors.OwnerFixed()
    for name in ("disk_format", "container_format"):
        if after[name] != before[name] and image.status != "queued":
            raise errors.AttributeFixed(name=name)
