"""Addresses outside the stores where an image's data is, as its owner says.

Source: Image API v2, patches of `/locations`; what they may do follows the reference service.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import orm

from common import http
from common.errors import BadRequest
from image import errors
from image.db import copies
from image.db import images as queries
from image.db.models import Image, Location
from image.drivers import web
from image.logic import limits
from image.logic.data import check_formats
from image.logic.digests import ALGORITHM
from image.logic.limits import Limits
from image.logic.patches import Operation
from image.schemas.images import LOCATION

HASHES = ("os_hash_algo", "os_hash_value", "checksum")
_HEXADECIMAL = re.compile("[0-9a-f]+")


class Locations:
    """Gives images addresses, and takes them away.  rules: from where data may come."""

    def __init__(self, accepted: Limits, rules: web.Rules) -> None:
        self._limits = accepted
        self._rules = rules

    def look(self, image: Image, steps: Sequence[Operation]) -> dict[str, int]:
        """Return, by address, how many bytes are at those that an image is to have.

        Asks the servers, so it is no part of a transaction.  Raises BadRequest, LocationRefused.
        """
        known = {url for url, _ in copies.locations(image)}
        wanted: dict[str, int] = {}
        for step in steps:
            for value in _values(step):
                if value["url"] not in known and value["url"] not in wanted:
                    wanted[value["url"]] = self._size(image, value["url"])
        return wanted

    def _size(self, image: Image, url: str) -> int:
        try:
            found = web.fetch(url, self._rules)
        except (web.Refused, web.Failed) as error:
            raise errors.LocationRefused(image_id=image.id, url=url, reason=error) from error
        found.close()
        if found.length is None:
            raise errors.LocationRefused(
                image_id=image.id, url=url, reason="the server does not say how long it is"
            )
        return found.length

    def apply(
        self,
        session: orm.Session,
        image: Image,
        steps: Sequence[Operation],
        sizes: Mapping[str, int],
    ) -> None:
        """Carry out the steps.  sizes: what `look` found.

        Raises BadRequest, LocationRefused, LocationsFixed, LastLocation, InStore, HashesDiffer,
        ImageBusy, FormatsUnset, ImageTooLarge, QuotaExceeded, TooMany.
        """
        copies.lock(session, image.id)
        session.refresh(image, ["status", "copies", "locations"])
        for step in steps:
            if image.status not in ("queued", "active"):
                raise errors.ImageBusy(
                    image_id=image.id, status=image.status, verb="change its locations"
                )
            if step.verb == "add":
                self._add(session, image, step, _values(step)[0], sizes)
            elif step.verb == "remove":
                _remove(image, step)
            else:
                self._replace(session, image, step, sizes)

    def _add(
        self,
        session: orm.Session,
        image: Image,
        step: Operation,
        value: Mapping[str, Any],
        sizes: Mapping[str, int],
    ) -> None:
        known = copies.locations(image)
        url = value["url"]
        if step.index not in (None, "-", str(len(known))):
            raise BadRequest(reason="A new location becomes the last one: add it at /locations/-.")
        if url in (one for one, _ in known):
            raise errors.LocationRefused(image_id=image.id, url=url, reason="it is there already")
        limits.check("locations", len(known) + 1, self._limits.max_locations)
        hashes = value.get("validation_data") or {}
        _check_hashes(image, hashes)
        if image.status == "queued":
            self._settle(session, image, sizes[url], hashes)
        elif sizes[url] != image.size:
            raise errors.LocationRefused(
                image_id=image.id,
                url=url,
                reason=f"{sizes[url]} bytes are there, the image has {image.size}",
            )
        image.locations.append(Location(url=url, facts=dict(value["metadata"])))

    def _settle(
        self, session: orm.Session, image: Image, size: int, hashes: Mapping[str, str]
    ) -> None:
        check_formats(image)
        if size > self._limits.max_size:
            raise errors.ImageTooLarge(image_id=image.id, limit=self._limits.max_size)
        self._limits.check_size(session, image.owner, size)
        if not queries.settle(session, image.id, {"size": size, **hashes}):
            raise errors.ImageBusy(image_id=image.id, status="saving", verb="have a location")
        session.refresh(image, ["status", "size", *HASHES])

    def _replace(
        self, session: orm.Session, image: Image, step: Operation, sizes: Mapping[str, int]
    ) -> None:
        values = _values(step)
        if not values:
            raise errors.LastLocation(image_id=image.id)
        known = copies.locations(image)
        if image.status == "queued" and not known:
            for value in values:
                self._add(session, image, step, value, sizes)
            return
        if [value["url"] for value in values] != [url for url, _ in known]:
            raise errors.LocationsFixed(image_id=image.id)
        for value, location in zip(values[-len(image.locations) :], image.locations, strict=False):
            location.facts = dict(value["metadata"])


def _values(step: Operation) -> list[dict[str, Any]]:
    """Return the locations that a step gives, checked.  Raises BadRequest."""
    if (step.verb == "replace") != (step.index is None):
        raise BadRequest(
            reason="Locations are added at /locations/-, removed at /locations/<number>, and "
            "replaced all together at /locations."
        )
    if step.verb == "remove":
        return []
    values = step.value if step.verb == "replace" else [step.value]
    http.check(values, {"type": "array", "items": LOCATION})
    found: list[dict[str, Any]] = values
    return found


def _remove(image: Image, step: Operation) -> None:
    known = copies.locations(image)
    if len(known) == 1:
        raise errors.LastLocation(image_id=image.id)
    index = int(step.index) if step.index not in (None, "-") else -1
    in_stores = len(known) - len(image.locations)
    if not 0 <= index < len(known):
        raise errors.LocationUnknown(image_id=image.id, index=step.index, count=len(known))
    if index < in_stores:
        store = copies.ready(image)[index]
        raise errors.InStore(index=index, store=store, image_id=image.id)
    del image.locations[index - in_stores]


def _check_hashes(image: Image, given: Mapping[str, str]) -> None:
    """Return when hashes are such as this cloud makes, and those of the image, if it has any."""
    for name in ("checksum", "os_hash_value"):
        if name in given and not _HEXADECIMAL.fullmatch(given[name]):
            raise BadRequest(reason=f"validation_data: {name} must be hexadecimal digits")
    if given and given["os_hash_algo"] != ALGORITHM:
        raise errors.HashesDiffer(
            name="os_hash_algo", image_id=image.id, wanted=ALGORITHM, given=given["os_hash_algo"]
        )
    for name, value in given.items():
        if image.status == "active" and getattr(image, name) != value:
            raise errors.HashesDiffer(
                name=name, image_id=image.id, wanted=getattr(image, name), given=value
            )
