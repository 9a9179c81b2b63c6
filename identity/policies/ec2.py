"""Who may do what with EC2 keys."""

from identity.policies.base import OWN_OR_ADMIN, OWN_OR_READER, Rule

_KEYS = "/v3/users/{user_id}/credentials/OS-EC2"

LIST = Rule("identity:ec2_list_credentials", OWN_OR_READER, f"GET {_KEYS}", "List them.")
GET = Rule("identity:ec2_get_credential", OWN_OR_READER, f"GET {_KEYS}/{{access}}", "Show one.")
CREATE = Rule("identity:ec2_create_credential", OWN_OR_ADMIN, f"POST {_KEYS}", "Make one.")
DELETE = Rule(
    "identity:ec2_delete_credential", OWN_OR_ADMIN, f"DELETE {_KEYS}/{{access}}", "Remove one."
)
RULES = [LIST, GET, CREATE, DELETE]
