"""What lists and links need of a request."""

import dataclasses
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

import falcon

from common import errors, paging
from volume.views.common import following

Found = TypeVar("Found")


class MarkerNotFound(errors.NotFound):
    message = "Marker {marker} could not be found."


@dataclasses.dataclass(frozen=True)
class Address:
    """Where the caller asked.  base: `http://host:8776`.  project: `/<id>`, or empty."""

    base: str
    project: str


def address(req: falcon.Request) -> Address:
    """Return where the caller asked, so that links lead there again."""
    project = getattr(req.context, "project_in_path", None)
    return Address(str(req.forwarded_prefix), f"/{project}" if project else "")


def since(req: falcon.Request, version: tuple[int, int]) -> None:
    """Return when the request's microversion knows this route.  Raises NotFound."""
    if req.context.version < version:
        raise errors.NotFound()


def before(req: falcon.Request, version: tuple[int, int]) -> bool:
    """Tell whether the request's microversion is older than one."""
    return bool(req.context.version < version)


def page(req: falcon.Request, keys: Collection[str]) -> tuple[paging.Page, int]:
    """Return the page and the offset that a list is asked for.  Raises BadRequest."""
    wanted = paging.page(req, sort_keys=list(keys), ascending=False)
    given = req.get_param("offset") or "0"
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        raise errors.BadRequest(reason=f"offset must be an integer of 0 or more, not {given!r}")
    return wanted, int(given)


def fetched(action: Callable[[], Found], marker: str | None) -> Found:
    """Return what a list finds.  Raises MarkerNotFound, with 404 as Block Storage has it."""
    try:
        return action()
    except paging.MarkerNotFound as error:
        raise MarkerNotFound(marker=marker) from error


def listed(
    req: falcon.Request, name: str, shown: Sequence[dict[str, Any]], limit: int
) -> dict[str, Any]:
    """Return the body of a list, with the way to the next page where this one is full."""
    where = address(req)
    path = "/v3" + where.project + req.path.removeprefix("/v3")
    ids = [str(one["id"]) for one in shown]
    more = following(where.base, path, req.params, ids, limit) if limit else []
    return {name: list(shown)} | ({f"{name}_links": more} if more else {})


def counted(req: falcon.Request) -> bool:
    """Tell whether the caller wants to know how many there are on all pages (3.45)."""
    wanted = (req.get_param("with_count") or "").lower()
    return not before(req, (3, 45)) and wanted in ("true", "1", "yes")
