"""Who may share images."""

from common.policy import ANY_READER, MEMBER, Rule

_ONE = "/v2/images/{image_id}/members/{member_id}"
LIST = Rule(
    "image:members:list", ANY_READER, "GET /v2/images/{image_id}/members", "List memberships."
)
SHOW = Rule("image:members:show", ANY_READER, f"GET {_ONE}", "Show a membership.")
CREATE = Rule(
    "image:members:create", MEMBER, "POST /v2/images/{image_id}/members", "Share an image."
)
UPDATE = Rule("image:members:update", MEMBER, f"PUT {_ONE}", "Accept or reject an image.")
DELETE = Rule("image:members:delete", MEMBER, f"DELETE {_ONE}", "Share an image no longer.")
RULES = [LIST, SHOW, CREATE, UPDATE, DELETE]
