"""Sharing images with other projects."""

from collections.abc import Sequence

from common.context import RequestContext
from common.db import Database
from image import errors
from image.db import images as queries
from image.db import members as memberships
from image.db.models import Image, Member
from image.logic import limits


class Members:
    """The memberships of images.  max_members: of one image."""

    def __init__(self, database: Database, max_members: int) -> None:
        self._database = database
        self._max_members = max_members

    def list(self, ctx: RequestContext, image_id: str) -> Sequence[Member]:
        """Return the memberships the caller may see: all of an own image, else its own.

        Raises ImageNotFound, NotShared.
        """
        with self._database.reading() as session:
            image = _shared(queries.get(session, ctx, image_id))
            found = memberships.list_of(session, image_id)
        if _owns(ctx, image):
            return found
        return [member for member in found if member.member_id == ctx.project_id]

    def get(self, ctx: RequestContext, image_id: str, member_id: str) -> Member:
        """Return one membership.  Raises ImageNotFound, MemberNotFound."""
        with self._database.reading() as session:
            image = queries.get(session, ctx, image_id)
            if not _owns(ctx, image) and member_id != ctx.project_id:
                raise errors.MemberNotFound(image_id=image_id, member_id=member_id)
            return memberships.get(session, image_id, member_id)

    def create(self, ctx: RequestContext, image_id: str, member_id: str) -> Member:
        """Share an image.  Raises ImageNotYours, NotShared, MemberExists, TooMany."""
        with self._database.transaction() as session:
            _shared(queries.get_own(session, ctx, image_id))
            count = len(memberships.list_of(session, image_id)) + 1
            limits.check("members", count, self._max_members)
            return memberships.add(session, image_id, member_id)

    def answer(self, ctx: RequestContext, image_id: str, member_id: str, status: str) -> Member:
        """Accept or reject an image.  Raises NotTheMember, MemberNotFound."""
        with self._database.transaction() as session:
            image = queries.get(session, ctx, image_id)
            if member_id != ctx.project_id and not ctx.is_admin:
                if not _owns(ctx, image):
                    raise errors.MemberNotFound(image_id=image_id, member_id=member_id)
                raise errors.NotTheMember(image_id=image_id, member_id=member_id)
            member = memberships.get(session, image_id, member_id)
            memberships.answer(session, member, status)
        return member

    def delete(self, ctx: RequestContext, image_id: str, member_id: str) -> None:
        """Share an image no longer.  Raises ImageNotYours, NotShared, MemberNotFound."""
        with self._database.transaction() as session:
            _shared(queries.get_own(session, ctx, image_id))
            memberships.delete(session, image_id, member_id)


def _owns(ctx: RequestContext, image: Image) -> bool:
    return ctx.is_admin or image.owner == ctx.project_id


def _shared(image: Image) -> Image:
    if image.visibility != "shared":
        raise errors.NotShared(image_id=image.id, visibility=image.visibility)
    return image
