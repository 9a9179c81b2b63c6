"""Who may do what with domains and their configuration."""

from identity.policies.base import ADMIN, DOMAIN_READER, SYSTEM_READER, Rule, crud

_OWN = "domain_id:%(domain_id)s or project_domain_id:%(domain_id)s"
_ONE = "/v3/domains/{domain_id}/config"
_PATHS = (_ONE, f"{_ONE}/{{group}}", f"{_ONE}/{{group}}/{{option}}")
_DEFAULTS = (
    "/v3/domains/config/default",
    "/v3/domains/config/{group}/default",
    "/v3/domains/config/{group}/{option}/default",
)


def _each(methods: str, *paths: str) -> str:
    return ", ".join(f"{method} {path}" for method in methods.split() for path in paths)


DOMAINS = crud("domain", "domains", list_=DOMAIN_READER, get=f"{SYSTEM_READER} or {_OWN}")
CONFIG = Rule(
    "identity:get_domain_config",
    SYSTEM_READER,
    _each("GET", *_PATHS, *_DEFAULTS),
    "Show a domain's configuration, and what can be configured.",
)
CONFIGURE = Rule(
    "identity:update_domain_config",
    ADMIN,
    f"PUT {_ONE}, {_each('PATCH DELETE', *_PATHS)}",
    "Change a domain's configuration.",
)
RULES = [*DOMAINS.all, CONFIG, CONFIGURE]
