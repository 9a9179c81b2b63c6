"""What list and create calls of all nouns have in common."""

import dataclasses
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import falcon

from common import errors, http, paging
from common.context import RequestContext
from network.db.lists import Listing, Wanted
from network.views.base import only

View = Callable[[Any, RequestContext], dict[str, Any]]
NO_FILTER = {"fields", "limit", "marker", "page_reverse", "sort_key", "sort_dir", "sort"}
MOST_BULK = 1000


def values(req: falcon.Request, name: str) -> list[str]:
    """Return what a query parameter was given, any number of times."""
    found = req.params.get(name, [])
    return [found] if isinstance(found, str) else list(found)


def wanted(req: falcon.Request, listing: Listing) -> Wanted:
    """Return the filters and the page that a list call asks for.  Raises BadRequest."""
    page = paging.page(req, sort_keys=list(listing.columns), default=(("created_at", True),))
    if page.limit == 0:  # as many as one page holds
        page = dataclasses.replace(page, limit=paging.MAX_LIMIT)
    filters = {name: values(req, name) for name in req.params if name not in NO_FILTER}
    limited = req.get_param("limit") not in (None, "", "0")
    return Wanted(page=page, filters=filters, limited=limited)


def fields(req: falcon.Request) -> frozenset[str]:
    """Return the attributes that the answer is to hold; empty for all."""
    return frozenset(values(req, "fields"))


def show(req: falcon.Request, row: Any, view: View) -> dict[str, Any]:
    """Return one row's answer."""
    return only(view(row, req.context.ctx), fields(req))


def page_of(
    req: falcon.Request, plural: str, rows: Sequence[Any], view: View, asked: Wanted
) -> dict[str, Any]:
    """Return the answer of a list call, with links to the pages around it.

    A page that is not full has no further one in its direction, an empty one links back to the
    end it ran over.  Source: Networking API v2.0, pagination.
    """
    document: dict[str, Any] = {plural: [show(req, row, view) for row in rows]}
    full = len(rows) == asked.page.limit
    if not full and not asked.limited:
        return document
    links = []
    if full or asked.page.backwards:
        links.append(_link(req, "next", rows[-1].id if rows else None))
    if asked.limited and (full or not asked.page.backwards):
        links.append(_link(req, "previous", rows[0].id if rows else None))
    if links:
        document[f"{plural}_links"] = links
    return document


def _link(req: falcon.Request, rel: str, marker: str | None) -> dict[str, str]:
    pairs = [
        (name, value)
        for name in req.params
        if name not in ("marker", "page_reverse")
        for value in values(req, name)
    ]
    if marker is not None:
        pairs.append(("marker", marker))
    if rel == "previous":
        pairs.append(("page_reverse", "True"))
    return {"rel": rel, "href": f"{req.prefix}{req.path}?{urllib.parse.urlencode(pairs)}"}


def one(req: falcon.Request, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the checked attributes of a body with one resource.  Raises BadRequest."""
    document = http.json_body(req)
    if not isinstance(document, dict) or name not in document:
        raise errors.BadRequest(reason=f"Unable to find '{name}' in request body")
    return checked(document[name], schema)


def several(
    req: falcon.Request, name: str, plural: str, schema: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], bool]:
    """Return the checked attributes of each resource in a body, and whether it is a list.

    Raises BadRequest.
    """
    document = http.json_body(req)
    if isinstance(document, dict) and plural in document:
        given = document[plural]
        if not isinstance(given, list) or not 1 <= len(given) <= MOST_BULK:
            raise errors.BadRequest(reason=f"{plural} must be a list of 1 to {MOST_BULK}")
        return [checked(one, schema) for one in given], True
    if isinstance(document, dict) and name in document:
        return [checked(document[name], schema)], False
    raise errors.BadRequest(reason=f"Unable to find '{name}' in request body")


def checked(given: Any, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource's attributes, numbers and flags written as text turned into such.

    Raises BadRequest naming the attribute.
    """
    if not isinstance(given, dict):
        raise errors.BadRequest(reason="a resource is a JSON object")
    known = schema["properties"]
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        raise errors.BadRequest(reason=f"Unrecognized attribute(s) '{', '.join(unknown)}'")
    plain = {name: _plain(value, known[name]) for name, value in given.items()}
    http.check(plain, schema)
    return plain


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    """Return the types a schema names: it names one, several, or none."""
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def _plain(value: Any, schema: Mapping[str, Any]) -> Any:
    """Clients write `"true"` and `"22"` where a flag or a number is meant."""
    if not isinstance(value, str):
        return value
    kinds = {kind for one in (schema, *schema.get("anyOf", ())) for kind in _kinds(one)}
    numbers = [one for one in schema.get("enum", ()) if isinstance(one, int)]
    if "boolean" in kinds:
        return {"true": True, "1": True, "false": False, "0": False}.get(value.lower(), value)
    if (("integer" in kinds and "string" not in kinds) or numbers) and value.isascii():
        return int(value) if value.isdecimal() and len(value) < 20 else value
    return value
