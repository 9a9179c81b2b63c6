"""Copies of images in several stores."""

import logging
from collections.abc import Sequence

from sqlalchemy import orm

from common.context import RequestContext
from common.db import Database
from image import errors
from image.db import copies
from image.db import images as queries
from image.db.models import Image
from image.drivers.base import DataForgotten
from image.drivers.stores import Stores

LOG = logging.getLogger(__name__)
CHUNK = 1 << 20


class Copying:
    """Brings images from one store to others, and has stores forget them."""

    def __init__(self, database: Database, stores: Stores) -> None:
        self._database = database
        self.stores = stores

    def wanted(self, names: Sequence[str] | None, everywhere: bool) -> list[str]:
        """Return the stores that a request names; the default one when it names none.

        Raises StoreUnknown, ImportRefused.
        """
        if everywhere and names:
            raise errors.ImportRefused(reason="give stores or all_stores, not both")
        for name in names or ():
            if name not in self.stores.ids:
                raise errors.StoreUnknown(store=name, known=", ".join(self.stores.ids))
        if everywhere:
            return list(self.stores.ids)
        return list(dict.fromkeys(names or [self.stores.default]))

    def begin(
        self, session: orm.Session, image_id: str, data_id: str, to: Sequence[str]
    ) -> list[str]:
        """Note that data is on its way to stores; return those that do not have it.

        Raises Conflict while one of them still has to forget what it had.
        """
        for store, its_data in ((store, its_data) for its_data, store in copies.discards(session)):
            if its_data == data_id and store in to:
                raise errors.ImageBusy(image_id=image_id, status="leaving a store", verb="import")
        return list(copies.begin(session, image_id, to))

    def copy(self, image_id: str, data_id: str, source: Sequence[str], to: Sequence[str]) -> str:
        """Copy data to stores that it is on its way to; return what went wrong, or nothing."""
        failed = []
        for store in to:
            try:
                self._copy(data_id, source, store)
            except (OSError, DataForgotten, errors.StoreFull) as error:
                LOG.warning("image %s cannot be copied to store %s: %s", image_id, store, error)
                failed.append(f"{store}: {error or 'the image is gone'}")
                self._end(image_id, data_id, store, copies.FAILED)
            else:
                self._end(image_id, data_id, store, copies.READY)
        return "; ".join(failed)

    def _copy(self, data_id: str, source: Sequence[str], to: str) -> None:
        self.stores.delete(data_id, to)
        incoming = self.stores.begin(data_id, to)
        try:
            with self.stores.open(data_id, source) as file:
                while chunk := file.read(CHUNK):
                    incoming.write(chunk)
            incoming.keep()
        except BaseException:
            incoming.abandon()
            raise

    def _end(self, image_id: str, data_id: str, store: str, status: str) -> None:
        with self._database.transaction() as session:
            counts = copies.end(session, image_id, store, status)
            if status != copies.READY or not counts:
                copies.discard(session, data_id, store)
        self.forget()

    def delete(self, ctx: RequestContext, image_id: str, store: str) -> None:
        """Have a store forget an image that another one keeps.

        Raises ImageNotFound, ImageNotYours, StoreHasNone, OnlyCopy.
        """
        with self._database.transaction() as session:
            image = queries.get_own(session, ctx, image_id)
            copies.lock(session, image_id)
            if store not in copies.stores(session, image_id):
                raise errors.StoreHasNone(image_id=image_id, store=store)
            if not copies.drop(session, image, store):
                raise errors.OnlyCopy(image_id=image_id, store=store)
        self.forget()

    def take_back(self, session: orm.Session, image: Image, made: Sequence[str]) -> None:
        """Have stores forget the copies that were made of an image, and those on their way."""
        data_id = str(image.data_id)
        copies.give_up(session, image.id, data_id, None)
        for store in made:
            if not copies.drop(session, image, store):
                LOG.info("image %s stays in store %s: no other has it", image.id, store)

    def forget(self) -> None:
        """Have stores forget what single ones of them have to."""
        with self._database.reading() as session:
            found = copies.discards(session)
        for data_id, store in found:
            self.stores.delete(data_id, store)
            with self._database.transaction() as session:
                copies.forgotten(session, data_id, store)
