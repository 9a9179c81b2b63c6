"""Rules about snapshots."""

from common.policy import ADMIN, MEMBER, READER, Rule

PATH = "/v3/snapshots"
LIST = Rule("volume:snapshots:list", READER, f"GET {PATH}, GET {PATH}/detail", "List snapshots.")
SHOW = Rule("volume:snapshots:show", READER, f"GET {PATH}/{{id}}", "Show a snapshot.")
CREATE = Rule("volume:snapshots:create", MEMBER, f"POST {PATH}", "Make a snapshot.")
UPDATE = Rule("volume:snapshots:update", MEMBER, f"PUT {PATH}/{{id}}", "Change a snapshot.")
DELETE = Rule("volume:snapshots:delete", MEMBER, f"DELETE {PATH}/{{id}}", "Remove a snapshot.")
METADATA = Rule(
    "volume:snapshots:metadata",
    READER,
    f"GET {PATH}/{{id}}/metadata, GET {PATH}/{{id}}/metadata/{{key}}",
    "Show a snapshot's metadata.",
)
SET_METADATA = Rule(
    "volume:snapshots:set_metadata",
    MEMBER,
    f"POST {PATH}/{{id}}/metadata, PUT {PATH}/{{id}}/metadata, PUT {PATH}/{{id}}/metadata/{{key}}, "
    f"DELETE {PATH}/{{id}}/metadata/{{key}}",
    "Change a snapshot's metadata.",
)
ACT = Rule(
    "volume:snapshots:act",
    READER,
    f"POST {PATH}/{{id}}/action",
    "Act on a snapshot; each action has a rule of its own beside.",
)
FORCE = Rule(
    "volume:snapshots:force_delete",
    ADMIN,
    f"POST {PATH}/{{id}}/action (os-force_delete)",
    "Remove a snapshot whatever its status.",
)
RESET = Rule(
    "volume:snapshots:reset_status",
    ADMIN,
    f"POST {PATH}/{{id}}/action (os-reset_status)",
    "Set a snapshot's status.",
)
PROGRESS = Rule(
    "volume:snapshots:progress",
    MEMBER,
    f"POST {PATH}/{{id}}/action (os-update_snapshot_status)",
    "Say how far a snapshot has come.",
)
RULES = [ACT, LIST, SHOW, CREATE, UPDATE, DELETE, METADATA, SET_METADATA, FORCE, RESET, PROGRESS]
