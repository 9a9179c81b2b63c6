"""Who may do what with stacks."""

from common.policy import ANY_READER, MEMBER, READER, Rule

INDEX = Rule("stacks:index", READER, "GET /stacks", "List the project's stacks.")
GLOBAL = Rule("stacks:global_index", "role:admin", "GET /stacks?global_tenant", "List all stacks.")
CREATE = Rule("stacks:create", MEMBER, "POST /stacks", "Make a stack.")
PREVIEW = Rule("stacks:preview", READER, "POST /stacks/preview", "See what a stack would be.")
VALIDATE = Rule("stacks:validate_template", READER, "POST /validate", "Check a template.")
SHOW = Rule("stacks:show", READER, "GET /stacks/{name}/{id}", "Show a stack.")
UPDATE = Rule("stacks:update", MEMBER, "PUT /stacks/{name}/{id}", "Change a stack.")
PREVIEW_UPDATE = Rule(
    "stacks:preview_update", MEMBER, "PUT /stacks/{name}/{id}/preview", "See what would change."
)
DELETE = Rule("stacks:delete", MEMBER, "DELETE /stacks/{name}/{id}", "Remove a stack.")
ACTION = Rule("actions:action", MEMBER, "POST /stacks/{name}/{id}/actions", "Check a stack.")
TEMPLATE = Rule("stacks:template", READER, "GET /stacks/{name}/{id}/template", "Its template.")
OUTPUTS = Rule("stacks:list_outputs", READER, "GET /stacks/{name}/{id}/outputs", "Its outputs.")
RESOURCES = Rule("resource:index", READER, "GET /stacks/{name}/{id}/resources", "Its resources.")
EVENTS = Rule("events:index", READER, "GET /stacks/{name}/{id}/events", "Its events.")
TYPES = Rule("resource_types:index", ANY_READER, "GET /resource_types", "What can be in one.")

RULES = [
    INDEX,
    GLOBAL,
    CREATE,
    PREVIEW,
    VALIDATE,
    SHOW,
    UPDATE,
    PREVIEW_UPDATE,
    DELETE,
    ACTION,
    TEMPLATE,
    OUTPUTS,
    RESOURCES,
    EVENTS,
    TYPES,
]
