"""Rules about volumes.

What a host is told of how it reaches a volume is for the cloud's own services.
"""

from common.policy import ADMIN, MEMBER, READER, SERVICE, Rule

PATH = "/v3/volumes"


def _action(name: str, check: str, key: str, description: str) -> Rule:
    return Rule(f"volume:volumes:{name}", check, f"POST {PATH}/{{id}}/action ({key})", description)


LIST = Rule(
    "volume:volumes:list",
    READER,
    f"GET {PATH}, GET {PATH}/detail, GET {PATH}/summary",
    "List volumes.",
)
SHOW = Rule("volume:volumes:show", READER, f"GET {PATH}/{{id}}", "Show a volume.")
CREATE = Rule("volume:volumes:create", MEMBER, f"POST {PATH}", "Make a volume.")
UPDATE = Rule("volume:volumes:update", MEMBER, f"PUT {PATH}/{{id}}", "Change a volume.")
DELETE = Rule("volume:volumes:delete", MEMBER, f"DELETE {PATH}/{{id}}", "Remove a volume.")
FORCE = Rule(
    "volume:volumes:force_delete",
    ADMIN,
    f"DELETE {PATH}/{{id}}?force=True, POST {PATH}/{{id}}/action (os-force_delete)",
    "Remove a volume whatever its status.",
)
METADATA = Rule(
    "volume:volumes:metadata",
    READER,
    f"GET {PATH}/{{id}}/metadata, GET {PATH}/{{id}}/metadata/{{key}}",
    "Show a volume's metadata.",
)
SET_METADATA = Rule(
    "volume:volumes:set_metadata",
    MEMBER,
    f"POST {PATH}/{{id}}/metadata, PUT {PATH}/{{id}}/metadata, PUT {PATH}/{{id}}/metadata/{{key}}, "
    f"DELETE {PATH}/{{id}}/metadata/{{key}}",
    "Change a volume's metadata.",
)
ENCRYPTION = Rule(
    "volume:volumes:encryption",
    READER,
    f"GET {PATH}/{{id}}/encryption, GET {PATH}/{{id}}/encryption/{{key}}",
    "Show how a volume is encrypted.",
)
ADMINS_VIEW = Rule(
    "volume:volumes:admins_view",
    ADMIN,
    f"GET {PATH}/{{id}}, GET {PATH}/detail",
    "See where a volume is and whether it is being moved.",
)
ACT = Rule(
    "volume:volumes:act",
    READER,
    f"POST {PATH}/{{id}}/action",
    "Act on a volume; each action has a rule of its own beside.",
)
EXTEND = _action("extend", MEMBER, "os-extend", "Make a volume larger.")
BOOTABLE = _action("set_bootable", MEMBER, "os-set_bootable", "Say whether servers boot from it.")
READONLY = _action("set_readonly", MEMBER, "os-update_readonly_flag", "Make it read-only.")
RESET = _action("reset_status", ADMIN, "os-reset_status", "Set a volume's statuses.")
UPLOAD = _action("upload", MEMBER, "os-volume_upload_image", "Make an image of a volume.")
RETYPE = _action("retype", MEMBER, "os-retype", "Give a volume another type.")
MIGRATE = _action("migrate", ADMIN, "os-migrate_volume", "Move a volume to another host.")
REVERT = _action("revert", MEMBER, "revert", "Go back to the newest snapshot.")
REIMAGE = _action("reimage", MEMBER, "os-reimage", "Give a volume an image's content.")
IMAGE_ITEMS = _action(
    "image_metadata",
    MEMBER,
    "os-set_image_metadata, os-unset_image_metadata",
    "Change what a volume remembers of its image.",
)
SHOW_IMAGE_ITEMS = _action(
    "show_image_metadata",
    READER,
    "os-show_image_metadata",
    "Show what a volume remembers of its image.",
)
RESERVE = _action("reserve", MEMBER, "os-reserve, os-unreserve", "Keep a volume for attaching.")
DETACHING = _action(
    "begin_detaching",
    MEMBER,
    "os-begin_detaching, os-roll_detaching",
    "Begin to detach a volume.",
)
ATTACH = _action("attach", MEMBER, "os-attach", "Note that a volume is used.")
DETACH = _action("detach", MEMBER, "os-detach", "Note that a volume is used no longer.")
FORCE_DETACH = _action("force_detach", ADMIN, "os-force_detach", "Detach whatever the status.")
CONNECT = _action(
    "connect",
    SERVICE,
    "os-initialize_connection, os-terminate_connection",
    "Learn how a host reaches a volume.",
)
EXTENDED = _action(
    "extend_completion", SERVICE, "os-extend_volume_completion", "Say that a guest's disk grew."
)
MIGRATED = _action(
    "migration_completion",
    SERVICE,
    "os-migrate_volume_completion",
    "Say that a guest went over to another volume.",
)
RULES = [
    ACT,
    *(LIST, SHOW, CREATE, UPDATE, DELETE, FORCE, METADATA, SET_METADATA, ENCRYPTION, ADMINS_VIEW),
    *(EXTEND, BOOTABLE, READONLY, RESET, UPLOAD, RETYPE, REVERT, REIMAGE, IMAGE_ITEMS, RESERVE),
    *(SHOW_IMAGE_ITEMS, DETACHING, ATTACH, DETACH, FORCE_DETACH, CONNECT, EXTENDED, MIGRATE),
    MIGRATED,
]
