"""Who may do what with images.

On whose images is the queries' business: an image nobody may see is not found, and one of another
project's cannot be changed.
"""

from common.policy import ADMIN, ANY_READER, MEMBER, Rule

LIST = Rule("image:images:list", ANY_READER, "GET /v2/images", "List images.")
SHOW = Rule("image:images:show", ANY_READER, "GET /v2/images/{image_id}", "Show an image.")
LIST_TASKS = Rule(
    "image:images:list_tasks",
    ANY_READER,
    "GET /v2/images/{image_id}/tasks",
    "List what was and is still to be done with an image's data.",
)
TASKS = Rule(
    "image:tasks:show",
    ADMIN,
    "GET /v2/tasks, GET /v2/tasks/{task_id}",
    "See what is done beside the requests that asked for it.",
)
CREATE_TASK = Rule("image:tasks:create", ADMIN, "POST /v2/tasks", "Ask for a task.")
COPY = Rule(
    "image:images:copy",
    ADMIN,
    "POST /v2/images/{image_id}/import",
    "Copy an image to more stores (the import method copy-image).",
)
DELETE_COPY = Rule(
    "image:images:delete_copy",
    MEMBER,
    "DELETE /v2/stores/{store_id}/{image_id}",
    "Have a store forget an image that another one keeps.",
)
STORES_DETAIL = Rule(
    "image:stores:detail", ADMIN, "GET /v2/info/stores/detail", "See how full stores are."
)
USAGE = Rule(
    "image:usage", ANY_READER, "GET /v2/info/usage", "See what one's project may have and has."
)
CREATE = Rule("image:images:create", MEMBER, "POST /v2/images", "Register an image.")
UPDATE = Rule(
    "image:images:update", MEMBER, "PATCH /v2/images/{image_id}", "Change an image's attributes."
)
SET_LOCATIONS = Rule(
    "image:images:set_locations",
    MEMBER,
    "PATCH /v2/images/{image_id}",
    "Say at which addresses an image's data is.",
)
DELETE_LOCATIONS = Rule(
    "image:images:delete_locations",
    ADMIN,
    "PATCH /v2/images/{image_id}",
    "Say that an image's data is not at an address any more.",
)
DELETE = Rule("image:images:delete", MEMBER, "DELETE /v2/images/{image_id}", "Delete an image.")
PUBLICIZE = Rule(
    "image:images:publicize",
    ADMIN,
    "POST /v2/images, PATCH /v2/images/{image_id}",
    "Make an image visible to everybody, in everybody's list.",
)
COMMUNITIZE = Rule(
    "image:images:communitize",
    MEMBER,
    "POST /v2/images, PATCH /v2/images/{image_id}",
    "Make an image visible to everybody who asks for it.",
)
UPLOAD = Rule(
    "image:images:upload", MEMBER, "PUT /v2/images/{image_id}/file", "Bring an image's data."
)
IMPORT = Rule(
    "image:images:import",
    MEMBER,
    "PUT /v2/images/{image_id}/stage, POST /v2/images/{image_id}/import",
    "Stage an image's data, and put it into use.",
)
DOWNLOAD = Rule(
    "image:images:download", ANY_READER, "GET /v2/images/{image_id}/file", "Fetch an image's data."
)
DEACTIVATE = Rule(
    "image:images:deactivate",
    MEMBER,
    "POST /v2/images/{image_id}/actions/deactivate",
    "Take an image out of use.",
)
REACTIVATE = Rule(
    "image:images:reactivate",
    MEMBER,
    "POST /v2/images/{image_id}/actions/reactivate",
    "Put an image back into use.",
)
DISCOVER = Rule(
    "image:discover",
    ANY_READER,
    "GET /v2/schemas/{schema}, GET /v2/info/import, GET /v2/info/stores",
    "Read what the API says about itself.",
)
RULES = [
    LIST,
    SHOW,
    LIST_TASKS,
    TASKS,
    CREATE_TASK,
    COPY,
    DELETE_COPY,
    STORES_DETAIL,
    USAGE,
    CREATE,
    UPDATE,
    SET_LOCATIONS,
    DELETE_LOCATIONS,
    DELETE,
    PUBLICIZE,
    COMMUNITIZE,
    UPLOAD,
    IMPORT,
    DOWNLOAD,
    DEACTIVATE,
    REACTIVATE,
    DISCOVER,
]
