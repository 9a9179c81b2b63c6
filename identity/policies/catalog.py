"""Who may do what with services, endpoints and regions."""

from identity.policies.base import AUTHENTICATED, SYSTEM_READER, crud

SERVICES = crud("service", "services", list_=SYSTEM_READER, get=SYSTEM_READER)
ENDPOINTS = crud("endpoint", "endpoints", list_=SYSTEM_READER, get=SYSTEM_READER)
REGIONS = crud("region", "regions", list_=AUTHENTICATED, get=AUTHENTICATED)
RULES = [*SERVICES.all, *ENDPOINTS.all, *REGIONS.all]
