"""Who may do what with limits: everybody sees what is registered, and their own."""

from identity.policies.base import ADMIN, AUTHENTICATED, SYSTEM_READER, Rule, crud

REGISTERED = crud(
    "registered_limit", "registered_limits", list_=AUTHENTICATED, get=AUTHENTICATED, write=ADMIN
)
LIMITS = crud(
    "limit",
    "limits",
    list_=AUTHENTICATED,
    get=f"{SYSTEM_READER} or project_id:%(project_id)s or domain_id:%(domain_id)s",
)
MODEL = Rule(
    "identity:get_limit_model",
    AUTHENTICATED,
    "GET /v3/limits/model",
    "See how limits of projects and of those below them go together.",
)
RULES = [*REGISTERED.all, *LIMITS.all, MODEL]
