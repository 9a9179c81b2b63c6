"""Who may do what with groups and who is in them."""

from identity.policies.base import ADMIN, DOMAIN_MANAGER, DOMAIN_READER, Rule, crud

_MANAGER = "role:manager and domain_id:%(domain_id)s and domain_id:%(user_domain_id)s"
_MANAGES_BOTH = f"{ADMIN} or ({_MANAGER})"
_MEMBERS = "/v3/groups/{group_id}/users"

GROUPS = crud("group", "groups", list_=DOMAIN_READER, get=DOMAIN_READER, write=DOMAIN_MANAGER)
LIST_USERS = Rule(
    "identity:list_users_in_group", DOMAIN_READER, f"GET {_MEMBERS}", "List a group's users."
)
CHECK_USER = Rule(
    "identity:check_user_in_group",
    DOMAIN_READER,
    f"HEAD {_MEMBERS}/{{user_id}}",
    "See whether a user is in a group.",
)
ADD_USER = Rule(
    "identity:add_user_to_group",
    _MANAGES_BOTH,
    f"PUT {_MEMBERS}/{{user_id}}",
    "Put a user in a group.",
)
REMOVE_USER = Rule(
    "identity:remove_user_from_group",
    _MANAGES_BOTH,
    f"DELETE {_MEMBERS}/{{user_id}}",
    "Take a user out of a group.",
)
RULES = [*GROUPS.all, LIST_USERS, CHECK_USER, ADD_USER, REMOVE_USER]
