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
ERROR: Final = "ERROR"
DELETED: Final = "DELETED"

ALL = frozenset({BUILDING, ACTIVE, SHUTOFF, PAUSED, SUSPENDED, ERROR})
SETTLED = frozenset({ACTIVE, SHUTOFF, PAUSED, SUSPENDED})

VM_STATE = {
    BUILDING: "building",
    ACTIVE: "active",
    SHUTOFF: "stopped",
    PAUSED: "paused",
    SUSPENDED: "suspended",
    ERROR: "error",
    DELETED: "deleted",
}
POWER_STATE = {"running": 1, "paused": 3, "off": 4, "crashed": 6, "suspended": 7}
STATUS_OF_GUEST = {
    "running": ACTIVE,
    "paused": PAUSED,
    "suspended": SUSPENDED,
    "off": SHUTOFF,
    "crashed": SHUTOFF,
}
GUEST_OF_STATUS = {ACTIVE: "running", SHUTOFF: "off", PAUSED: "paused", SUSPENDED: "suspended"}


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
REBUILD = dataclasses.replace(
    verb("rebuild", {ACTIVE, ERROR}, "rebuilding", ACTIVE, attempts=30), failed=ERROR
)
REBUILD_OFF = dataclasses.replace(
    verb("rebuild_off", {SHUTOFF}, "rebuilding", SHUTOFF, attempts=30), failed=ERROR
)
"""A server that is off stays off when it is made anew."""
REBUILDS = frozenset({REBUILD.name, REBUILD_OFF.name})
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
        REBUILD,
        REBUILD_OFF,
        DELETE,
        ABANDON,
    )
}


def shown_status(status: str, task_state: str | None) -> str:
    """Return the status a user sees, which a reboot or a rebuild under way colours."""
    if task_state == REBUILD.running:
        return "REBUILD"
    if status == ACTIVE and task_state in ("rebooting", "rebooting_hard"):
        return "REBOOT" if task_state == "rebooting" else "HARD_REBOOT"
    return status


def power_state(status: str) -> int:
    """Return Compute's number for what the guest does: 0 when nobody knows."""
    return POWER_STATE.get(GUEST_OF_STATUS.get(status, ""), 0)
