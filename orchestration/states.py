"""All that a stack goes through, and the states of the resources in it."""

from common.states import Verb

ACTIONS = (
    "CREATE",
    "UPDATE",
    "DELETE",
    "ROLLBACK",
    "CHECK",
    "SUSPEND",
    "RESUME",
    "SNAPSHOT",
    "RESTORE",
    "ADOPT",
)
SETTLED = frozenset(
    f"{action}_{outcome}" for action in ACTIONS for outcome in ("COMPLETE", "FAILED")
)
EVERY = SETTLED | {f"{action}_IN_PROGRESS" for action in ACTIONS}

CREATE = Verb(
    "create", start=frozenset(), running="CREATE", done="CREATE_COMPLETE", failed="CREATE_FAILED"
)
SETTLED_ALIVE = SETTLED - {"DELETE_COMPLETE", "DELETE_FAILED"}
AWAKE = SETTLED_ALIVE - {"SUSPEND_COMPLETE", "SUSPEND_FAILED", "RESUME_FAILED"}


def _verb(name: str, start: frozenset[str]) -> Verb:
    running = name.upper()
    done, failed = f"{running}_COMPLETE", f"{running}_FAILED"
    return Verb(name, start=start, running=running, done=done, failed=failed)


UPDATE = Verb(
    "update",
    start=AWAKE,
    running="UPDATE",
    done="UPDATE_COMPLETE",
    failed="UPDATE_FAILED",
)
CHECK = _verb("check", SETTLED_ALIVE)
SUSPEND = _verb("suspend", AWAKE | {"SUSPEND_FAILED"})
RESUME = _verb("resume", frozenset({"SUSPEND_COMPLETE", "SUSPEND_FAILED", "RESUME_FAILED"}))
SNAPSHOT = _verb("snapshot", AWAKE)
RESTORE = _verb("restore", AWAKE)
ADOPT = _verb("adopt", frozenset())
ROLLBACK = Verb(
    "rollback",
    start=frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}),
    running="ROLLBACK",
    done="ROLLBACK_COMPLETE",
    failed="ROLLBACK_FAILED",
)
DELETE = Verb(
    "delete",
    start=EVERY - {"DELETE_COMPLETE"},
    running="DELETE",
    done="DELETE_COMPLETE",
    failed="DELETE_FAILED",
)

IN_PROGRESS = "IN_PROGRESS"
COMPLETE = "COMPLETE"
FAILED = "FAILED"

PRESENT = "present"
ABSENT = "absent"

WAITING = "waiting"
RUNNING = "running"
PARKED = "parked"
DONE = "done"
BROKEN = "broken"
