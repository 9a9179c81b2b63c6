"""Rules about volume types, their specs, who may use them, QoS and defaults."""

from common.policy import ADMIN, ANY_READER, Rule

PATH = "/v3/types"
LIST = Rule("volume:types:list", ANY_READER, f"GET {PATH}", "List volume types.")
SHOW = Rule("volume:types:show", ANY_READER, f"GET {PATH}/{{id}}", "Show a volume type.")
ADMINS_VIEW = Rule(
    "volume:types:admins_view", ADMIN, f"GET {PATH}/{{id}}, GET {PATH}", "See a type's QoS specs."
)
CREATE = Rule("volume:types:create", ADMIN, f"POST {PATH}", "Make a volume type.")
UPDATE = Rule("volume:types:update", ADMIN, f"PUT {PATH}/{{id}}", "Change a volume type.")
DELETE = Rule("volume:types:delete", ADMIN, f"DELETE {PATH}/{{id}}", "Remove a volume type.")
SPECS = Rule(
    "volume:types:extra_specs",
    ANY_READER,
    f"GET {PATH}/{{id}}/extra_specs, GET {PATH}/{{id}}/extra_specs/{{key}}",
    "Show a type's extra specs.",
)
SET_SPECS = Rule(
    "volume:types:set_extra_specs",
    ADMIN,
    f"POST {PATH}/{{id}}/extra_specs, PUT {PATH}/{{id}}/extra_specs/{{key}}, "
    f"DELETE {PATH}/{{id}}/extra_specs/{{key}}",
    "Change a type's extra specs.",
)
ACCESS = Rule(
    "volume:types:access",
    ADMIN,
    f"GET {PATH}/{{id}}/os-volume-type-access, POST {PATH}/{{id}}/action",
    "Say which projects may use a private type.",
)
ENCRYPTION = Rule(
    "volume:types:encryption",
    ADMIN,
    f"GET {PATH}/{{id}}/encryption, POST {PATH}/{{id}}/encryption, "
    f"PUT {PATH}/{{id}}/encryption/{{key}}, DELETE {PATH}/{{id}}/encryption/{{key}}",
    "Say how volumes of a type are encrypted.",
)
QOS = Rule(
    "volume:qos",
    ADMIN,
    "GET /v3/qos-specs, POST /v3/qos-specs, GET /v3/qos-specs/{id}, PUT /v3/qos-specs/{id}, "
    "DELETE /v3/qos-specs/{id}, GET /v3/qos-specs/{id}/associations",
    "Manage QoS specs.",
)
DEFAULTS = Rule(
    "volume:default_types",
    ADMIN,
    "GET /v3/default-types, GET /v3/default-types/{project_id}, "
    "PUT /v3/default-types/{project_id}, DELETE /v3/default-types/{project_id}",
    "Say which type a project's volumes have that name none.",
)
RULES = [
    *(LIST, SHOW, ADMINS_VIEW, CREATE, UPDATE, DELETE, SPECS, SET_SPECS, ACCESS, ENCRYPTION, QOS),
    DEFAULTS,
]
