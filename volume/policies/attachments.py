"""Rules about attachments."""

from common.policy import MEMBER, READER, SERVICE, Rule

PATH = "/v3/attachments"
LIST = Rule(
    "volume:attachments:list", READER, f"GET {PATH}, GET {PATH}/detail", "List attachments."
)
SHOW = Rule("volume:attachments:show", READER, f"GET {PATH}/{{id}}", "Show an attachment.")
CREATE = Rule("volume:attachments:create", MEMBER, f"POST {PATH}", "Keep a volume for a server.")
UPDATE = Rule("volume:attachments:update", MEMBER, f"PUT {PATH}/{{id}}", "Connect a volume.")
DELETE = Rule("volume:attachments:delete", MEMBER, f"DELETE {PATH}/{{id}}", "End an attachment.")
COMPLETE = Rule(
    "volume:attachments:complete",
    MEMBER,
    f"POST {PATH}/{{id}}/action",
    "Note that a server uses the volume.",
)
CONNECTION = Rule(
    "volume:attachments:connection",
    SERVICE,
    f"GET {PATH}/{{id}}, PUT {PATH}/{{id}}, POST {PATH}",
    "See how a host reaches the volume.",
)
RULES = [LIST, SHOW, CREATE, UPDATE, DELETE, COMPLETE, CONNECTION]
