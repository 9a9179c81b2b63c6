"""Every verb a server understands, and the states around it.

A status is what users see (`ACTIVE`); Compute's `vm_state` and `power_state` follow from it.
"""

import dataclasses
from typing import Final

from common.states import Verb

BUILDING: Final = "BUILD"
ACTIVE: Final = "ACTIVE"
SHUTOFF: Final = "SHUTOFF"
PAUSED: Final = "PAUSED"
SUSPENDED: Final = "SUSPENDED"
RESIZED: Final = "VERIFY_RESIZE"
RESCUED: Final = "RESCUE"
SHELVED: Final = "SHELVED"
OFFLOADED: Final = "SHELVED_OFFLOADED"
SOFT_DELETED: Final = "SOFT_DELETED"
ERROR: Final = "ERROR"
DELETED: Final = "DELETED"

SETTLED = frozenset({ACTIVE, SHUTOFF, PAUSED, SUSPENDED})
"""Statuses that follow the guest when it changes by itself."""

VM_STATE = {
    BUILDING: "building",
    ACTIVE: "active",
    SHUTOFF: "stopped",
    PAUSED: "paused",
    SUSPENDED: "suspended",
    RESIZED: "resized",
    RESCUED: "rescued",
    SHELVED: "shelved",
    OFFLOADED: "shelved_offloaded",
    SOFT_DELETED: "soft-delete",
    ERROR: "error",
    DELETED: "deleted",
}
ALL = frozenset(VM_STATE) - {DELETED}
POWER_STATE = {"running": 1, "paused": 3, "off": 4, "crashed": 6, "suspended": 7}
STATUS_OF_GUEST = {
    "running": ACTIVE,
    "paused": PAUSED,
    "suspended": SUSPENDED,
    "off": SHUTOFF,
    "crashed": SHUTOFF,
}
GUEST_OF_STATUS = {
    ACTIVE: "running",
    SHUTOFF: "off",
    PAUSED: "paused",
    SUSPENDED: "suspended",
    RESIZED: "running",
    RESCUED: "running",
    SHELVED: "off",
    OFFLOADED: "off",
    SOFT_DELETED: "off",
}


HOURS: Final = 720
"""Attempts of a verb that may take as long as its data is large: four hours of them."""


def verb(name: str, start: set[str], running: str, done: str | None, **limits: int) -> Verb:
    """Return a verb that goes back to where it began when the host could not do it."""
    return Verb(
        name,
        start=frozenset(start),
        running=running,
        done=done,
        failed=None,
        timeout_s=limits.get("timeout_s", 20),
        attempts=limits.get("attempts", 6),
    )


BACK: Final = "back"
"""Stands in a row's order where the status afterwards differs from the verb's own."""

BUILD = dataclasses.replace(
    verb("create", {BUILDING}, "scheduling", ACTIVE, attempts=30), failed=ERROR
)
START = verb("start", {SHUTOFF}, "powering-on", ACTIVE)
STOP = verb("stop", {ACTIVE, ERROR}, "powering-off", SHUTOFF)
REBOOT = verb("reboot", {ACTIVE}, "rebooting", ACTIVE)
REBOOT_HARD = verb(
    "reboot_hard", {ACTIVE, SHUTOFF, PAUSED, SUSPENDED, ERROR}, "rebooting_hard", ACTIVE
)
PAUSE = verb("pause", {ACTIVE}, "pausing", PAUSED)
UNPAUSE = verb("unpause", {PAUSED}, "unpausing", ACTIVE)
SUSPEND = verb("suspend", {ACTIVE}, "suspending", SUSPENDED)
RESUME = verb("resume", {SUSPENDED}, "resuming", ACTIVE)
ATTACH = verb("attach_interface", {ACTIVE, PAUSED, SHUTOFF}, "", None)
DETACH = verb("detach_interface", {ACTIVE, PAUSED, SHUTOFF}, "", None)
VOLUMES_MOVE = {ACTIVE, PAUSED, SHUTOFF, SUSPENDED, RESIZED, SHELVED}
ATTACH_VOLUME = verb("attach_volume", VOLUMES_MOVE, "", None)
DETACH_VOLUME = verb("detach_volume", VOLUMES_MOVE, "", None)
EXTEND_VOLUME = verb("extend_volume", VOLUMES_MOVE, "", None)
SNAPSHOT_VOLUME = verb("snapshot_volume", VOLUMES_MOVE, "", None)
SWAP_VOLUME = verb("swap_volume", {ACTIVE, PAUSED, RESIZED}, "", None, attempts=HOURS)
ON_VOLUMES = frozenset(
    {
        ATTACH_VOLUME.name,
        DETACH_VOLUME.name,
        EXTEND_VOLUME.name,
        SNAPSHOT_VOLUME.name,
        SWAP_VOLUME.name,
    }
)
"""Verbs whose order names a volume of the server."""
GUEST_LACKS = frozenset({"leaving", "entering"})
"""States of a server's volume that its guest has no longer, or not yet; see logic.devices."""
PLUGS = ON_VOLUMES | {ATTACH.name, DETACH.name}
"""Mostly short verbs about one device of a guest; the next one waits a moment for their end."""
REBUILD = dataclasses.replace(
    verb("rebuild", {ACTIVE, ERROR}, "rebuilding", ACTIVE, attempts=30), failed=ERROR
)
REBUILD_OFF = dataclasses.replace(
    verb("rebuild_off", {SHUTOFF}, "rebuilding", SHUTOFF, attempts=30), failed=ERROR
)
"""A server that is off stays off when it is made anew."""
REBUILDS = frozenset({REBUILD.name, REBUILD_OFF.name})
RESIZE = verb("resize", {ACTIVE, SHUTOFF}, "resize_prep", RESIZED, attempts=HOURS)
CONFIRM = verb("confirmResize", {RESIZED}, "", ACTIVE)
REVERT = dataclasses.replace(
    verb("revertResize", {RESIZED}, "resize_reverting", ACTIVE, attempts=30), failed=ERROR
)
RESIZES = frozenset({RESIZE.name, CONFIRM.name, REVERT.name})
"""Verbs whose order names a migration; a server that was off is off again afterwards."""
RESCUE = verb("rescue", {ACTIVE, SHUTOFF, ERROR}, "rescuing", RESCUED, attempts=30)
UNRESCUE = verb("unrescue", {RESCUED}, "unrescuing", ACTIVE)
RESCUES = frozenset({RESCUE.name, UNRESCUE.name})
PASSWORD = verb("changePassword", {ACTIVE}, "updating_password", None)
CRASH_DUMP = verb(
    "trigger_crash_dump", {ACTIVE, PAUSED, RESCUED, RESIZED, ERROR}, "", None, attempts=1
)
SNAPSHOT = verb(
    "createImage", {ACTIVE, SHUTOFF, PAUSED, SUSPENDED}, "image_snapshot", None, attempts=HOURS
)
BACKUP = dataclasses.replace(SNAPSHOT, name="createBackup", running="image_backup")
SNAPSHOTS = frozenset({SNAPSHOT.name, BACKUP.name})
"""Verbs that make an image, whose id stands in the row's order, and leave the server as it is."""
SHELVE = verb("shelve", {ACTIVE, SHUTOFF, PAUSED, SUSPENDED}, "shelving", SHELVED, attempts=HOURS)
OFFLOAD = verb("shelveOffload", {SHELVED, OFFLOADED}, "shelving_offloading", OFFLOADED, attempts=30)
"""Takes the guest off its host; also what clears away after an unshelve that failed."""
UNSHELVE = verb("unshelve", {OFFLOADED}, "unshelving", ACTIVE, attempts=30)
UNSHELVE_HERE = verb("unshelve_here", {SHELVED}, "unshelving", ACTIVE)
BUILDS = frozenset({BUILD.name, UNSHELVE.name})
"""Verbs that find a host and make a guest there."""
TELLING = BUILDS | REBUILDS | {RESCUE.name, PASSWORD.name}
"""Verbs that tell the guest a password, which is forgotten afterwards."""
UNPLACED = frozenset({BUILD.running, UNSHELVE.running})
"""Tasks of a build that has no host yet."""
UNSHELVES = frozenset({UNSHELVE.name, UNSHELVE_HERE.name})
IMAGING = SNAPSHOTS | {SHELVE.name}
HARMLESS = SNAPSHOTS | ON_VOLUMES | {PASSWORD.name, CRASH_DUMP.name}
"""Verbs that leave the server as it was, even where nobody knows how they ended."""
SOFT_DELETE = verb(
    "soft_delete", {ACTIVE, SHUTOFF, PAUSED, SUSPENDED}, "soft-deleting", SOFT_DELETED
)
RESTORE = verb("restore", {SOFT_DELETED}, "restoring", ACTIVE)
DELETE = verb("delete", set(ALL), "deleting", DELETED, attempts=30)
ABANDON = verb("abandon", {ERROR}, "", ERROR, attempts=1000)
"""Clearing away what a failed build left: guest, ports, allocations; nothing a user sees."""

VERBS = {
    each.name: each
    for each in (
        BUILD,
        START,
        STOP,
        REBOOT,
        REBOOT_HARD,
        PAUSE,
        UNPAUSE,
        SUSPEND,
        RESUME,
        ATTACH,
        DETACH,
        ATTACH_VOLUME,
        DETACH_VOLUME,
        EXTEND_VOLUME,
        SNAPSHOT_VOLUME,
        SWAP_VOLUME,
        REBUILD,
        REBUILD_OFF,
        RESIZE,
        CONFIRM,
        REVERT,
        RESCUE,
        UNRESCUE,
        PASSWORD,
        CRASH_DUMP,
        SNAPSHOT,
        BACKUP,
        SHELVE,
        OFFLOAD,
        UNSHELVE,
        UNSHELVE_HERE,
        SOFT_DELETE,
        RESTORE,
        DELETE,
        ABANDON,
    )
}


EVENTS = {
    SNAPSHOT.name: "compute_snapshot_instance",
    BACKUP.name: "compute_backup_instance",
    CONFIRM.name: "compute_confirm_resize",
    REVERT.name: "compute_revert_resize",
    OFFLOAD.name: "compute_shelve_offload_instance",
    PASSWORD.name: "compute_set_admin_password",
    CRASH_DUMP.name: "compute_trigger_crash_dump",
    ATTACH.name: "compute_attach_interface",
    DETACH.name: "compute_detach_interface",
    ATTACH_VOLUME.name: "compute_attach_volume",
    DETACH_VOLUME.name: "compute_detach_volume",
    EXTEND_VOLUME.name: "compute_extend_volume",
    SNAPSHOT_VOLUME.name: "compute_snapshot_volume",
    SWAP_VOLUME.name: "compute_swap_volume",
}
"""What the event of an action is called, where its name does not say so."""
TASKS = {
    "rebooting": "REBOOT",
    "rebooting_hard": "HARD_REBOOT",
    "rebuilding": "REBUILD",
    "updating_password": "PASSWORD",
    "resize_prep": "RESIZE",
    "resize_migrating": "RESIZE",
    "resize_finish": "RESIZE",
    "resize_reverting": "REVERT_RESIZE",
}
"""What is shown in place of the status while these are under way."""


def shown_status(status: str, task_state: str | None) -> str:
    """Return the status a user sees, which some tasks under way colour."""
    return TASKS.get(task_state or "", status)


def event_of(action: str) -> str:
    """Return the name of the event that an action on a server consists of."""
    return EVENTS.get(action, f"compute_{action}_instance")


def tasks_shown_as(status: str) -> list[str]:
    """Return the tasks during which a status is shown that no row has."""
    return [task for task, shown in TASKS.items() if shown == status]


def power_state(status: str) -> int:
    """Return Compute's number for what the guest does: 0 when nobody knows."""
    return POWER_STATE.get(GUEST_OF_STATUS.get(status, ""), 0)
