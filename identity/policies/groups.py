"""Who may do what with groups and who is in them."""

from identity.policies.base import ADMIN, DOMAIN_READER, Rule, crud

_MEMBERS = "/v3/groups/{group_id}/users"

GROUPS = crud("group", "groups", list_=DOMAIN_READER, get=DOMAIN_READER)
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
    "identity:add_user_to_group", ADMIN, f"PUT {_MEMBERS}/{{user_id}}", "Put a user in a group."
)
REMOVE_USER = Rule(
    "identity:remove_user_from_group",
    ADMIN,
    f"DELETE {_MEMBERS}/{{user_id}}",
    "Take a user out of a group.",
)
RULES = [*GROUPS.all, LIST_USERS, CHECK_USER, ADD_USER, REMOVE_USER]
