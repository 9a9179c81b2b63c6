"""Who may do what with endpoint groups, and with what is in a project's catalog."""

from identity.policies.base import ADMIN, SYSTEM_READER, Rule, crud

_AT = "/v3/OS-EP-FILTER"
_ENDPOINTS = f"{_AT}/projects/{{project_id}}/endpoints"
_GROUP = f"{_AT}/endpoint_groups/{{endpoint_group_id}}"

GROUPS = crud(
    "endpoint_group",
    "endpoint_groups",
    list_=SYSTEM_READER,
    get=SYSTEM_READER,
    below="OS-EP-FILTER",
)
READ = Rule(
    "identity:list_endpoint_filters",
    SYSTEM_READER,
    f"GET {_ENDPOINTS}, GET {_ENDPOINTS}/{{endpoint_id}}, "
    f"GET {_AT}/endpoints/{{endpoint_id}}/projects, "
    f"GET {_AT}/projects/{{project_id}}/endpoint_groups, "
    f"GET {_GROUP}/projects, GET {_GROUP}/projects/{{project_id}}, GET {_GROUP}/endpoints",
    "See which endpoints and groups are in which project's catalog.",
)
WRITE = Rule(
    "identity:update_endpoint_filters",
    ADMIN,
    f"PUT {_ENDPOINTS}/{{endpoint_id}}, DELETE {_ENDPOINTS}/{{endpoint_id}}, "
    f"PUT {_GROUP}/projects/{{project_id}}, DELETE {_GROUP}/projects/{{project_id}}",
    "Put endpoints and groups into a project's catalog, and take them out.",
)
RULES = [*GROUPS.all, READ, WRITE]
