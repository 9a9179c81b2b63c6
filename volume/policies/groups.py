"""Rules about groups of volumes, their types and snapshots."""

from common.policy import ADMIN, ANY_READER, MEMBER, READER, Rule

_TYPES, _GROUPS, _SNAPSHOTS = "/v3/group_types", "/v3/groups", "/v3/group_snapshots"
TYPES = Rule(
    "volume:group_types:show",
    ANY_READER,
    f"GET {_TYPES}, GET {_TYPES}/{{id}}",
    "See group types.",
)
SPECS = Rule(
    "volume:group_types:specs",
    ADMIN,
    f"GET {_TYPES}/{{id}}/group_specs, GET {_TYPES}/{{id}}/group_specs/{{key}}",
    "See the specs of group types.",
)
SET_TYPES = Rule(
    "volume:group_types:set",
    ADMIN,
    f"POST {_TYPES}, PUT {_TYPES}/{{id}}, DELETE {_TYPES}/{{id}}, "
    f"POST {_TYPES}/{{id}}/group_specs, PUT {_TYPES}/{{id}}/group_specs/{{key}}, "
    f"DELETE {_TYPES}/{{id}}/group_specs/{{key}}",
    "Change group types.",
)
SHOW = Rule(
    "volume:groups:show",
    READER,
    f"GET {_GROUPS}, GET {_GROUPS}/detail, GET {_GROUPS}/{{id}}",
    "See groups.",
)
CREATE = Rule(
    "volume:groups:create", MEMBER, f"POST {_GROUPS}, POST {_GROUPS}/action", "Make a group."
)
UPDATE = Rule("volume:groups:update", MEMBER, f"PUT {_GROUPS}/{{id}}", "Change a group.")
ACT = Rule(
    "volume:groups:act",
    MEMBER,
    f"POST {_GROUPS}/{{id}}/action",
    "Remove a group; each action has a rule of its own beside.",
)
DELETE = Rule(
    "volume:groups:delete", MEMBER, f"POST {_GROUPS}/{{id}}/action (delete)", "Remove a group."
)
RESET = Rule(
    "volume:groups:reset_status",
    ADMIN,
    f"POST {_GROUPS}/{{id}}/action (reset_status)",
    "Set a group's status.",
)
SHOW_SNAPSHOTS = Rule(
    "volume:group_snapshots:show",
    READER,
    f"GET {_SNAPSHOTS}, GET {_SNAPSHOTS}/detail, GET {_SNAPSHOTS}/{{id}}",
    "See group snapshots.",
)
SNAPSHOT = Rule(
    "volume:group_snapshots:create",
    MEMBER,
    f"POST {_SNAPSHOTS}, DELETE {_SNAPSHOTS}/{{id}}",
    "Make and remove group snapshots.",
)
RESET_SNAPSHOT = Rule(
    "volume:group_snapshots:reset_status",
    ADMIN,
    f"POST {_SNAPSHOTS}/{{id}}/action",
    "Set a group snapshot's status.",
)
RULES = [
    *(TYPES, SPECS, SET_TYPES, SHOW, CREATE, UPDATE, ACT, DELETE, RESET, SHOW_SNAPSHOTS, SNAPSHOT),
    RESET_SNAPSHOT,
]
