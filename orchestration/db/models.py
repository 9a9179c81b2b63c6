"""The tables of orchestration."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from common.clock import utcnow


class Model(orm.DeclarativeBase):
    """The base of this service's tables."""

    type_annotation_map = {dict[str, Any]: sa.JSON, list[str]: sa.JSON}


class Stack(Model):
    """One stack.  Rows of deleted stacks stay, so that their end can be looked up.

    template, environment, files: what the traversal under way makes true.
    previous: {"template", "parameters", "environment", "files"} before the update under way.
    traversal: the id of the walk over the resources that counts; an older one changes nothing.
    parent_id, parent_node: of a nested stack: the stack and the row of the resource it is.
    root_id: the outermost stack above it, which is the stack itself for most.  depth: 0 for those.
    ordered_by: what its parent asked for last, so that the same order counts once.
    """

    __tablename__ = "stacks"
    __table_args__ = (
        sa.Index("ix_stacks_project", "project_id", "created_at", "id"),
        sa.Index("ix_stacks_status", "status"),
        sa.Index("ix_stacks_parent_node", "parent_node"),
        sa.Index("ix_stacks_root", "root_id"),
        sa.Index(
            "uq_stacks_living_name",
            "project_id",
            "name",
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    project_id: Mapped[str] = mapped_column(sa.String(64))
    user_id: Mapped[str] = mapped_column(sa.String(64))
    user_name: Mapped[str | None] = mapped_column(sa.String(255))
    trust_id: Mapped[str | None] = mapped_column(sa.String(64))
    action: Mapped[str] = mapped_column(sa.String(32))
    status: Mapped[str] = mapped_column(sa.String(32))
    status_reason: Mapped[str] = mapped_column(sa.Text, default="")
    traversal: Mapped[str] = mapped_column(sa.String(36))
    template: Mapped[dict[str, Any]]
    environment: Mapped[dict[str, Any]]
    files: Mapped[dict[str, Any]]
    parameters: Mapped[dict[str, Any]]
    previous: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    tags: Mapped[list[str]]
    timeout_mins: Mapped[int] = mapped_column(default=60)
    disable_rollback: Mapped[bool] = mapped_column(default=True)
    deadline: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[dt.datetime | None]
    deleted_at: Mapped[dt.datetime | None]
    parent_id: Mapped[str | None] = mapped_column(sa.String(36))
    parent_node: Mapped[str | None] = mapped_column(sa.String(36))
    root_id: Mapped[str | None] = mapped_column(sa.String(36))
    depth: Mapped[int] = mapped_column(default=0)
    ordered_by: Mapped[str | None] = mapped_column(sa.String(120))


class Resource(Model):
    """One resource of a stack, as a node of its graph.

    goal: present or absent.  state: waiting, running, done or broken, in the stack's traversal.
    action, status, reason: what the API shows.  unique_name: what it is called in the cloud when
    the template gives no name, fixed before it is made, so that a second try finds the first one.
    lease_until: while running, until when its worker must have shown a sign of life.
    holder: the process that worker is in, as `controller.holders` names it.
    begun: whether the step's order has been given and only its end is waited for.
    began_at: when the step under way was taken up first.
    news: grows when what a parked resource waits for has changed.
    hook: the hook it stands still at.  cleared: hooks that were cleared in this traversal.
    """

    __tablename__ = "resources"
    __table_args__ = (
        sa.Index("ix_resources_stack", "stack_id", "name"),
        sa.Index("ix_resources_lease", "state", "lease_until"),
        sa.Index("ix_resources_physical", "physical_id"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    stack_id: Mapped[str] = mapped_column(sa.ForeignKey("stacks.id"))
    name: Mapped[str] = mapped_column(sa.String(255))
    type: Mapped[str] = mapped_column(sa.String(255))
    goal: Mapped[str] = mapped_column(sa.String(16))
    state: Mapped[str] = mapped_column(sa.String(16))
    generation: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[dt.datetime | None]
    holder: Mapped[str | None] = mapped_column(sa.String(255))
    action: Mapped[str] = mapped_column(sa.String(32), default="INIT")
    status: Mapped[str] = mapped_column(sa.String(32), default="COMPLETE")
    status_reason: Mapped[str] = mapped_column(sa.Text, default="")
    unique_name: Mapped[str] = mapped_column(sa.String(255))
    physical_id: Mapped[str | None] = mapped_column(sa.String(255))
    requires: Mapped[list[str]]
    retain: Mapped[bool] = mapped_column(default=False)
    properties: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    attributes: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    data: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[dt.datetime | None]
    begun: Mapped[bool] = mapped_column(default=False)
    began_at: Mapped[dt.datetime | None]
    news: Mapped[int] = mapped_column(default=0)
    hook: Mapped[str | None] = mapped_column(sa.String(32))
    cleared: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))


class Event(Model):
    """One thing that happened to a stack or a resource.  sequence orders those of one stack."""

    __tablename__ = "events"
    __table_args__ = (sa.Index("ix_events_stack", "stack_id", "sequence"),)

    sequence: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    id: Mapped[str] = mapped_column(sa.String(36), unique=True)
    stack_id: Mapped[str] = mapped_column(sa.ForeignKey("stacks.id"))
    resource_name: Mapped[str] = mapped_column(sa.String(255))
    resource_type: Mapped[str] = mapped_column(sa.String(255))
    physical_id: Mapped[str | None] = mapped_column(sa.String(255))
    action: Mapped[str] = mapped_column(sa.String(32))
    status: Mapped[str] = mapped_column(sa.String(32))
    status_reason: Mapped[str] = mapped_column(sa.Text)
    properties: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class SoftwareConfig(Model):
    """A piece of configuration.  It never changes: what is deployed is a copy with its inputs."""

    __tablename__ = "software_configs"
    __table_args__ = (sa.Index("ix_software_configs_project", "project_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    project_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(255), default="")
    group: Mapped[str] = mapped_column("config_group", sa.String(255), default="Heat::Ungrouped")
    config: Mapped[Any] = mapped_column(sa.JSON)
    inputs: Mapped[list[Any]] = mapped_column(sa.JSON)
    outputs: Mapped[list[Any]] = mapped_column(sa.JSON)
    options: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class SoftwareDeployment(Model):
    """A configuration for one server, and what came of it.

    stack_id, node_id: of the resource it is part of, if any.
    """

    __tablename__ = "software_deployments"
    __table_args__ = (
        sa.Index("ix_software_deployments_project", "project_id", "created_at", "id"),
        sa.Index("ix_software_deployments_server", "server_id"),
        sa.Index("ix_software_deployments_node", "node_id"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    project_id: Mapped[str] = mapped_column(sa.String(64))
    config_id: Mapped[str] = mapped_column(sa.ForeignKey("software_configs.id"))
    server_id: Mapped[str] = mapped_column(sa.String(255))
    stack_id: Mapped[str | None] = mapped_column(sa.String(36))
    node_id: Mapped[str | None] = mapped_column(sa.String(36))
    action: Mapped[str | None] = mapped_column(sa.String(255))
    status: Mapped[str | None] = mapped_column(sa.String(32))
    status_reason: Mapped[str | None] = mapped_column(sa.Text)
    input_values: Mapped[dict[str, Any]]
    output_values: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[dt.datetime | None]


class Snapshot(Model):
    """What a stack was at one time.  data: its definition and what each resource remembers."""

    __tablename__ = "snapshots"
    __table_args__ = (sa.Index("ix_snapshots_stack", "stack_id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    stack_id: Mapped[str] = mapped_column(sa.ForeignKey("stacks.id"))
    name: Mapped[str | None] = mapped_column(sa.String(255))
    status: Mapped[str] = mapped_column(sa.String(32))
    status_reason: Mapped[str] = mapped_column(sa.Text, default="")
    data: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class EngineRow(Model):
    """One controller.  interval_s: how often it says that it lives."""

    __tablename__ = "engines"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    host: Mapped[str] = mapped_column(sa.String(255))
    interval_s: Mapped[float]
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
