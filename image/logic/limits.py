"""How much is accepted: of one image, and of one project."""

import dataclasses

from sqlalchemy import orm

from image import errors
from image.db import images as queries

GIB = 1 << 30


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """max_size: bytes of one image.  images and size: of a project, in bytes; -1 for any."""

    max_size: int = 1024 * GIB
    max_properties: int = 128
    max_tags: int = 128
    max_members: int = 128
    max_locations: int = 10
    images: int = -1
    size: int = -1

    def check_image(self, properties: int, tags: int) -> None:
        """Return when an image may have so many of each.  Raises TooMany."""
        check("properties", properties, self.max_properties)
        check("tags", tags, self.max_tags)

    def check_count(self, session: orm.Session, owner: str | None) -> None:
        """Return when the project may have one more image.  Raises QuotaExceeded."""
        if self.images < 0:
            return
        queries.lock_project(session, owner)
        used, _ = queries.usage(session, owner)
        if used + 1 > self.images:
            raise errors.QuotaExceeded(resource="images", requested=1, used=used, limit=self.images)

    def check_size(self, session: orm.Session, owner: str | None, wanted: int) -> None:
        """Return when the project may hold so many bytes more.  Raises QuotaExceeded."""
        if self.size < 0:
            return
        queries.lock_project(session, owner)
        _, used = queries.usage(session, owner)
        if used + wanted > self.size or used >= self.size:
            raise errors.QuotaExceeded(
                resource="bytes of image data", requested=wanted, used=used, limit=self.size
            )

    def room(self, session: orm.Session, owner: str | None) -> int | None:
        """Return how many bytes the project may still bring; None for any number."""
        if self.size < 0:
            return None
        return max(0, self.size - queries.usage(session, owner)[1])


def check(what: str, count: int, limit: int) -> None:
    """Return when an image may have so many.  Raises TooMany."""
    if count > limit:
        raise errors.TooMany(what=what, count=count, limit=limit)
