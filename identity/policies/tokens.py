"""Who may do what with tokens and the catalog."""

from common.policy import AUTHENTICATED, Rule

_OWN_OR_ADMIN = "role:admin or role:service or user_id:%(user_id)s"
_READ = f"{_OWN_OR_ADMIN} or (role:reader and system_scope:all)"

CHECK = Rule("identity:check_token", _READ, "HEAD /v3/auth/tokens", "Check a token.")
VALIDATE = Rule("identity:validate_token", _READ, "GET /v3/auth/tokens", "Describe a token.")
REVOKE = Rule("identity:revoke_token", _OWN_OR_ADMIN, "DELETE /v3/auth/tokens", "End a token.")
CATALOG = Rule(
    "identity:get_auth_catalog", AUTHENTICATED, "GET /v3/auth/catalog", "See the catalog."
)
PROJECTS = Rule(
    "identity:get_auth_projects",
    AUTHENTICATED,
    "GET /v3/auth/projects",
    "See the projects one may ask a token for.",
)
DOMAINS = Rule(
    "identity:get_auth_domains",
    AUTHENTICATED,
    "GET /v3/auth/domains",
    "See the domains one may ask a token for.",
)
SYSTEM = Rule(
    "identity:get_auth_system",
    AUTHENTICATED,
    "GET /v3/auth/system",
    "See whether one may ask for a token of system scope.",
)
RULES = [CHECK, VALIDATE, REVOKE, CATALOG, PROJECTS, DOMAINS, SYSTEM]
