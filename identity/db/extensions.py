"""The tables of the API's extensions: OAuth1, endpoint filters, domain configuration, limits."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from identity.db.models import Model, key, of


class Consumer(Model):
    """A program that users may let act for them by OAuth1.  secret: sealed."""

    __tablename__ = "consumers"

    id: Mapped[str] = key()
    description: Mapped[str | None] = mapped_column(sa.Text)
    secret: Mapped[str] = mapped_column(sa.Text)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)


class RequestToken(Model):
    """What a consumer asks with.  secret: sealed.

    verifier: what the user who allowed it tells the consumer; None until somebody has.
    role_ids: {"ids": [...]}, those that the user passes on.
    """

    __tablename__ = "request_tokens"

    id: Mapped[str] = key()
    secret: Mapped[str] = mapped_column(sa.Text)
    consumer_id: Mapped[str] = of("consumers")
    project_id: Mapped[str] = of("projects")
    user_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    verifier: Mapped[str | None]
    role_ids: Mapped[dict[str, Any]] = mapped_column(default=dict)
    expires_at: Mapped[dt.datetime]


class AccessToken(Model):
    """What a consumer acts with, for a user, in a project.  secret: sealed.

    Its id is the audit chain of every token that is asked for with it.
    """

    __tablename__ = "access_tokens"

    id: Mapped[str] = key()
    secret: Mapped[str] = mapped_column(sa.Text)
    consumer_id: Mapped[str] = of("consumers")
    project_id: Mapped[str] = of("projects")
    user_id: Mapped[str] = of("users")
    role_ids: Mapped[dict[str, Any]] = mapped_column(default=dict)
    expires_at: Mapped[dt.datetime | None]


class DomainOption(Model):
    """One option of a domain's configuration.  value: {"value": ...}, sealed where it is secret."""

    __tablename__ = "domain_options"

    domain_id: Mapped[str] = of("domains", key=True)
    group: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(default=dict)


class EndpointGroup(Model):
    """The endpoints that have something in common.

    filters: what: service_id, region_id, interface.
    """

    __tablename__ = "endpoint_groups"

    id: Mapped[str] = key()
    name: Mapped[str]
    description: Mapped[str | None] = mapped_column(sa.Text)
    filters: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ProjectEndpoint(Model):
    """An endpoint that is in a project's catalog."""

    __tablename__ = "project_endpoints"

    project_id: Mapped[str] = of("projects", key=True)
    endpoint_id: Mapped[str] = of("endpoints", key=True)


class ProjectEndpointGroup(Model):
    """A group of endpoints that is in a project's catalog."""

    __tablename__ = "project_endpoint_groups"

    project_id: Mapped[str] = of("projects", key=True)
    endpoint_group_id: Mapped[str] = of("endpoint_groups", key=True)


class PolicyUse(Model):
    """Which policy document is for an endpoint, for a service, or for a service in a region.

    What is not named is an empty text.
    """

    __tablename__ = "policy_uses"

    endpoint_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True, default="")
    service_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True, default="")
    region_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True, default="")
    policy_id: Mapped[str] = of("policies")


class RegisteredLimit(Model):
    """How much of something a project may have where nothing else is said.

    region_id: empty for every region.
    """

    __tablename__ = "registered_limits"
    __table_args__ = (sa.UniqueConstraint("service_id", "region_id", "resource_name"),)

    id: Mapped[str] = key()
    service_id: Mapped[str] = of("services")
    region_id: Mapped[str] = mapped_column(sa.String(255), default="")
    resource_name: Mapped[str]
    default_limit: Mapped[int]
    description: Mapped[str | None] = mapped_column(sa.Text)


class Limit(Model):
    """How much of something a project, or a domain, may have.  The other one is empty."""

    __tablename__ = "limits"
    __table_args__ = (sa.UniqueConstraint("registered_limit_id", "project_id", "domain_id"),)

    id: Mapped[str] = key()
    registered_limit_id: Mapped[str] = of("registered_limits")
    project_id: Mapped[str] = mapped_column(sa.String(64), default="", index=True)
    domain_id: Mapped[str] = mapped_column(sa.String(64), default="", index=True)
    resource_limit: Mapped[int]
    description: Mapped[str | None] = mapped_column(sa.Text)

    registered: Mapped[RegisteredLimit] = orm.relationship(lazy="joined", innerjoin=True)
