"""Questions about metadata definitions."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import paging
from common.context import RequestContext
from image import errors
from image.db.models import Association, Definition, Namespace, ResourceType

SORTABLE: dict[str, Any] = {
    name: getattr(Namespace, name)
    for name in (
        "namespace",
        "display_name",
        "visibility",
        "protected",
        "owner",
        "created_at",
        "updated_at",
    )
}


def visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of a namespace."""
    if ctx.is_admin:
        return sa.true()
    return sa.or_(Namespace.visibility == "public", Namespace.owner == ctx.project_id)


def get(session: orm.Session, ctx: RequestContext, name: str) -> Namespace:
    """Return a namespace with its associations.  Raises NamespaceNotFound."""
    query = sa.select(Namespace).where(Namespace.namespace == name, visible(ctx))
    found = session.scalars(query.options(orm.selectinload(Namespace.associations))).one_or_none()
    if found is None:
        raise errors.NamespaceNotFound(name=name)
    return found


def page(
    session: orm.Session, ctx: RequestContext, conditions: Sequence[Any], wanted: paging.Page
) -> list[Namespace]:
    """Return one page of the namespaces that the caller sees."""
    query = sa.select(Namespace).where(visible(ctx), *conditions)
    query = query.options(orm.selectinload(Namespace.associations))
    return paging.fetch(session, query, SORTABLE, Namespace.namespace, wanted)


def for_types(names: Sequence[str]) -> Any:
    """Return the condition that a namespace is for one of these kinds of resources."""
    theirs = sa.select(Association.namespace_id).where(Association.resource_type.in_(names))
    return Namespace.id.in_(theirs)


def flush(session: orm.Session, kind: str, name: str) -> None:
    """Write what was changed.  Raises MetadefExists when a name is taken."""
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        raise errors.MetadefExists(kind=kind, name=name) from error


def definitions(session: orm.Session, namespace: Namespace, kind: str) -> Sequence[Definition]:
    """Return all of one kind that a namespace defines, by name."""
    query = sa.select(Definition).where(
        Definition.namespace_id == namespace.id, Definition.kind == kind
    )
    return session.scalars(query.order_by(Definition.name)).all()


def definition(session: orm.Session, namespace: Namespace, kind: str, name: str) -> Definition:
    """Return one thing that a namespace defines.  Raises DefinitionNotFound."""
    found = session.get(Definition, (namespace.id, kind, name))
    if found is None:
        raise errors.DefinitionNotFound(kind=kind, name=name, namespace=namespace.namespace)
    return found


def clear(session: orm.Session, namespace: Namespace, kind: str) -> None:
    """Remove all of one kind."""
    session.execute(
        sa.delete(Definition).where(
            Definition.namespace_id == namespace.id, Definition.kind == kind
        )
    )


def resource_types(session: orm.Session) -> Sequence[ResourceType]:
    """Return every kind of resource."""
    return session.scalars(sa.select(ResourceType).order_by(ResourceType.name)).all()


def know_types(session: orm.Session, names: Sequence[str]) -> None:
    """Keep those kinds of resources that were not heard of before."""
    known = sa.select(ResourceType.name).where(ResourceType.name.in_(names))
    for name in sorted(set(names) - set(session.scalars(known))):
        session.add(ResourceType(name=name))
    session.flush()
