"""Metadata definitions as the API shows them."""

import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any

from common.clock import iso
from image.db.models import Association, Definition, Namespace, ResourceType

NAMESPACES = "/v2/metadefs/namespaces"
MANY = {"object": "objects", "property": "properties", "tag": "tags"}
Defined = Mapping[str, Sequence[Definition]]


def namespace(row: Namespace) -> dict[str, Any]:
    """Return a namespace and the kinds of resources it is for."""
    names = ("namespace", "display_name", "description", "visibility", "protected", "owner")
    document = {name: getattr(row, name) for name in names if getattr(row, name) is not None}
    if row.associations:
        document["resource_type_associations"] = [_kind(one) for one in row.associations]
    return document | {
        **_moments(row),
        "self": f"{NAMESPACES}/{_quoted(row.namespace)}",
        "schema": "/v2/schemas/metadefs/namespace",
    }


def whole_namespace(row: Namespace, defined: Defined, resource_type: str = "") -> dict[str, Any]:
    """Return a namespace with all that it defines.

    resource_type: properties are shown by the name that they have on this kind of resource.
    """
    document = namespace(row)
    prefix = next(
        (one.prefix or "" for one in row.associations if one.resource_type == resource_type), ""
    )
    if defined["object"]:
        document["objects"] = [
            definition(one, row.namespace) | _prefixed(one.body, prefix)
            for one in defined["object"]
        ]
    if defined["property"]:
        document["properties"] = {prefix + one.name: one.body for one in defined["property"]}
    if defined["tag"]:
        document["tags"] = [{"name": one.name} for one in defined["tag"]]
    return document


def _prefixed(body: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return the parts of an object that name properties, as they are called with a prefix."""
    if not prefix:
        return {}
    properties = {prefix + name: facets for name, facets in body.get("properties", {}).items()}
    required = [prefix + name for name in body.get("required", ())]
    return {"properties": properties, "required": required}


def namespaces(rows: Sequence[Namespace], query: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """Return one page.  query: the request's, for the links to the pages beside it."""
    rest = {name: value for name, value in query.items() if name != "marker"}
    document: dict[str, Any] = {
        "namespaces": [namespace(row) for row in rows],
        "first": _link(rest),
        "schema": "/v2/schemas/metadefs/namespaces",
    }
    if rows and len(rows) == limit:
        document["next"] = _link({**rest, "marker": rows[-1].namespace})
    return document


def definition(row: Definition, namespace_name: str) -> dict[str, Any]:
    """Return an object, property or tag; the schema knows no `self` of properties and tags."""
    document = {**row.body, "name": row.name}
    if row.kind == "property":
        return document
    document |= _moments(row)
    if row.kind == "object":
        document = {"required": [], "properties": {}, **document}
        many = MANY[row.kind]
        document["self"] = f"{NAMESPACES}/{_quoted(namespace_name)}/{many}/{_quoted(row.name)}"
        document["schema"] = "/v2/schemas/metadefs/object"
    return document


def definitions(kind: str, rows: Sequence[Definition], namespace_name: str) -> dict[str, Any]:
    """Return all of one kind: properties by name, the others as a list."""
    many = MANY[kind]
    if kind == "property":
        return {many: {row.name: row.body for row in rows}}
    path = f"{NAMESPACES}/{_quoted(namespace_name)}/{many}"
    shown = [definition(row, namespace_name) for row in rows]
    return {many: shown, "first": path, "schema": f"/v2/schemas/metadefs/{many}"}


def association(row: Association) -> dict[str, Any]:
    """Return the link of a namespace to a kind of resource."""
    return {**_kind(row), **_moments(row)}


def _kind(row: Association) -> dict[str, Any]:
    given = {"prefix": row.prefix, "properties_target": row.properties_target}
    return {"name": row.resource_type} | {k: v for k, v in given.items() if v is not None}


def resource_type(row: ResourceType) -> dict[str, Any]:
    """Return a kind of resource."""
    return {"name": row.name, **_moments(row)}


def _moments(row: Any) -> dict[str, str | None]:
    return {"created_at": iso(row.created_at), "updated_at": iso(row.updated_at)}


def _quoted(name: str) -> str:
    return urllib.parse.quote(name)


def _link(query: Mapping[str, Any]) -> str:
    encoded = urllib.parse.urlencode(query, doseq=True)
    return f"{NAMESPACES}?{encoded}" if encoded else NAMESPACES
