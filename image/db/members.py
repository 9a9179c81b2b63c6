"""Questions about the projects that images are shared with."""

import sqlalchemy as sa
from sqlalchemy import orm

from common import db
from common.clock import utcnow
from image import errors
from image.db.models import Member


def get(session: orm.Session, image_id: str, member_id: str) -> Member:
    """Return one membership.  Raises MemberNotFound."""
    member = session.get(Member, (image_id, member_id))
    if member is None:
        raise errors.MemberNotFound(image_id=image_id, member_id=member_id)
    return member


def list_of(session: orm.Session, image_id: str) -> list[Member]:
    """Return the memberships of an image, oldest first."""
    query = sa.select(Member).where(Member.image_id == image_id)
    return list(session.scalars(query.order_by(Member.created_at, Member.member_id)))


def add(session: orm.Session, image_id: str, member_id: str) -> Member:
    """Share an image.  Raises MemberExists."""
    member = Member(image_id=image_id, member_id=member_id)
    session.add(member)
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        raise errors.MemberExists(image_id=image_id, member_id=member_id) from error
    return member


def answer(session: orm.Session, member: Member, status: str) -> None:
    """Record whether the project takes the image."""
    member.status = status
    member.updated_at = utcnow()


def delete(session: orm.Session, image_id: str, member_id: str) -> None:
    """Share an image no longer.  Raises MemberNotFound."""
    gone = sa.delete(Member).where(Member.image_id == image_id, Member.member_id == member_id)
    if not db.matched(session, gone):
        raise errors.MemberNotFound(image_id=image_id, member_id=member_id)
