"""Bringing an image's data and fetching it."""

import contextlib
import dataclasses
import logging
import time
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from sqlalchemy import orm

from common.context import RequestContext
from common.db import Database
from common.states import Verb
from image import errors, states
from image.db import copies
from image.db import images as queries
from image.db.models import Image
from image.drivers import web
from image.drivers.base import DataForgotten, Incoming
from image.drivers.formats import FormatRefused, Inspection
from image.drivers.stores import Stores
from image.logic.digests import Digests
from image.logic.limits import Limits

LOG = logging.getLogger(__name__)
# A slow client must fill one within the time after which the sweep takes it for dead.
CHUNK = 1 << 18
HEARD_EVERY_S = 5.0


class Source(Protocol):
    """Where an upload is read from: empty at its end, an OSError when the client is gone."""

    def read(self, size: int, /) -> bytes: ...


@dataclasses.dataclass
class Upload:
    """One upload under way.  room: bytes that the project may still bring; None for any."""

    image: Image
    data_id: str
    room: int | None
    verb: Verb
    store: str
    received: int = 0
    heard: float = dataclasses.field(default_factory=time.monotonic)
    digests: Digests = dataclasses.field(default_factory=Digests)


class Data:
    """The bytes of images.

    match: whether they must be in the image's disk_format.  rules: from where data may come.
    """

    def __init__(
        self,
        database: Database,
        stores: Stores,
        accepted: Limits,
        *,
        match: bool,
        rules: web.Rules | None = None,
    ) -> None:
        self._database = database
        self._stores = stores
        self._limits = accepted
        self._rules = rules or web.Rules()
        self._match = match

    def upload(
        self,
        ctx: RequestContext,
        image_id: str,
        source: Source,
        announced: int | None,
        verb: Verb = states.UPLOAD,
        store: str | None = None,
    ) -> None:
        """Take an image's data in; whatever goes wrong, the image waits for data again.

        verb: UPLOAD, or STAGE for data that an import puts into use.
        source: read to its end.  announced: how many bytes there should be, when it is known.
        store: where it goes; the default store unless told.
        Raises ImageNotFound, ImageNotYours, FormatsUnset, ImageBusy, ImageTooLarge, StoreUnknown,
        and what `take` raises.
        """
        with self._database.transaction() as session:
            upload = self.begin(session, ctx, image_id, announced, verb, store)
        self.take(upload, source, announced)

    def take(self, upload: Upload, source: Source, announced: int | None) -> None:
        """Take the data of an upload that was begun in; when it fails, it is taken back.

        Raises QuotaExceeded, ImageTooLarge, StoreFull, ContentRefused, UploadInterrupted,
        ImageGone.
        """
        incoming: Incoming | None = None
        image_id = upload.image.id
        try:
            incoming = self._stores.begin(upload.data_id, upload.store)
            with upload.digests:
                virtual_size = self._receive(upload, source, incoming)
            if announced is not None and upload.received != announced:
                raise errors.UploadInterrupted(image_id=image_id, received=upload.received)
            incoming.keep()
            self._finish(upload, virtual_size)
        except DataForgotten as error:
            raise errors.ImageGone(image_id=image_id) from error
        except FormatRefused as error:
            self._give_up(upload, incoming)
            raise errors.ContentRefused(image_id=image_id, reason=error) from error
        except BaseException:
            self._give_up(upload, incoming)
            raise
        LOG.info("image %s is %s with %s bytes", image_id, upload.verb.done, upload.received)

    def begin(
        self,
        session: orm.Session,
        ctx: RequestContext,
        image_id: str,
        announced: int | None,
        verb: Verb,
        store: str | None = None,
    ) -> Upload:
        """Claim an image for one upload.  See `upload`."""
        if store is not None and store not in self._stores.ids:
            raise errors.StoreUnknown(store=store, known=", ".join(self._stores.ids))
        image = queries.get_own(session, ctx, image_id)
        check_formats(image)
        if (announced or 0) > self._limits.max_size:
            raise errors.ImageTooLarge(image_id=image_id, limit=self._limits.max_size)
        self._limits.check_size(session, image.owner, announced or 0)
        room = self._limits.room(session, image.owner)
        data_id = queries.begin_upload(session, image, verb)
        copies.forget_failed(session, image_id)
        return Upload(image, data_id, room, verb, store or self._stores.default)

    @contextlib.contextmanager
    def kept(self, upload: Upload) -> Iterator[None]:
        """Take an upload that was begun back when it does not come as far as its data."""
        try:
            yield
        except BaseException:
            self._give_up(upload, None)
            raise

    def _receive(self, upload: Upload, source: Source, incoming: Incoming) -> int | None:
        """Pass every chunk to the store, and return the virtual size in bytes.

        Raises FormatRefused, UploadInterrupted, and what limits are crossed.
        """
        inspection = Inspection(str(upload.image.disk_format), match=self._match)
        for chunk in _chunks(upload, source):
            upload.received += len(chunk)
            self._check(upload)
            inspection.look(chunk)
            upload.digests.update(chunk)
            incoming.write(chunk)
        return inspection.finish()

    def _check(self, upload: Upload) -> None:
        if upload.received > self._limits.max_size:
            raise errors.ImageTooLarge(image_id=upload.image.id, limit=self._limits.max_size)
        if upload.room is not None and upload.received > upload.room:
            self._refuse_for_room(upload)
        if time.monotonic() - upload.heard < HEARD_EVERY_S:
            return
        upload.heard = time.monotonic()
        with self._database.transaction() as session:
            if not queries.hear(session, upload.image.id, upload.data_id):
                raise errors.ImageGone(image_id=upload.image.id)

    def _refuse_for_room(self, upload: Upload) -> None:
        with self._database.reading() as session:
            self._limits.check_size(session, upload.image.owner, upload.received)
            upload.room = self._limits.room(session, upload.image.owner)

    def _finish(self, upload: Upload, virtual_size: int | None) -> None:
        facts = {
            "status": upload.verb.done,
            "size": upload.received,
            "virtual_size": virtual_size,
            **upload.digests.facts(),
        }
        with self._database.transaction() as session:
            self._limits.check_size(session, upload.image.owner, upload.received)
            if not queries.finish_upload(session, upload.image.id, upload.data_id, facts):
                raise errors.ImageGone(image_id=upload.image.id)
            if upload.verb.done == "active":
                copies.add(session, upload.image.id, upload.store)

    def _give_up(self, upload: Upload, incoming: Incoming | None) -> None:
        """Leave no byte behind; what fails here the sweep does later."""
        if incoming is not None:
            incoming.abandon()
        with self._database.transaction() as session:
            queries.fail_upload(session, upload.image.id, upload.data_id)
        LOG.warning("upload of image %s ended early; it is queued again", upload.image.id)
        forget(self._database, self._stores, upload.data_id)

    def find(self, ctx: RequestContext, image_id: str) -> Image:
        """Return an image whose data, when it has any in use, the caller may fetch.

        Raises ImageNotFound, ImageDeactivated.
        """
        with self._database.reading() as session:
            image = queries.get(session, ctx, image_id)
        if image.status == "deactivated" and not ctx.is_admin:
            raise errors.ImageDeactivated()
        return image

    def open(self, image: Image) -> BinaryIO:
        """Return an image's bytes, seekable.  Raises ImageNotFound, DataMissing."""
        try:
            return self._stores.open(str(image.data_id), copies.ready(image))
        except FileNotFoundError as error:
            with self._database.reading() as session:
                queries.get(session, RequestContext.internal(), image.id)
            raise errors.DataMissing(image_id=image.id) from error

    def fetch(self, image: Image) -> web.Download:
        """Return the bytes of an image that is in no store, from the first address that has them.

        Raises DataUnreachable.
        """
        failed = []
        for location in image.locations:
            try:
                found = web.fetch(location.url, self._rules)
            except (web.Refused, web.Failed) as error:
                failed.append(f"{location.url}: {error}")
                continue
            if found.length == image.size:
                return found
            found.close()
            failed.append(f"{location.url}: it has {found.length} bytes, the image {image.size}")
        LOG.warning("image %s is nowhere: %s", image.id, "; ".join(failed))
        raise errors.DataUnreachable(image_id=image.id, reason="; ".join(failed))


def _chunks(upload: Upload, source: Source) -> Iterator[bytes]:
    """Yield what arrives.  Raises UploadInterrupted when the client goes away or falls silent."""
    while True:
        try:
            chunk = source.read(CHUNK)
        except OSError as error:
            raise errors.UploadInterrupted(
                image_id=upload.image.id, received=upload.received
            ) from error
        if not chunk:
            return
        yield chunk


def check_formats(image: Image) -> None:
    """Return when it is known what an image's data will be.  Raises FormatsUnset."""
    unset = [name for name in ("disk_format", "container_format") if not getattr(image, name)]
    if unset:
        raise errors.FormatsUnset(names=", ".join(unset))


def forget(database: Database, store: Stores, data_id: str) -> None:
    """Have every store forget data that was discarded, and note that it has."""
    store.delete(data_id)
    with database.transaction() as session:
        queries.forgotten(session, data_id)
