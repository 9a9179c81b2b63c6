"""Who may do what with application credentials, their access rules, and credentials."""

from identity.policies.base import (
    ADMIN,
    OWN_OR_ADMIN,
    OWN_OR_READER,
    OWNER,
    SYSTEM_READER,
    Rule,
    crud,
)

_CREDENTIALS = "/v3/users/{user_id}/application_credentials"
_RULES = "/v3/users/{user_id}/access_rules"

LIST = Rule(
    "identity:list_application_credentials", OWN_OR_READER, f"GET {_CREDENTIALS}", "List them."
)
GET = Rule(
    "identity:get_application_credential",
    OWN_OR_READER,
    f"GET {_CREDENTIALS}/{{application_credential_id}}",
    "Show one.",
)
CREATE = Rule(
    "identity:create_application_credential", OWNER, f"POST {_CREDENTIALS}", "Make one for oneself."
)
DELETE = Rule(
    "identity:delete_application_credential",
    OWN_OR_ADMIN,
    f"DELETE {_CREDENTIALS}/{{application_credential_id}}",
    "Remove one.",
)
LIST_RULES = Rule(
    "identity:list_access_rules", OWN_OR_READER, f"GET {_RULES}", "List one's access rules."
)
GET_RULE = Rule(
    "identity:get_access_rule",
    OWN_OR_READER,
    f"GET {_RULES}/{{access_rule_id}}",
    "Show an access rule.",
)
DELETE_RULE = Rule(
    "identity:delete_access_rule",
    OWN_OR_ADMIN,
    f"DELETE {_RULES}/{{access_rule_id}}",
    "Remove an access rule that no application credential uses.",
)
SECRETS = crud(
    "credential",
    "credentials",
    list_=f"{SYSTEM_READER} or {OWNER}",
    get=OWN_OR_READER,
    write=ADMIN,
)
RULES = [LIST, GET, CREATE, DELETE, LIST_RULES, GET_RULE, DELETE_RULE, *SECRETS.all]
