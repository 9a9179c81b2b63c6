"""Who may do what with domains."""

from identity.policies.base import DOMAIN_READER, SYSTEM_READER, crud

_OWN = "domain_id:%(domain_id)s or project_domain_id:%(domain_id)s"

DOMAINS = crud("domain", "domains", list_=DOMAIN_READER, get=f"{SYSTEM_READER} or {_OWN}")
RULES = [*DOMAINS.all]
