"""Rules about servers."""

from common.policy import ADMIN, MEMBER, READER, SERVICE, Rule

LIST = Rule("compute:servers:list", READER, "GET /servers, GET /servers/detail", "List servers.")
LIST_ALL = Rule("compute:servers:list_all", ADMIN, "GET /servers", "List every project's servers.")
SHOW = Rule("compute:servers:show", READER, "GET /servers/{id}", "Show a server.")
SHOW_HOST = Rule(
    "compute:servers:show_host", ADMIN, "GET /servers/{id}", "See where a server runs."
)
CREATE = Rule("compute:servers:create", MEMBER, "POST /servers", "Ask for a new server.")
CREATE_ON_HOST = Rule(
    "compute:servers:create_on_host", ADMIN, "POST /servers", "Name the host of a new server."
)
UPDATE = Rule("compute:servers:update", MEMBER, "PUT /servers/{id}", "Change a server.")
DELETE = Rule("compute:servers:delete", MEMBER, "DELETE /servers/{id}", "Delete a server.")
ACT = Rule("compute:servers:act", MEMBER, "POST /servers/{id}/action", "Act on a server.")
RESET = Rule(
    "compute:servers:reset_state", ADMIN, "POST /servers/{id}/action", "Set a server's state."
)
UNLOCK_ANY = Rule(
    "compute:servers:unlock_any",
    ADMIN,
    "POST /servers/{id}/action",
    "Act on and unlock servers that an administrator locked.",
)
CONSOLE = Rule(
    "compute:servers:console", MEMBER, "POST /servers/{id}/action", "Read the console's output."
)
MIGRATE = Rule(
    "compute:servers:migrate",
    ADMIN,
    "POST /servers/{id}/action",
    "Move a server to another host.",
)
OFFLOAD = Rule(
    "compute:servers:shelve_offload",
    ADMIN,
    "POST /servers/{id}/action",
    "Take a shelved server off its host.",
)
UNSHELVE_TO_HOST = Rule(
    "compute:servers:unshelve_to_host",
    ADMIN,
    "POST /servers/{id}/action",
    "Name the host of a server that is unshelved.",
)
DIAGNOSTICS = Rule(
    "compute:servers:diagnostics",
    ADMIN,
    "GET /servers/{id}/diagnostics",
    "See what a server's guest uses.",
)
SWAP_VOLUME = Rule(
    "compute:volume_attachments:swap",
    SERVICE,
    "PUT /servers/{id}/os-volume_attachments/{volume_id}",
    "Swap a server's volume for another.",
)
RULES = [
    SWAP_VOLUME,
    DIAGNOSTICS,
    LIST,
    LIST_ALL,
    SHOW,
    SHOW_HOST,
    CREATE,
    CREATE_ON_HOST,
    UPDATE,
    DELETE,
    ACT,
    RESET,
    UNLOCK_ANY,
    CONSOLE,
    MIGRATE,
    OFFLOAD,
    UNSHELVE_TO_HOST,
]
