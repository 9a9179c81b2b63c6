"""Every verb that volumes and snapshots understand, and the states around it.

A status is what users see, also while a verb is under way.
Source: Block Storage API v3, "Volumes".
"""

from typing import Final

from common.states import Verb

CREATING: Final = "creating"
AVAILABLE: Final = "available"
RESERVED: Final = "reserved"
ATTACHING: Final = "attaching"
IN_USE: Final = "in-use"
DETACHING: Final = "detaching"
MAINTENANCE: Final = "maintenance"
AWAITING_TRANSFER: Final = "awaiting-transfer"
DELETING: Final = "deleting"
ERROR: Final = "error"
ERROR_DELETING: Final = "error_deleting"
ERROR_EXTENDING: Final = "error_extending"
ERROR_RESTORING: Final = "error_restoring"
ERROR_MANAGING: Final = "error_managing"
MANAGING: Final = "managing"
UNMANAGING: Final = "unmanaging"

LONG: Final = 720
"""Attempts of a verb that may take as long as its data is large: four hours of them."""
DELETABLE = frozenset(
    {AVAILABLE, ERROR, ERROR_DELETING, ERROR_EXTENDING, ERROR_RESTORING, ERROR_MANAGING}
)


def verb(
    name: str, start: set[str] | frozenset[str], running: str, **more: str | int | None
) -> Verb:
    """Return a verb; done and failed are None where the status from before comes back."""
    done, failed = more.get("done"), more.get("failed")
    return Verb(
        name,
        start=frozenset(start),
        running=running,
        done=None if done is None else str(done),
        failed=None if failed is None else str(failed),
        timeout_s=20,
        attempts=int(more.get("attempts") or 6),
    )


CREATE = verb("create", {CREATING}, CREATING, done=AVAILABLE, failed=ERROR, attempts=LONG)
DELETE = verb("delete", DELETABLE, DELETING, done=None, failed=ERROR_DELETING, attempts=30)
EXTEND = verb("extend", {AVAILABLE, IN_USE}, "extending", failed=ERROR_EXTENDING, attempts=30)
UPLOAD = verb("upload", {AVAILABLE, IN_USE}, "uploading", attempts=LONG)
RETYPE = verb("retype", {AVAILABLE, IN_USE}, "retyping", attempts=LONG)
REVERT = verb("revert", {AVAILABLE}, "reverting", failed=ERROR, attempts=30)
REIMAGE = verb("reimage", {AVAILABLE, IN_USE, RESERVED}, "downloading", failed=ERROR, attempts=LONG)
BACKUP = verb("backup", {AVAILABLE, IN_USE}, "backing-up", attempts=LONG)
RESTORE = verb(
    "restore",
    {AVAILABLE},
    "restoring-backup",
    done=AVAILABLE,
    failed=ERROR_RESTORING,
    attempts=LONG,
)
MANAGE = verb("manage", {MANAGING}, MANAGING, done=AVAILABLE, failed=ERROR_MANAGING)
MIGRATE = verb("migrate", {AVAILABLE}, MAINTENANCE, attempts=LONG)
UNMANAGE = verb("unmanage", {AVAILABLE, ERROR, ERROR_MANAGING}, UNMANAGING, failed=ERROR)

VERBS = {
    each.name: each
    for each in (
        CREATE,
        DELETE,
        EXTEND,
        UPLOAD,
        RETYPE,
        REVERT,
        REIMAGE,
        BACKUP,
        RESTORE,
        MANAGE,
        UNMANAGE,
        MIGRATE,
    )
}
"""What volumes go through."""

SNAP = verb("snapshot", {CREATING}, CREATING, done=AVAILABLE, failed=ERROR, attempts=30)
SNAP_DELETE = verb(
    "delete", {AVAILABLE, ERROR, ERROR_DELETING}, DELETING, failed=ERROR_DELETING, attempts=30
)
SNAP_MANAGE = verb("manage", {CREATING}, CREATING, done=AVAILABLE, failed=ERROR)
SNAP_UNMANAGE = verb("unmanage", {AVAILABLE, ERROR}, UNMANAGING, failed=ERROR)
SNAPSHOT_VERBS = {each.name: each for each in (SNAP, SNAP_DELETE, SNAP_MANAGE, SNAP_UNMANAGE)}
"""What snapshots go through."""

BACK_UP = verb("create", {CREATING}, CREATING, done=AVAILABLE, failed=ERROR, attempts=LONG)
BACKUP_RESTORE = verb(
    "restore", {AVAILABLE}, "restoring", done=AVAILABLE, failed=AVAILABLE, attempts=LONG
)
BACKUP_DELETE = verb(
    "delete", {AVAILABLE, ERROR, ERROR_DELETING}, DELETING, failed=ERROR_DELETING, attempts=30
)
BACKUP_VERBS = {each.name: each for each in (BACK_UP, BACKUP_RESTORE, BACKUP_DELETE)}
"""What backups go through."""
DRIVEN = frozenset({BACKUP.name, RESTORE.name})
"""Verbs of a volume that end when those of a backup do."""

STATUSES = frozenset(
    {
        *(CREATING, AVAILABLE, RESERVED, ATTACHING, IN_USE, DETACHING, MAINTENANCE),
        *(AWAITING_TRANSFER, DELETING, ERROR, ERROR_DELETING, ERROR_EXTENDING, ERROR_RESTORING),
        *(ERROR_MANAGING, MANAGING, "error_backing-up", "extending", "uploading", "retyping"),
        *("reverting", "downloading", "backing-up", "restoring-backup"),
    }
)
"""What `os-reset_status` may set."""
