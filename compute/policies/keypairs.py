"""Rules about key pairs, which belong to users, not to projects."""

from common.policy import ADMIN, ANY_READER, Rule

_MEMBER = "role:admin or role:member"
LIST = Rule("compute:keypairs:list", ANY_READER, "GET /os-keypairs", "List key pairs.")
CREATE = Rule("compute:keypairs:create", _MEMBER, "POST /os-keypairs", "Add a key pair.")
DELETE = Rule("compute:keypairs:delete", _MEMBER, "DELETE /os-keypairs/{name}", "Remove it.")
OTHERS = Rule(
    "compute:keypairs:others", ADMIN, "GET /os-keypairs?user_id=", "Other users' key pairs."
)
RULES = [LIST, CREATE, DELETE, OTHERS]
