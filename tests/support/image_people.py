"""People who use images: a token is the name of one of them."""

from common import errors
from common.context import RequestContext

ROLES = {"reader": ("reader",), "member": ("member", "reader")}
PEOPLE = {
    "ann": ("p-ann", ROLES["member"]),
    "ben": ("p-ben", ROLES["member"]),
    "eve": ("p-eve", ROLES["member"]),
    "ann-reader": ("p-ann", ROLES["reader"]),
    "admin": ("p-admin", ("admin", "manager", "member", "reader")),
    "nobody": ("p-ann", ()),
}


class People:
    """An authenticator that needs no identity."""

    def authenticate(self, token: str, request_id: str) -> RequestContext:
        if token not in PEOPLE:
            raise errors.Unauthorized()
        project, roles = PEOPLE[token]
        return RequestContext(
            request_id=request_id, user_id=token, project_id=project, roles=roles, token=token
        )
