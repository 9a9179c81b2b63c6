"""Imports: data that was staged, that the web or another region has, or that is here already."""

import dataclasses
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from common.context import RequestContext
from common.db import Database
from image import errors, states
from image.clients import Regions, Unreachable
from image.db import copies, tasks
from image.db import images as queries
from image.db.models import Image, Property, Task
from image.drivers import web
from image.logic.copying import Copying
from image.logic.data import Data, Source, Upload, check_formats, forget
from image.logic.jobs import Jobs

LOG = logging.getLogger(__name__)
KIND = "api_image_import"
# What is taken over of an image of another region, beside its formats.
TAKEN_OVER = ("hw_", "trait:", "os_distro", "os_secure_boot", "os_type")


@dataclasses.dataclass(frozen=True)
class Goal:
    """stores: where the data is to be.  whole: whether all of them have to succeed."""

    stores: list[str]
    whole: bool


class Imports:
    """Starts imports.  methods: those that are offered."""

    def __init__(
        self,
        database: Database,
        data: Data,
        copying: Copying,
        *,
        methods: Sequence[str],
        rules: web.Rules,
        regions: Regions | None,
    ) -> None:
        self._database = database
        self._data = data
        self._copying = copying
        self._jobs = Jobs(database)
        self._rules = rules
        self._regions = regions
        self.methods = list(methods)

    def start(self, ctx: RequestContext, image_id: str, wanted: Mapping[str, Any]) -> None:
        """Begin an import, which goes on beside the caller.

        wanted: the body of `POST /v2/images/{id}/import`.
        Raises ImportRefused, StoreUnknown, ImageNotFound, ImageNotYours, ImageBusy, FormatsUnset.
        """
        method = wanted["method"]
        stores = self._copying.wanted(wanted.get("stores"), bool(wanted.get("all_stores")))
        goal = Goal(stores, bool(wanted.get("all_stores_must_succeed", True)))
        known: dict[str, Callable[..., None]] = {
            "glance-direct": self._staged,
            "web-download": self._web,
            "glance-download": self._remote,
            "copy-image": self._more_copies,
        }
        name = method["name"]
        if name not in self.methods or name not in known:
            offered = ", ".join(self.methods)
            raise errors.ImportRefused(reason=f"method {name} is none of {offered}")
        known[name](ctx, image_id, wanted, goal)

    def _staged(
        self, ctx: RequestContext, image_id: str, wanted: Mapping[str, Any], goal: Goal
    ) -> None:
        default = self._copying.stores.default
        here = goal.stores == [default]
        with self._database.transaction() as session:
            image = queries.get_own(session, ctx, image_id)
            queries.import_staged(session, image, states.IMPORT if here else states.SPREAD)
            task = self._task(session, ctx, image, wanted)
            if here:
                copies.add(session, image_id, default)
                tasks.end(session, task.id, "success")
                return
            if default in goal.stores:
                copies.add(session, image_id, default)
            self._copying.begin(session, image_id, str(image.data_id), goal.stores)
        self._jobs.start(task.id, lambda: self._spread(image, goal))

    def _spread(self, image: Image, goal: Goal) -> str:
        """Copy staged data to where it is wanted; return what went wrong."""
        default, data_id = self._copying.stores.default, str(image.data_id)
        others = [store for store in goal.stores if store != default]
        failed = self._copying.copy(image.id, data_id, [default], others)
        with self._database.transaction() as session:
            made = copies.stores(session, image.id)
            done = not failed or (not goal.whole and bool(made))
            counts = queries.end_spread(session, image.id, data_id, done=done)
            if counts and not done:
                unstage(session, image.id, data_id, default)
            if counts and done and default not in goal.stores:
                copies.discard(session, data_id, default)
        if not counts:
            forget(self._database, self._copying.stores, data_id)
        self._copying.forget()
        return failed

    def _web(
        self, ctx: RequestContext, image_id: str, wanted: Mapping[str, Any], goal: Goal
    ) -> None:
        uri = wanted["method"].get("uri")
        if not uri:
            raise errors.ImportRefused(reason="'uri' is what web-download needs")
        self.check_uri(uri)
        self._fetch(ctx, image_id, wanted, goal, lambda: self._opened(uri))

    def check_uri(self, uri: str) -> None:
        """Return when data may be fetched from an address.  Raises ImportRefused."""
        try:
            self._rules.check(uri)
        except web.Refused as error:
            raise errors.ImportRefused(
                reason=f"the URI does not pass filtering: {error}"
            ) from error

    def _opened(self, uri: str) -> web.Download:
        try:
            return web.fetch(uri, self._rules)
        except (web.Refused, web.Failed) as error:
            raise errors.ImportRefused(reason=f"{uri}: {error}") from error

    def _remote(
        self, ctx: RequestContext, image_id: str, wanted: Mapping[str, Any], goal: Goal
    ) -> None:
        method = wanted["method"]
        other = str(method.get("glance_image_id"))
        try:
            uuid.UUID(other)
        except ValueError as error:
            raise errors.ImportRefused(
                reason="the remote image id does not look like a UUID"
            ) from error
        if not method.get("glance_region") or self._regions is None:
            raise errors.ImportRefused(reason="'glance_region' is what glance-download needs")
        regions, token = self._regions, str(ctx.token)
        interface = method.get("glance_service_interface") or "public"

        def opened() -> Any:
            try:
                found = regions.open(token, method["glance_region"], interface, other)
            except Unreachable as error:
                raise errors.ImportRefused(reason=error) from error
            self._take_over(image_id, found.attributes)
            return found

        self._fetch(ctx, image_id, wanted, goal, opened)

    def _take_over(self, image_id: str, attributes: Mapping[str, Any]) -> None:
        """Give an image the formats and those properties that another one has."""
        with self._database.transaction() as session:
            image = queries.get(session, RequestContext.internal(), image_id)
            image.disk_format = attributes.get("disk_format")
            image.container_format = attributes.get("container_format")
            known = {one.name: one for one in image.properties}
            for name, value in attributes.items():
                if name.startswith(TAKEN_OVER) and isinstance(value, str):
                    if name not in known:
                        image.properties.append(Property(name=name, value=value))
                    else:
                        known[name].value = value

    def _fetch(
        self,
        ctx: RequestContext,
        image_id: str,
        wanted: Mapping[str, Any],
        goal: Goal,
        opened: Callable[[], Any],
    ) -> None:
        """Claim an image, and bring its data from elsewhere beside the caller.

        opened: returns what is read from, with its `length` if it is known.
        """
        with self._database.transaction() as session:
            first = goal.stores[0]
            upload = self._data.begin(session, ctx, image_id, None, states.FETCH, first)
            task = self._task(session, ctx, upload.image, wanted, upload.data_id)
        self._jobs.start(task.id, lambda: self._bring(upload, goal, opened))

    def make(
        self,
        ctx: RequestContext,
        image_id: str,
        wanted: Mapping[str, Any],
        undo: Callable[[], None],
    ) -> Task:
        """Bring the data of a new image from `import_from`; undo is called when that fails.

        Raises ImageBusy, FormatsUnset.
        """
        goal = Goal([self._copying.stores.default], whole=True)
        with self._database.transaction() as session:
            upload = self._data.begin(session, ctx, image_id, None, states.FETCH)
            task = tasks.add(
                session,
                ctx,
                "import",
                image_id=image_id,
                data_id=upload.data_id,
                input=dict(wanted),
                result={"image_id": image_id},
            )

        def work() -> str:
            try:
                return self._bring(upload, goal, lambda: self._opened(wanted["import_from"]))
            except BaseException:
                undo()
                raise

        self._jobs.start(task.id, work)
        return task

    def _bring(self, upload: Upload, goal: Goal, opened: Callable[[], Any]) -> str:
        image_id, data_id = upload.image.id, upload.data_id
        try:
            self._receive(upload, opened)
        except BaseException:
            with self._database.transaction() as session:
                copies.fail(session, image_id, goal.stores)
            raise
        rest = goal.stores[1:]
        if not rest:
            return ""
        with self._database.transaction() as session:
            rest = self._copying.begin(session, image_id, data_id, rest)
        return self._copying.copy(image_id, data_id, [goal.stores[0]], rest)

    def _receive(self, upload: Upload, opened: Callable[[], Any]) -> None:
        with self._data.kept(upload):
            source = opened()
            upload.image = self._data.find(RequestContext.internal(), upload.image.id)
            try:
                self._data.take(upload, _checked(source), source.length)
            finally:
                source.close()

    def _more_copies(
        self, ctx: RequestContext, image_id: str, wanted: Mapping[str, Any], goal: Goal
    ) -> None:
        with self._database.transaction() as session:
            image = queries.get_own(session, ctx, image_id)
            if image.status != "active":
                raise errors.ImageBusy(image_id=image_id, status=image.status, verb="copy-image")
            if image.data_id is None:
                raise errors.ImportRefused(reason="the image is in no store yet")
            copies.lock(session, image_id)
            data_id = str(image.data_id)
            missing = self._copying.begin(session, image_id, data_id, goal.stores)
            if not missing:
                raise errors.CopiesComplete(image_id=image_id)
            task = self._task(session, ctx, image, wanted)
            source = copies.stores(session, image_id)

        def work() -> str:
            failed = self._copying.copy(image_id, data_id, source, missing)
            if failed and goal.whole:
                with self._database.transaction() as session:
                    self._copying.take_back(session, image, missing)
                self._copying.forget()
            return failed

        self._jobs.start(task.id, work)

    def _task(
        self,
        session: Any,
        ctx: RequestContext,
        image: Image,
        wanted: Mapping[str, Any],
        data_id: str | None = None,
    ) -> Task:
        request = {"image_id": image.id, "import_req": dict(wanted)}
        return tasks.add(
            session,
            ctx,
            KIND,
            image_id=image.id,
            data_id=data_id or image.data_id,
            input=request,
            result={"image_id": image.id},
        )


def _checked(source: Any) -> Source:
    """Return a source of bytes; what was opened is one by its shape."""
    found: Source = source
    return found


def unstage(session: Any, image_id: str, data_id: str, default: str) -> None:
    """Take every copy of staged data back but the staged one."""
    for status in (copies.READY, copies.COPYING):
        for store in copies.stores(session, image_id, status):
            if store != default:
                copies.discard(session, data_id, store)
    copies.clear(session, image_id)


__all__ = ["KIND", "Goal", "Imports", "check_formats", "unstage"]
