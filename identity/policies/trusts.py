"""Who may do what with trusts."""

from identity.policies.base import ADMIN, SYSTEM_READER, Rule

_TRUSTS = "/v3/OS-TRUST/trusts"
_TRUSTOR = "user_id:%(trustor_user_id)s"
_PARTY = f"{SYSTEM_READER} or {_TRUSTOR} or user_id:%(trustee_user_id)s"

LIST = Rule("identity:list_trusts", _PARTY, f"GET {_TRUSTS}", "List trusts.")
GET = Rule("identity:get_trust", _PARTY, f"GET {_TRUSTS}/{{trust_id}}", "Show a trust.")
CREATE = Rule("identity:create_trust", _TRUSTOR, f"POST {_TRUSTS}", "Trust somebody.")
DELETE = Rule(
    "identity:delete_trust",
    f"{ADMIN} or {_TRUSTOR}",
    f"DELETE {_TRUSTS}/{{trust_id}}",
    "Trust somebody no longer.",
)
RULES = [LIST, GET, CREATE, DELETE]
