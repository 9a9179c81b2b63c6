"""Rules about key pairs.

They belong to users, not to projects: whoever has any role on a project may have some.
"""

from common.policy import ADMIN, ANY_READER, Rule

LIST = Rule("compute:keypairs:list", ANY_READER, "GET /os-keypairs", "List key pairs.")
CREATE = Rule("compute:keypairs:create", ANY_READER, "POST /os-keypairs", "Add a key pair.")
DELETE = Rule("compute:keypairs:delete", ANY_READER, "DELETE /os-keypairs/{name}", "Remove it.")
OTHERS = Rule(
    "compute:keypairs:others", ADMIN, "GET /os-keypairs?user_id=", "Other users' key pairs."
)
RULES = [LIST, CREATE, DELETE, OTHERS]
