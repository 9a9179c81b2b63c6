"""Domains, projects, users, groups, roles, the catalog, delegation and revocations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _domains()
    _users()
    _groups()
    _roles()
    _catalog()
    _trusts()
    _application_credentials()
    _access_rules()
    _credentials()
    _revocations()


def _domains() -> None:
    op.create_table(
        "domains",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("extra", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("domain_id", sa.String(64), nullable=False),
        sa.Column("parent_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("extra", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["domain_id"], ["domains.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("domain_id", "name"),
    )
    op.create_index("ix_projects_domain_id", "projects", ["domain_id"])
    op.create_index("ix_projects_parent_id", "projects", ["parent_id"])
    op.create_table(
        "project_tags",
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "name"),
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("domain_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("default_project_id", sa.String(64)),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("password_changed_at", sa.DateTime),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.DateTime),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("extra", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["domain_id"], ["domains.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("domain_id", "name"),
    )
    op.create_index("ix_users_domain_id", "users", ["domain_id"])
    op.create_table(
        "old_passwords",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_old_passwords_user_id", "old_passwords", ["user_id"])


def _groups() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("domain_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("extra", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["domain_id"], ["domains.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("domain_id", "name"),
    )
    op.create_index("ix_groups_domain_id", "groups", ["domain_id"])
    op.create_table(
        "memberships",
        sa.Column("group_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("group_id", "user_id"),
    )


def _roles() -> None:
    op.create_table(
        "roles",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("domain_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("extra", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("domain_id", "name"),
    )
    op.create_table(
        "implications",
        sa.Column("prior_id", sa.String(64), nullable=False),
        sa.Column("implied_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["implied_id"], ["roles.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["prior_id"], ["roles.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("prior_id", "implied_id"),
    )
    op.create_table(
        "assignments",
        sa.Column("actor", sa.String(8), nullable=False),
        sa.Column("actor_id", sa.String(64), nullable=False),
        sa.Column("target", sa.String(8), nullable=False),
        sa.Column("target_id", sa.String(64), nullable=False),
        sa.Column("role_id", sa.String(64), nullable=False),
        sa.Column("inherited", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor", "actor_id", "target", "target_id", "role_id", "inherited"),
    )
    op.create_index("ix_assignments_target", "assignments", ["target", "target_id"])


def _catalog() -> None:
    op.create_table(
        "regions",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("parent_region_id", sa.String(255)),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("extra", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["parent_region_id"], ["regions.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "services",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("extra", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "endpoints",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("service_id", sa.String(64), nullable=False),
        sa.Column("region_id", sa.String(255)),
        sa.Column("interface", sa.String(8), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("extra", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"]),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_endpoints_service_id", "endpoints", ["service_id"])


def _trusts() -> None:
    op.create_table(
        "trusts",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("trustor_user_id", sa.String(64), nullable=False),
        sa.Column("trustee_user_id", sa.String(64), nullable=False),
        sa.Column("project_id", sa.String(64)),
        sa.Column("impersonation", sa.Boolean, nullable=False),
        sa.Column("expires_at", sa.DateTime),
        sa.Column("remaining_uses", sa.Integer),
        sa.Column("redelegated_trust_id", sa.String(64)),
        sa.Column("redelegation_count", sa.Integer, nullable=False),
        sa.Column("extra", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["redelegated_trust_id"], ["trusts.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["trustee_user_id"], ["users.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["trustor_user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_trusts_project_id", "trusts", ["project_id"])
    op.create_index("ix_trusts_redelegated_trust_id", "trusts", ["redelegated_trust_id"])
    op.create_index("ix_trusts_trustee_user_id", "trusts", ["trustee_user_id"])
    op.create_index("ix_trusts_trustor_user_id", "trusts", ["trustor_user_id"])
    op.create_table(
        "trust_roles",
        sa.Column("trust_id", sa.String(64), nullable=False),
        sa.Column("role_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["trust_id"], ["trusts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trust_id", "role_id"),
    )


def _application_credentials() -> None:
    op.create_table(
        "application_credentials",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("secret_hash", sa.String(255), nullable=False),
        sa.Column("expires_at", sa.DateTime),
        sa.Column("unrestricted", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "name"),
    )
    op.create_index(
        "ix_application_credentials_project_id", "application_credentials", ["project_id"]
    )
    op.create_index("ix_application_credentials_user_id", "application_credentials", ["user_id"])
    op.create_table(
        "application_credential_roles",
        sa.Column("credential_id", sa.String(64), nullable=False),
        sa.Column("role_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["application_credentials.id"], ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("credential_id", "role_id"),
    )


def _access_rules() -> None:
    op.create_table(
        "access_rules",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("service", sa.String(255), nullable=False),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("path", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_access_rules_user_id", "access_rules", ["user_id"])
    op.create_table(
        "application_credential_rules",
        sa.Column("credential_id", sa.String(64), nullable=False),
        sa.Column("rule_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["application_credentials.id"], ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["access_rules.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("credential_id", "rule_id"),
    )


def _credentials() -> None:
    op.create_table(
        "credentials",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("project_id", sa.String(64)),
        sa.Column("type", sa.String(255), nullable=False),
        sa.Column("blob", sa.Text, nullable=False),
        sa.Column("extra", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_credentials_project_id", "credentials", ["project_id"])
    op.create_index("ix_credentials_user_id", "credentials", ["user_id"])


def _revocations() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.execute("INSERT INTO counters (name, value) VALUES ('revocations', 0)")
    op.create_table(
        "revocations",
        sa.Column("sequence", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("issued_before", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("condition", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_index("ix_revocations_expires_at", "revocations", ["expires_at"])
