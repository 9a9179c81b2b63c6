"""The catalog's rows."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from identity.db.extensions import EndpointGroup, ProjectEndpoint, ProjectEndpointGroup
from identity.db.models import Endpoint, Service


def living(
    session: orm.Session, project_id: str | None = None
) -> list[tuple[Service, list[Endpoint]]]:
    """Return the enabled services with their enabled endpoints, in a stable order.

    project_id: when endpoints were put into this project's catalog, it has those only.
    """
    services = session.scalars(
        sa.select(Service).where(Service.enabled).order_by(Service.type, Service.id)
    ).all()
    found: dict[str, list[Endpoint]] = {service.id: [] for service in services}
    query = sa.select(Endpoint).where(Endpoint.enabled)
    chosen = _chosen(session, project_id) if project_id else []
    if chosen:
        query = query.where(sa.or_(*chosen))
    for endpoint in session.scalars(query.order_by(Endpoint.interface, Endpoint.id)):
        if endpoint.service_id in found:
            found[endpoint.service_id].append(endpoint)
    return [(service, found[service.id]) for service in services if found[service.id] or not chosen]


def _chosen(session: orm.Session, project_id: str) -> list[sa.ColumnElement[bool]]:
    """Return what an endpoint of the project's catalog meets one of; nothing: all are in it."""
    query = sa.select(ProjectEndpoint.endpoint_id).where(ProjectEndpoint.project_id == project_id)
    ids = session.scalars(query).all()
    named = [Endpoint.id.in_(ids)] if ids else []
    return [*named, *(meets(group) for group in groups_of(session, project_id))]


def groups_of(session: orm.Session, project_id: str) -> Sequence[EndpointGroup]:
    """Return the groups of endpoints that are in a project's catalog."""
    return session.scalars(
        sa.select(EndpointGroup)
        .join(ProjectEndpointGroup, ProjectEndpointGroup.endpoint_group_id == EndpointGroup.id)
        .where(ProjectEndpointGroup.project_id == project_id)
        .order_by(EndpointGroup.name, EndpointGroup.id)
    ).all()


def meets(group: EndpointGroup) -> sa.ColumnElement[bool]:
    """Return the condition that an endpoint is in a group."""
    columns: dict[str, Any] = {
        "service_id": Endpoint.service_id,
        "region_id": Endpoint.region_id,
        "interface": Endpoint.interface,
    }
    return sa.and_(*(columns[name] == value for name, value in group.filters.items()))
