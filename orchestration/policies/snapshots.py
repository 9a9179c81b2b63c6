"""Who may take snapshots of stacks, hand stacks over, and see controllers."""

from common.policy import MEMBER, READER, Rule

STACK = "/stacks/{name}/{id}"
LIST = Rule("stacks:list_snapshots", READER, f"GET {STACK}/snapshots", "List snapshots.")
TAKE = Rule("stacks:snapshot", MEMBER, f"POST {STACK}/snapshots", "Take a snapshot.")
SHOW = Rule("stacks:show_snapshot", READER, f"GET {STACK}/snapshots/{{s}}", "Show one.")
DROP = Rule("stacks:delete_snapshot", MEMBER, f"DELETE {STACK}/snapshots/{{s}}", "Remove one.")
RESTORE = Rule(
    "stacks:restore_snapshot", MEMBER, f"POST {STACK}/snapshots/{{s}}/restore", "Go back to one."
)
EXPORT = Rule("stacks:export", MEMBER, f"GET {STACK}/export", "Write a stack down.")
ABANDON = Rule("stacks:abandon", MEMBER, f"DELETE {STACK}/abandon", "Let go of a stack.")
SERVICES = Rule("service:index", "role:admin", "GET /services", "List controllers.")

RULES = [LIST, TAKE, SHOW, DROP, RESTORE, EXPORT, ABANDON, SERVICES]
