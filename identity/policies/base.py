"""Check strings, and the five rules that most resources have."""

import dataclasses

from common.policy import ADMIN, AUTHENTICATED, Rule

SYSTEM_READER = "role:admin or (role:reader and system_scope:all)"
DOMAIN_READER = f"{SYSTEM_READER} or (role:reader and domain_id:%(domain_id)s)"
DOMAIN_MANAGER = f"{ADMIN} or (role:manager and domain_id:%(domain_id)s)"
OWNER = "user_id:%(user_id)s"
OWN_OR_ADMIN = f"{ADMIN} or {OWNER}"
OWN_OR_READER = f"{SYSTEM_READER} or {OWNER}"

__all__ = [
    "ADMIN",
    "AUTHENTICATED",
    "DOMAIN_MANAGER",
    "DOMAIN_READER",
    "OWNER",
    "OWN_OR_ADMIN",
    "OWN_OR_READER",
    "SYSTEM_READER",
    "Crud",
    "Rule",
    "crud",
]


@dataclasses.dataclass(frozen=True)
class Crud:
    """The rules of one kind of resource."""

    list: Rule
    get: Rule
    create: Rule
    update: Rule
    delete: Rule

    @property
    def all(self) -> tuple[Rule, ...]:
        """Every one of them."""
        return (self.list, self.get, self.create, self.update, self.delete)


def crud(one: str, many: str, *, list_: str, get: str, write: str = ADMIN, below: str = "") -> Crud:
    """Return `identity:list_users` and so on.

    list_, get, write: check strings.  below: the extension that the path is in.
    """
    path, words = "/".join(each for each in ("/v3", below, many) if each), one.replace("_", " ")
    item = f"{path}/{{{one}_id}}"
    return Crud(
        list=Rule(f"identity:list_{many}", list_, f"GET {path}", f"List every {words}."),
        get=Rule(f"identity:get_{one}", get, f"GET {item}", f"Show one {words}."),
        create=Rule(f"identity:create_{one}", write, f"POST {path}", f"Make a {words}."),
        update=Rule(f"identity:update_{one}", write, f"PATCH {item}", f"Change a {words}."),
        delete=Rule(f"identity:delete_{one}", write, f"DELETE {item}", f"Remove a {words}."),
    )
