"""Rules about backups."""

from common.policy import ADMIN, MEMBER, READER, Rule

PATH = "/v3/backups"
SHOW = Rule(
    "volume:backups:show",
    READER,
    f"GET {PATH}, GET {PATH}/detail, GET {PATH}/{{id}}",
    "See backups.",
)
CREATE = Rule("volume:backups:create", MEMBER, f"POST {PATH}", "Back a volume up.")
UPDATE = Rule("volume:backups:update", MEMBER, f"PUT {PATH}/{{id}}", "Change a backup.")
DELETE = Rule("volume:backups:delete", MEMBER, f"DELETE {PATH}/{{id}}", "Remove a backup.")
RESTORE = Rule(
    "volume:backups:restore", MEMBER, f"POST {PATH}/{{id}}/restore", "Bring a backup back."
)
RECORDS = Rule(
    "volume:backups:records",
    ADMIN,
    f"GET {PATH}/{{id}}/export_record, POST {PATH}/import_record",
    "Export and import records of backups.",
)
ACT = Rule(
    "volume:backups:act",
    ADMIN,
    f"POST {PATH}/{{id}}/action",
    "Set a backup's status, or remove it whatever that is.",
)
RULES = [SHOW, CREATE, UPDATE, DELETE, RESTORE, RECORDS, ACT]
