"""Who may do what with OAuth1 consumers, and with what users let them do."""

from common.policy import MEMBER
from identity.policies.base import OWN_OR_ADMIN, OWN_OR_READER, SYSTEM_READER, Rule, crud

_TOKENS = "/v3/users/{user_id}/OS-OAUTH1/access_tokens"
_ONE = f"{_TOKENS}/{{access_token_id}}"

CONSUMERS = crud("consumer", "consumers", list_=SYSTEM_READER, get=SYSTEM_READER, below="OS-OAUTH1")
AUTHORIZE = Rule(
    "identity:authorize_request_token",
    MEMBER,
    "PUT /v3/OS-OAUTH1/authorize/{request_token_id}",
    "Let a consumer act with roles of one's own.",
)
LIST = Rule("identity:list_access_tokens", OWN_OR_READER, f"GET {_TOKENS}", "List access tokens.")
GET = Rule("identity:get_access_token", OWN_OR_READER, f"GET {_ONE}", "Show an access token.")
ROLES = Rule(
    "identity:list_access_token_roles",
    OWN_OR_READER,
    f"GET {_ONE}/roles, GET {_ONE}/roles/{{role_id}}",
    "List the roles that an access token carries.",
)
DELETE = Rule(
    "identity:delete_access_token", OWN_OR_ADMIN, f"DELETE {_ONE}", "Let a consumer act no longer."
)
RULES = [*CONSUMERS.all, AUTHORIZE, LIST, GET, ROLES, DELETE]
