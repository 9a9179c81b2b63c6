"""Who may do what with users."""

from identity.policies.base import (
    DOMAIN_MANAGER,
    DOMAIN_READER,
    OWN_OR_ADMIN,
    OWN_OR_READER,
    OWNER,
    Rule,
    crud,
)

USERS = crud(
    "user", "users", list_=DOMAIN_READER, get=f"{DOMAIN_READER} or {OWNER}", write=DOMAIN_MANAGER
)
PASSWORD = Rule(
    "identity:change_password",
    OWN_OR_ADMIN,
    "POST /v3/users/{user_id}/password",
    "Change a password by giving the old one.",
)
PROJECTS = Rule(
    "identity:list_user_projects",
    f"{DOMAIN_READER} or {OWNER}",
    "GET /v3/users/{user_id}/projects",
    "List the projects that a user has a role on.",
)
GROUPS = Rule(
    "identity:list_groups_for_user",
    f"{DOMAIN_READER} or {OWN_OR_READER}",
    "GET /v3/users/{user_id}/groups",
    "List a user's groups.",
)
RULES = [*USERS.all, PASSWORD, PROJECTS, GROUPS]
