"""Tasks, and the one kind that can be asked for as such: an image made of what the web has."""

from collections.abc import Mapping, Sequence
from typing import Any

from common import paging
from common.context import RequestContext
from common.db import Database
from common.errors import CloudError
from image import errors
from image.db import images as image_queries
from image.db import tasks as queries
from image.db.models import Task
from image.logic.images import Images, MayShow
from image.logic.imports import Imports

IMPORT = "import"


class Tasks:
    """What is done beside the requests that asked for it."""

    def __init__(self, database: Database, images: Images, imports: Imports) -> None:
        self._database = database
        self._images = images
        self._imports = imports

    def list(
        self, ctx: RequestContext, facts: dict[str, str], wanted: paging.Page
    ) -> Sequence[Task]:
        """Return one page.  facts: type and status that a task has to have."""
        with self._database.reading() as session:
            return queries.page(session, ctx, facts, wanted)

    def get(self, ctx: RequestContext, task_id: str) -> Task:
        """Return one.  Raises TaskNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, task_id)

    def of_image(self, ctx: RequestContext, image_id: str) -> Sequence[Task]:
        """Return an image's tasks, the newest first.  Raises ImageNotFound."""
        with self._database.reading() as session:
            image_queries.get(session, ctx, image_id)
            return queries.of_image(session, image_id)

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any], may_show: MayShow) -> Task:
        """Begin an import into a new image, which goes again when that fails.

        wanted: the `input`: import_from, import_from_format, image_properties.
        Raises ImportRefused, and what making an image raises.
        """
        self._imports.check_uri(wanted["import_from"])
        properties = {
            "disk_format": wanted["import_from_format"],
            "container_format": "bare",
            **wanted["image_properties"],
        }
        image = self._images.create(ctx, properties, may_show)
        try:
            return self._imports.make(ctx, image.id, wanted, lambda: self._undo(image.id))
        except CloudError:
            self._undo(image.id)
            raise

    def _undo(self, image_id: str) -> None:
        try:
            self._images.delete(RequestContext.internal(), image_id)
        except (errors.ImageNotFound, errors.ImageProtected):
            return
