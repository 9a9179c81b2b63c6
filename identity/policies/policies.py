"""Who may do what with policy documents, and with what they are for."""

from identity.policies.base import ADMIN, SYSTEM_READER, Rule, crud

_USES = "/v3/policies/{policy_id}/OS-ENDPOINT-POLICY"
_EACH = (
    f"{_USES}/endpoints/{{endpoint_id}}",
    f"{_USES}/services/{{service_id}}",
    f"{_USES}/services/{{service_id}}/regions/{{region_id}}",
)

POLICIES = crud("policy", "policies", list_=SYSTEM_READER, get=SYSTEM_READER)
USES = Rule(
    "identity:check_policy_association",
    SYSTEM_READER,
    ", ".join([f"GET {_USES}/endpoints", *(f"GET {path}" for path in _EACH)]),
    "See which endpoints a policy document is for.",
)
USE = Rule(
    "identity:create_policy_association",
    ADMIN,
    ", ".join(f"{method} {path}" for method in ("PUT", "DELETE") for path in _EACH),
    "Say which endpoints a policy document is for.",
)
OF_ENDPOINT = Rule(
    "identity:get_policy_for_endpoint",
    SYSTEM_READER,
    "GET /v3/endpoints/{endpoint_id}/OS-ENDPOINT-POLICY/policy",
    "Show the policy document that is for an endpoint.",
)
RULES = [*POLICIES.all, USES, USE, OF_ENDPOINT]
