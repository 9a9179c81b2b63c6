"""Software configurations and deployments."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from common import paging
from common.clock import Clock, utcnow
from common.context import RequestContext
from common.db import Database
from orchestration import errors
from orchestration.db import software
from orchestration.db.models import SoftwareConfig, SoftwareDeployment

CONFIG_KEYS = ("name", "group", "config", "inputs", "outputs", "options")
CHANGEABLE = ("action", "status", "status_reason", "input_values", "output_values")


class Software:
    """The configurations and deployments of all projects, each seen by its own.

    wake: has a resource that waits for a deployment looked at again.
    """

    def __init__(
        self, database: Database, wake: Callable[[str], object], clock: Clock = utcnow
    ) -> None:
        self._database = database
        self._wake = wake
        self._clock = clock

    def configs(self, ctx: RequestContext, page: paging.Page) -> Sequence[SoftwareConfig]:
        """Return one page of configurations."""
        with self._database.reading() as session:
            found: Sequence[SoftwareConfig] = software.configs(session, _project(ctx), page)
            return found

    def config(self, ctx: RequestContext, config_id: str) -> SoftwareConfig:
        """Return one configuration.  Raises SoftwareConfigNotFound."""
        with self._database.reading() as session:
            return software.config(session, _project(ctx), config_id)

    def add_config(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> SoftwareConfig:
        """Write a configuration down."""
        row = SoftwareConfig(
            id=str(uuid.uuid4()), project_id=_project(ctx), created_at=self._clock()
        )
        defaults: tuple[Any, ...] = ("", "Heat::Ungrouped", "", [], [], {})
        for key, default in zip(CONFIG_KEYS, defaults, strict=True):
            given = wanted.get(key)
            setattr(row, key, default if given is None else given)
        with self._database.transaction() as session:
            session.add(row)
        return row

    def drop_config(self, ctx: RequestContext, config_id: str) -> None:
        """Remove a configuration.  Raises SoftwareConfigNotFound, SoftwareConfigUsed."""
        with self._database.transaction() as session:
            row = software.config(session, _project(ctx), config_id)
            if software.is_used(session, config_id):
                raise errors.SoftwareConfigUsed(config=config_id)
            session.delete(row)

    def deployments(
        self, ctx: RequestContext, server_id: str | None
    ) -> Sequence[SoftwareDeployment]:
        """Return the deployments, all or those for one server."""
        with self._database.reading() as session:
            return software.deployments(session, _project(ctx), server_id)

    def metadata(self, ctx: RequestContext, server_id: str) -> list[dict[str, Any]]:
        """Return what a server is told of its deployments."""
        with self._database.reading() as session:
            return metadata_of(software.on_server(session, _project(ctx), server_id))

    def deployment(self, ctx: RequestContext, deployment_id: str) -> SoftwareDeployment:
        """Return one deployment.  Raises SoftwareDeploymentNotFound."""
        with self._database.reading() as session:
            return software.deployment(session, _project(ctx), deployment_id)

    def add_deployment(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> SoftwareDeployment:
        """Write a deployment down.  Raises SoftwareConfigNotFound."""
        with self._database.transaction() as session:
            software.config(session, _project(ctx), wanted["config_id"])
            row = SoftwareDeployment(
                id=str(uuid.uuid4()),
                project_id=_project(ctx),
                config_id=wanted["config_id"],
                server_id=wanted["server_id"],
                input_values={},
                output_values={},
                created_at=self._clock(),
            )
            _set(row, wanted)
            session.add(row)
        return row

    def change_deployment(
        self, ctx: RequestContext, deployment_id: str, wanted: Mapping[str, Any]
    ) -> SoftwareDeployment:
        """Change a deployment.  Raises SoftwareDeploymentNotFound, SoftwareConfigNotFound."""
        with self._database.transaction() as session:
            row = software.deployment(session, _project(ctx), deployment_id)
            if wanted.get("config_id"):
                software.config(session, _project(ctx), wanted["config_id"])
                row.config_id = wanted["config_id"]
            _set(row, wanted)
            row.updated_at = self._clock()
        if row.node_id:
            self._wake(row.node_id)
        return row

    def drop_deployment(self, ctx: RequestContext, deployment_id: str) -> None:
        """Remove a deployment.  Raises SoftwareDeploymentNotFound."""
        with self._database.transaction() as session:
            session.delete(software.deployment(session, _project(ctx), deployment_id))


def _project(ctx: RequestContext) -> str:
    return str(ctx.project_id)


def _set(row: SoftwareDeployment, wanted: Mapping[str, Any]) -> None:
    for key in CHANGEABLE:
        if key in wanted:
            given = wanted[key]
            setattr(row, key, {} if given is None and key.endswith("_values") else given)


def metadata_of(
    deployed: Sequence[tuple[SoftwareDeployment, SoftwareConfig]],
) -> list[dict[str, Any]]:
    """Return deployments as agents on a server read them."""
    return [
        {
            "id": config.id,
            "name": config.name,
            "group": config.group,
            "config": config.config,
            "inputs": config.inputs,
            "outputs": config.outputs,
            "options": config.options,
            "creation_time": config.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for _, config in deployed
    ]
