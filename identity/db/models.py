"""The tables of identity."""

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from common.clock import utcnow


def new_id() -> str:
    """Return a new id: 32 hexadecimal digits."""
    return uuid.uuid4().hex


class Model(orm.DeclarativeBase):
    """The base of this service's tables."""

    type_annotation_map = {dict[str, Any]: sa.JSON, str: sa.String(255)}


def key() -> Any:
    """Return the column that holds a row's id."""
    return mapped_column(sa.String(64), primary_key=True, default=new_id)


def of(table: str, *, key: bool = False) -> Any:
    """Return a column that names a row of another table and goes when that row goes."""
    target = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return mapped_column(sa.String(64), target, primary_key=key, index=not key)


class Domain(Model):
    """A name space of users, groups and projects."""

    __tablename__ = "domains"
    tags: ClassVar[tuple["ProjectTag", ...]] = ()  # no words mark a domain

    id: Mapped[str] = key()
    name: Mapped[str] = mapped_column(sa.String(64), unique=True)
    description: Mapped[str] = mapped_column(sa.Text, default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Project(Model):
    """What resources belong to.  parent_id: another project, or the domain."""

    __tablename__ = "projects"
    __table_args__ = (sa.UniqueConstraint("domain_id", "name"),)

    id: Mapped[str] = key()
    domain_id: Mapped[str] = of("domains")
    parent_id: Mapped[str] = mapped_column(sa.String(64), index=True)
    name: Mapped[str] = mapped_column(sa.String(64))
    description: Mapped[str] = mapped_column(sa.Text, default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)

    tags: Mapped[list["ProjectTag"]] = orm.relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="ProjectTag.name"
    )


class ProjectTag(Model):
    """A word that marks a project."""

    __tablename__ = "project_tags"

    project_id: Mapped[str] = of("projects", key=True)
    name: Mapped[str] = mapped_column(sa.String(255), primary_key=True)


class User(Model):
    """Somebody who can ask for tokens.

    password_hash: None for a user that no password opens.  failures, locked_until: wrong
    passwords in a row, and until when that keeps the user out.
    """

    __tablename__ = "users"
    __table_args__ = (sa.UniqueConstraint("domain_id", "name"),)

    id: Mapped[str] = key()
    domain_id: Mapped[str] = of("domains")
    name: Mapped[str]
    description: Mapped[str | None] = mapped_column(sa.Text)
    enabled: Mapped[bool] = mapped_column(default=True)
    default_project_id: Mapped[str | None] = mapped_column(sa.String(64))
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[dt.datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)


class OldPassword(Model):
    """A hash that a user had, for as long as it may not come back."""

    __tablename__ = "old_passwords"

    id: Mapped[str] = key()
    user_id: Mapped[str] = of("users")
    password_hash: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class Group(Model):
    """Users that are given roles together."""

    __tablename__ = "groups"
    __table_args__ = (sa.UniqueConstraint("domain_id", "name"),)

    id: Mapped[str] = key()
    domain_id: Mapped[str] = of("domains")
    name: Mapped[str] = mapped_column(sa.String(64))
    description: Mapped[str] = mapped_column(sa.Text, default="")
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Membership(Model):
    """One user in one group."""

    __tablename__ = "memberships"

    group_id: Mapped[str] = of("groups", key=True)
    user_id: Mapped[str] = of("users", key=True)


class Role(Model):
    """What an assignment gives.  domain_id: empty for a role that every domain shares."""

    __tablename__ = "roles"
    __table_args__ = (sa.UniqueConstraint("domain_id", "name"),)

    id: Mapped[str] = key()
    domain_id: Mapped[str] = mapped_column(sa.String(64), default="")
    name: Mapped[str]
    description: Mapped[str | None] = mapped_column(sa.Text)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Implication(Model):
    """Whoever has the prior role has the implied one too."""

    __tablename__ = "implications"

    prior_id: Mapped[str] = of("roles", key=True)
    implied_id: Mapped[str] = of("roles", key=True)


class Assignment(Model):
    """A role that a user or group has on a project, a domain, or the system.

    actor: `user` or `group`.  target: `project`, `domain` or `system` (whose id is `all`).
    inherited: it counts on the projects below the target, not on the target itself.
    """

    __tablename__ = "assignments"
    __table_args__ = (sa.Index("ix_assignments_target", "target", "target_id"),)

    actor: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    actor_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    target: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    target_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    role_id: Mapped[str] = of("roles", key=True)
    inherited: Mapped[bool] = mapped_column(primary_key=True, default=False)


class Region(Model):
    """A place with its own endpoints."""

    __tablename__ = "regions"

    id: Mapped[str] = mapped_column(sa.String(255), primary_key=True, default=new_id)
    parent_region_id: Mapped[str | None] = mapped_column(sa.ForeignKey("regions.id"))
    description: Mapped[str] = mapped_column(sa.Text, default="")
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Service(Model):
    """One kind of API in the catalog."""

    __tablename__ = "services"

    id: Mapped[str] = key()
    type: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(sa.Text, default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Endpoint(Model):
    """Where a service answers.  url may name %(project_id)s, %(tenant_id)s and %(user_id)s."""

    __tablename__ = "endpoints"

    id: Mapped[str] = key()
    service_id: Mapped[str] = of("services")
    region_id: Mapped[str | None] = mapped_column(sa.ForeignKey("regions.id"))
    interface: Mapped[str] = mapped_column(sa.String(8))
    url: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Trust(Model):
    """The trustor lets the trustee act in a project.

    remaining_uses: tokens that may still be asked for; None for any number.
    redelegation_count: how many times the trust may be passed on.
    """

    __tablename__ = "trusts"

    id: Mapped[str] = key()
    trustor_user_id: Mapped[str] = of("users")
    trustee_user_id: Mapped[str] = of("users")
    project_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("projects.id", ondelete="CASCADE"), index=True
    )
    impersonation: Mapped[bool]
    expires_at: Mapped[dt.datetime | None]
    remaining_uses: Mapped[int | None]
    redelegated_trust_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("trusts.id", ondelete="CASCADE"), index=True
    )
    redelegation_count: Mapped[int] = mapped_column(default=0)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)

    roles: Mapped[list[Role]] = orm.relationship(
        secondary="trust_roles", lazy="selectin", order_by=Role.name
    )


class TrustRole(Model):
    """A role that a trust passes on."""

    __tablename__ = "trust_roles"

    trust_id: Mapped[str] = of("trusts", key=True)
    role_id: Mapped[str] = of("roles", key=True)


class ApplicationCredential(Model):
    """A name and secret that a program authenticates with, as its user, in one project."""

    __tablename__ = "application_credentials"
    __table_args__ = (sa.UniqueConstraint("user_id", "name"),)

    id: Mapped[str] = key()
    user_id: Mapped[str] = of("users")
    project_id: Mapped[str] = of("projects")
    name: Mapped[str]
    description: Mapped[str | None] = mapped_column(sa.Text)
    secret_hash: Mapped[str]
    expires_at: Mapped[dt.datetime | None]
    unrestricted: Mapped[bool] = mapped_column(default=False)

    roles: Mapped[list[Role]] = orm.relationship(
        secondary="application_credential_roles", lazy="selectin", order_by=Role.name
    )
    access_rules: Mapped[list["AccessRule"]] = orm.relationship(
        secondary="application_credential_rules", lazy="selectin"
    )


class ApplicationCredentialRole(Model):
    """A role that an application credential gives."""

    __tablename__ = "application_credential_roles"

    credential_id: Mapped[str] = of("application_credentials", key=True)
    role_id: Mapped[str] = of("roles", key=True)


class AccessRule(Model):
    """One request that a user's application credentials may be limited to."""

    __tablename__ = "access_rules"

    id: Mapped[str] = key()
    user_id: Mapped[str] = of("users")
    service: Mapped[str]
    method: Mapped[str] = mapped_column(sa.String(16))
    path: Mapped[str]


class ApplicationCredentialRule(Model):
    """An access rule that limits an application credential."""

    __tablename__ = "application_credential_rules"

    credential_id: Mapped[str] = of("application_credentials", key=True)
    rule_id: Mapped[str] = of("access_rules", key=True)


class Credential(Model):
    """A secret kept for a user, such as a second factor or an EC2 key.  blob is encrypted."""

    __tablename__ = "credentials"

    id: Mapped[str] = key()
    user_id: Mapped[str] = of("users")
    project_id: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    type: Mapped[str]
    blob: Mapped[str] = mapped_column(sa.Text)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)


class PolicyBlob(Model):
    """A policy document kept for other services.  type: its media type; it is never looked into."""

    __tablename__ = "policies"

    id: Mapped[str] = key()
    type: Mapped[str]
    blob: Mapped[str] = mapped_column(sa.Text)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Rule(Model):
    """A revocation: see common.revocations.Revocation.  condition: the fields it looks at."""

    __tablename__ = "revocations"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    issued_before: Mapped[float]
    expires_at: Mapped[float] = mapped_column(index=True)
    condition: Mapped[dict[str, Any]]


class Counter(Model):
    """The newest revocation's number: its row is locked until the rule is committed, so no number
    is seen before the ones below it."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    value: Mapped[int]
