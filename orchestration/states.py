"""All that a stack goes through, and the states of the resources in it."""

from common.states import Verb

ACTIONS = ("CREATE", "UPDATE", "DELETE", "ROLLBACK", "CHECK", "SUSPEND", "RESUME")
SETTLED = frozenset(
    f"{action}_{outcome}" for action in ACTIONS for outcome in ("COMPLETE", "FAILED")
)
EVERY = SETTLED | {f"{action}_IN_PROGRESS" for action in ACTIONS}

CREATE = Verb(
    "create", start=frozenset(), running="CREATE", done="CREATE_COMPLETE", failed="CREATE_FAILED"
)
UPDATE = Verb(
    "update",
    start=SETTLED - {"DELETE_COMPLETE", "DELETE_FAILED"},
    running="UPDATE",
    done="UPDATE_COMPLETE",
    failed="UPDATE_FAILED",
)
CHECK = Verb(
    "check",
    start=SETTLED - {"DELETE_COMPLETE", "DELETE_FAILED"},
    running="CHECK",
    done="CHECK_COMPLETE",
    failed="CHECK_FAILED",
)
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
DONE = "done"
BROKEN = "broken"
