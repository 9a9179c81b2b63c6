"""The catalog's rows."""

import sqlalchemy as sa
from sqlalchemy import orm

from identity.db.models import Endpoint, Service


def living(session: orm.Session) -> list[tuple[Service, list[Endpoint]]]:
    """Return the enabled services with their enabled endpoints, in a stable order."""
    services = session.scalars(
        sa.select(Service).where(Service.enabled).order_by(Service.type, Service.id)
    ).all()
    found: dict[str, list[Endpoint]] = {service.id: [] for service in services}
    query = sa.select(Endpoint).where(Endpoint.enabled)
    for endpoint in session.scalars(query.order_by(Endpoint.interface, Endpoint.id)):
        if endpoint.service_id in found:
            found[endpoint.service_id].append(endpoint)
    return [(service, found[service.id]) for service in services]
