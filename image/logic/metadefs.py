"""Namespaces of metadata definitions, and the kinds of resources they are for."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from common import paging
from common.clock import utcnow
from common.context import RequestContext
from common.db import Database
from image import errors
from image.db import metadefs as queries
from image.db.models import Association, Definition, Namespace, ResourceType

OBJECT, PROPERTY, TAG = "object", "property", "tag"
# What a namespace is when nothing else is said, at its creation and at each change: a change
# replaces the whole of it.  Source: Image API v2, `PUT /v2/metadefs/namespaces/{namespace}`.
DEFAULTS: dict[str, Any] = {
    "display_name": None,
    "description": None,
    "visibility": "private",
    "protected": False,
}
_SHOWN = frozenset({"created_at", "updated_at", "self", "schema"})


class Metadefs:
    """The namespaces of a cloud."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self, ctx: RequestContext, wanted: paging.Page, facts: Mapping[str, Any]
    ) -> Sequence[Namespace]:
        """Return one page.  facts: visibility, resource_types (a list): what to narrow it by."""
        conditions = []
        if facts.get("visibility"):
            conditions.append(Namespace.visibility == facts["visibility"])
        if facts.get("resource_types"):
            conditions.append(queries.for_types(facts["resource_types"]))
        with self._database.reading() as session:
            return queries.page(session, ctx, conditions, wanted)

    def get(
        self, ctx: RequestContext, name: str
    ) -> tuple[Namespace, dict[str, Sequence[Definition]]]:
        """Return a namespace, and what it defines by kind.  Raises NamespaceNotFound."""
        with self._database.reading() as session:
            found = queries.get(session, ctx, name)
            kinds = (OBJECT, PROPERTY, TAG)
            return found, {kind: queries.definitions(session, found, kind) for kind in kinds}

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Namespace:
        """Make a namespace with all that it defines.  Raises MetadefExists."""
        values = {name: wanted.get(name, value) for name, value in DEFAULTS.items()}
        namespace = Namespace(
            id=str(uuid.uuid4()),
            namespace=wanted["namespace"],
            owner=wanted.get("owner", ctx.project_id),
            associations=[
                _association(one) for one in wanted.get("resource_type_associations", ())
            ],
            **values,
        )
        with self._database.transaction() as session:
            queries.know_types(session, [one.resource_type for one in namespace.associations])
            session.add(namespace)
            queries.flush(session, "namespace", namespace.namespace)
            for kind, name, body in _defined(wanted):
                session.add(defined(namespace, kind, name, body))
                queries.flush(session, kind, name)
        return namespace

    def update(self, ctx: RequestContext, name: str, wanted: Mapping[str, Any]) -> Namespace:
        """Replace what a namespace says of itself.  Raises NamespaceNotFound, MetadefExists."""
        with self._database.transaction() as session:
            namespace = queries.get(session, ctx, name)
            for key, value in DEFAULTS.items():
                setattr(namespace, key, wanted.get(key, value))
            namespace.namespace = wanted["namespace"]
            namespace.owner = wanted.get("owner", namespace.owner)
            namespace.updated_at = utcnow()
            queries.flush(session, "namespace", namespace.namespace)
        return namespace

    def delete(self, ctx: RequestContext, name: str) -> None:
        """Remove a namespace and what it defines.

        Raises NamespaceNotFound, NamespaceProtected.
        """
        with self._database.transaction() as session:
            namespace = queries.get(session, ctx, name)
            if namespace.protected:
                raise errors.NamespaceProtected(name=name)
            session.delete(namespace)

    def resource_types(self) -> Sequence[ResourceType]:
        """Return every kind of resource that a namespace can be for."""
        with self._database.reading() as session:
            return queries.resource_types(session)

    def associate(self, ctx: RequestContext, name: str, wanted: Mapping[str, Any]) -> Association:
        """Say that a namespace is for a kind of resource, known or new.

        Raises NamespaceNotFound, MetadefExists.
        """
        association = _association(wanted)
        with self._database.transaction() as session:
            namespace = queries.get(session, ctx, name)
            queries.know_types(session, [association.resource_type])
            namespace.associations.append(association)
            queries.flush(session, "resource type association", association.resource_type)
        return association

    def dissociate(self, ctx: RequestContext, name: str, resource_type: str) -> None:
        """Say that a namespace is not for a kind of resource any more.

        Raises NamespaceNotFound, AssociationNotFound.
        """
        with self._database.transaction() as session:
            namespace = queries.get(session, ctx, name)
            for one in namespace.associations:
                if one.resource_type == resource_type:
                    namespace.associations.remove(one)
                    return
            raise errors.AssociationNotFound(namespace=name, name=resource_type)


def _association(wanted: Mapping[str, Any]) -> Association:
    return Association(
        resource_type=wanted["name"],
        prefix=wanted.get("prefix"),
        properties_target=wanted.get("properties_target"),
        created_at=utcnow(),
        updated_at=utcnow(),
    )


def _defined(wanted: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return (kind, name, body) of all that comes with a new namespace."""
    return [
        *((OBJECT, one["name"], one) for one in wanted.get("objects", ())),
        *((PROPERTY, name, body) for name, body in wanted.get("properties", {}).items()),
        *((TAG, one["name"], one) for one in wanted.get("tags", ())),
    ]


def defined(namespace: Namespace, kind: str, name: str, wanted: Mapping[str, Any]) -> Definition:
    """Return the row of something that a namespace defines."""
    return Definition(
        namespace_id=namespace.id,
        kind=kind,
        name=name,
        body=body(wanted),
        created_at=utcnow(),
        updated_at=utcnow(),
    )


def body(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a definition beside its name."""
    return {key: value for key, value in wanted.items() if key != "name" and key not in _SHOWN}
