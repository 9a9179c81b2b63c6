"""Questions about images, and the claims on them."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import db, paging
from common.clock import utcnow
from common.context import RequestContext
from common.states import Verb
from image import errors, states
from image.db.models import Discard, Image, Member

DETAILS = (
    orm.selectinload(Image.properties),
    orm.selectinload(Image.tags),
    orm.selectinload(Image.copies),
    orm.selectinload(Image.locations),
)
SORTABLE: dict[str, Any] = {
    name: getattr(Image, name)
    for name in (
        "id",
        "name",
        "status",
        "owner",
        "visibility",
        "disk_format",
        "container_format",
        "size",
        "virtual_size",
        "checksum",
        "min_disk",
        "min_ram",
        "protected",
        "os_hidden",
        "os_hash_algo",
        "os_hash_value",
        "created_at",
        "updated_at",
    )
}


def shared_with(ctx: RequestContext, statuses: Sequence[str] | None = None) -> Any:
    """Return the condition that an image is shared with the caller's project.

    statuses: of the membership; None for any.
    """
    membership = sa.select(Member.image_id).where(Member.member_id == ctx.project_id)
    if statuses is not None:
        membership = membership.where(Member.status.in_(statuses))
    return sa.and_(Image.visibility == "shared", Image.id.in_(membership))


def visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of an image."""
    if ctx.is_admin:
        return sa.true()
    open_to_all = Image.visibility.in_(("public", "community"))
    return sa.or_(open_to_all, Image.owner == ctx.project_id, shared_with(ctx))


def get(session: orm.Session, ctx: RequestContext, image_id: str) -> Image:
    """Return an image the caller may see, with properties and tags.  Raises ImageNotFound."""
    query = sa.select(Image).where(Image.id == image_id, visible(ctx)).options(*DETAILS)
    image = session.scalars(query).one_or_none()
    if image is None:
        raise errors.ImageNotFound(image_id=image_id)
    return image


def get_own(session: orm.Session, ctx: RequestContext, image_id: str) -> Image:
    """Return an image the caller may change.  Raises ImageNotFound, ImageNotYours."""
    image = get(session, ctx, image_id)
    if not ctx.is_admin and image.owner != ctx.project_id:
        raise errors.ImageNotYours(image_id=image_id)
    return image


def add(session: orm.Session, image: Image) -> Image:
    """Keep a new image.  Raises ImageExists."""
    session.add(image)
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        raise errors.ImageExists(image_id=image.id) from error
    return image


def page(session: orm.Session, conditions: Sequence[Any], wanted: paging.Page) -> list[Image]:
    """Return one page of the images that meet all conditions."""
    query = sa.select(Image).where(*conditions).options(*DETAILS)
    return paging.fetch(session, query, SORTABLE, Image.id, wanted)


def lock_project(session: orm.Session, owner: str | None) -> None:
    """Let nobody else count this project's images until the transaction ends."""
    db.lock(session, f"images of {owner}")


def usage(
    session: orm.Session, owner: str | None, statuses: Sequence[str] | None = None
) -> tuple[int, int]:
    """Return how many images a project has, in any of some statuses, and how many bytes they hold.

    statuses: None for any.
    """
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Image.size), 0))
    query = query.where(Image.owner == owner)
    if statuses is not None:
        query = query.where(Image.status.in_(statuses))
    count, size = session.execute(query).one()
    return int(count or 0), int(size or 0)


def begin_upload(session: orm.Session, image: Image, verb: Verb) -> str:
    """Claim the image for one upload and return the id of its data.  Raises ImageBusy."""
    data_id = str(uuid.uuid4())
    claim = (
        sa.update(Image)
        .where(Image.id == image.id, Image.status.in_(verb.start))
        .values(status=verb.running, data_id=data_id, heard_at=utcnow(), updated_at=utcnow())
    )
    if not db.matched(session, claim):
        session.refresh(image, ["status"])
        raise errors.ImageBusy(image_id=image.id, status=image.status, verb=verb.name)
    return data_id


def hear(session: orm.Session, image_id: str, data_id: str) -> bool:
    """Note that data still arrives; False when the upload does not count any more."""
    return db.matched(session, _claimed(image_id, data_id).values(heard_at=utcnow()))


def finish_upload(
    session: orm.Session, image_id: str, data_id: str, facts: Mapping[str, Any]
) -> bool:
    """Record what arrived; False when the upload does not count any more.

    facts: status, size, virtual_size and hashes.
    """
    done = _claimed(image_id, data_id)
    return db.matched(session, done.values(**facts, heard_at=None, updated_at=utcnow()))


def _claimed(image_id: str, data_id: str) -> sa.Update:
    return sa.update(Image).where(
        Image.id == image_id, Image.data_id == data_id, Image.heard_at.is_not(None)
    )


def fail_upload(session: orm.Session, image_id: str, data_id: str) -> bool:
    """Take an upload back: the image waits for data again, and the store is to forget."""
    back = _claimed(image_id, data_id)
    values = {"status": "queued", "data_id": None, "heard_at": None, "updated_at": utcnow()}
    if not db.matched(session, back.values(**values)):
        return False
    discard(session, data_id)
    return True


def silent(session: orm.Session, since: dt.datetime, limit: int = 100) -> list[tuple[str, str]]:
    """Return (image id, data id) of uploads without a sign of life since then."""
    query = sa.select(Image.id, Image.data_id).where(
        Image.heard_at < since, Image.data_id.is_not(None)
    )
    return [(row.id, str(row.data_id)) for row in session.execute(query.limit(limit))]


def import_staged(session: orm.Session, image: Image, verb: Verb) -> None:
    """Put staged data, all of which has arrived, to use.  Raises ImageBusy.

    verb: IMPORT, after which it is in use, or SPREAD, while it is copied.
    """
    change = (
        sa.update(Image)
        .where(Image.id == image.id, Image.status.in_(verb.start), Image.heard_at.is_(None))
        .values(status=verb.done if verb is states.IMPORT else verb.running, updated_at=utcnow())
    )
    if not db.matched(session, change):
        raise errors.ImageBusy(image_id=image.id, status=image.status, verb=verb.name)


def settle(session: orm.Session, image_id: str, facts: Mapping[str, Any]) -> bool:
    """Put an image that waits for data into use without any; False when it does not wait any more.

    facts: size, and hashes where they are known.
    """
    change = sa.update(Image).where(Image.id == image_id, Image.status == "queued")
    return db.matched(session, change.values(**facts, status="active", updated_at=utcnow()))


def end_spread(session: orm.Session, image_id: str, data_id: str, *, done: bool) -> bool:
    """Put staged data that was copied into use, or back on the stage; False when it is gone."""
    change = sa.update(Image).where(
        Image.id == image_id,
        Image.data_id == data_id,
        Image.status == states.SPREAD.running,
        Image.heard_at.is_(None),
    )
    status = states.SPREAD.done if done else states.SPREAD.failed
    return db.matched(session, change.values(status=status, updated_at=utcnow()))


def change_status(session: orm.Session, image: Image, verb: Verb) -> None:
    """Bring the image to the status that a verb leads to.  Raises NotDeactivatable."""
    change = (
        sa.update(Image)
        .where(Image.id == image.id, Image.status.in_(verb.start))
        .values(status=verb.done, updated_at=utcnow())
    )
    if not db.matched(session, change):
        raise errors.NotDeactivatable(image_id=image.id, status=image.status, verb=verb.name)


def delete(session: orm.Session, image: Image) -> str | None:
    """Remove an image, note its data for removal, and return the data's id.

    Raises ImageBusy when the image changed meanwhile: protected, or a new upload began.
    """
    data_id = session.scalar(sa.select(Image.data_id).where(Image.id == image.id))
    guard = sa.delete(Image).where(
        Image.id == image.id,
        Image.protected.is_(False),
        Image.data_id.is_not_distinct_from(data_id),
    )
    session.expunge(image)
    if not db.matched(session, guard):
        raise errors.ImageBusy(image_id=image.id, status=image.status, verb="deletion")
    if data_id is not None:
        discard(session, data_id)
    return data_id


def discard(session: orm.Session, data_id: str) -> None:
    """Note data that the store is to forget."""
    session.add(Discard(data_id=data_id))
    session.flush()


def discards(session: orm.Session, limit: int = 100) -> list[str]:
    """Return ids of data that the store is to forget."""
    return list(session.scalars(sa.select(Discard.data_id).limit(limit)))


def forgotten(session: orm.Session, data_id: str) -> None:
    """Note that the store has forgotten some data."""
    session.execute(sa.delete(Discard).where(Discard.data_id == data_id))
