"""Who may do what with roles, what they imply, and their assignments."""

from identity.policies.base import ADMIN, SYSTEM_READER, Rule, crud

_IMPLIES = "/v3/roles/{prior_role_id}/implies"
_GRANTS = "/v3/{target}/{target_id}/{actors}/{actor_id}/roles"

# A domain's manager gives and takes what is worth no more than the manager's own role.
_PASSED_ON = " or ".join(f"'{name}':%(role_name)s" for name in ("manager", "member", "reader"))
_BOTH = "domain_id:%(domain_id)s and domain_id:%(actor_domain_id)s"
_READ = f"{SYSTEM_READER} or (role:reader and {_BOTH})"
_GIVE = f"{ADMIN} or (role:manager and {_BOTH} and ({_PASSED_ON}))"

ROLES = crud(
    "role",
    "roles",
    list_=f"{SYSTEM_READER} or (role:manager and scope:domain)",
    get=f"{SYSTEM_READER} or (role:manager and scope:domain and ({_PASSED_ON}))",
)
LIST_IMPLIED = Rule(
    "identity:list_implied_roles", SYSTEM_READER, f"GET {_IMPLIES}", "List what a role implies."
)
GET_IMPLIED = Rule(
    "identity:get_implied_role",
    SYSTEM_READER,
    f"GET {_IMPLIES}/{{implied_role_id}}",
    "See whether a role implies another.",
)
CREATE_IMPLIED = Rule(
    "identity:create_implied_role",
    ADMIN,
    f"PUT {_IMPLIES}/{{implied_role_id}}",
    "Let a role imply another.",
)
DELETE_IMPLIED = Rule(
    "identity:delete_implied_role",
    ADMIN,
    f"DELETE {_IMPLIES}/{{implied_role_id}}",
    "Let a role no longer imply another.",
)
LIST_INFERENCES = Rule(
    "identity:list_role_inference_rules",
    SYSTEM_READER,
    "GET /v3/role_inferences",
    "List what every role implies.",
)
LIST_GRANTS = Rule(
    "identity:list_grants", _READ, f"GET {_GRANTS}", "List the roles assigned to one."
)
CHECK_GRANT = Rule(
    "identity:check_grant", _READ, f"HEAD {_GRANTS}/{{role_id}}", "See whether one has it."
)
CREATE_GRANT = Rule("identity:create_grant", _GIVE, f"PUT {_GRANTS}/{{role_id}}", "Give a role.")
REVOKE_GRANT = Rule(
    "identity:revoke_grant", _GIVE, f"DELETE {_GRANTS}/{{role_id}}", "Take it away."
)
_SYSTEM = "/v3/system/{actors}/{actor_id}/roles"
LIST_SYSTEM = Rule(
    "identity:list_system_grants",
    SYSTEM_READER,
    f"GET {_SYSTEM}",
    "List the roles one has on the system.",
)
CHECK_SYSTEM = Rule(
    "identity:check_system_grant",
    SYSTEM_READER,
    f"HEAD {_SYSTEM}/{{role_id}}",
    "See whether one has a role on the system.",
)
CREATE_SYSTEM = Rule(
    "identity:create_system_grant",
    ADMIN,
    f"PUT {_SYSTEM}/{{role_id}}",
    "Give a role on the system.",
)
REVOKE_SYSTEM = Rule(
    "identity:revoke_system_grant",
    ADMIN,
    f"DELETE {_SYSTEM}/{{role_id}}",
    "Take a role on the system away.",
)
LIST_ASSIGNMENTS = Rule(
    "identity:list_role_assignments",
    f"{SYSTEM_READER} or (role:reader and scope:domain)",
    "GET /v3/role_assignments",
    "List who has which role where.",
)
RULES = [
    *ROLES.all,
    LIST_IMPLIED,
    GET_IMPLIED,
    CREATE_IMPLIED,
    DELETE_IMPLIED,
    LIST_INFERENCES,
    LIST_GRANTS,
    CHECK_GRANT,
    CREATE_GRANT,
    REVOKE_GRANT,
    LIST_SYSTEM,
    CHECK_SYSTEM,
    CREATE_SYSTEM,
    REVOKE_SYSTEM,
    LIST_ASSIGNMENTS,
]
