"""Queries on software configurations and deployments."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import paging
from orchestration import errors, states
from orchestration.db.models import SoftwareConfig, SoftwareDeployment

COLUMNS = {"created_at": SoftwareConfig.created_at, "id": SoftwareConfig.id}


def config(session: orm.Session, project_id: str, config_id: str) -> SoftwareConfig:
    """Return a project's configuration.  Raises SoftwareConfigNotFound."""
    found = session.get(SoftwareConfig, config_id)
    if found is None or found.project_id != project_id:
        raise errors.SoftwareConfigNotFound(config=config_id)
    return found


def configs(session: orm.Session, project_id: str, page: paging.Page) -> Any:
    """Return one page of a project's configurations."""
    query = sa.select(SoftwareConfig).where(SoftwareConfig.project_id == project_id)
    return paging.fetch(session, query, COLUMNS, SoftwareConfig.id, page)


def is_used(session: orm.Session, config_id: str) -> bool:
    """Say whether a deployment uses a configuration."""
    query = sa.select(SoftwareDeployment.id).where(SoftwareDeployment.config_id == config_id)
    return session.scalars(query.limit(1)).first() is not None


def deployment(session: orm.Session, project_id: str, deployment_id: str) -> SoftwareDeployment:
    """Return a project's deployment.  Raises SoftwareDeploymentNotFound."""
    found = session.get(SoftwareDeployment, deployment_id)
    if found is None or found.project_id != project_id:
        raise errors.SoftwareDeploymentNotFound(deployment=deployment_id)
    return found


def deployments(
    session: orm.Session, project_id: str, server_id: str | None
) -> list[SoftwareDeployment]:
    """Return a project's deployments, oldest first.  server_id: only those for this server."""
    query = sa.select(SoftwareDeployment).where(SoftwareDeployment.project_id == project_id)
    if server_id is not None:
        query = query.where(SoftwareDeployment.server_id == server_id)
    order = (SoftwareDeployment.created_at, SoftwareDeployment.id)
    return list(session.scalars(query.order_by(*order)))


def on_server(
    session: orm.Session, project_id: str, server_id: str
) -> list[tuple[SoftwareDeployment, SoftwareConfig]]:
    """Return a server's deployments with their configurations, in the order they came."""
    query = (
        sa.select(SoftwareDeployment, SoftwareConfig)
        .join(SoftwareConfig, SoftwareConfig.id == SoftwareDeployment.config_id)
        .where(
            SoftwareDeployment.project_id == project_id,
            SoftwareDeployment.server_id == server_id,
        )
        .order_by(SoftwareDeployment.created_at, SoftwareDeployment.id)
    )
    return [(one, other) for one, other in session.execute(query)]


def give_up(session: orm.Session, node_ids: Iterable[str], reason: str) -> None:
    """Let the deployments under way of these resources have failed."""
    wanted = sa.update(SoftwareDeployment).where(
        SoftwareDeployment.node_id.in_(list(node_ids)),
        SoftwareDeployment.status == states.IN_PROGRESS,
    )
    session.execute(wanted.values(status=states.FAILED, status_reason=reason))
