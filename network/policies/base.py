"""Who may do what with a noun, the same for most of them.

On whose rows is the queries' business: another project's are not found.
"""

from common.policy import ADMIN, ANY_READER, MEMBER, Rule

SERVICE_TOO = f"role:service or {MEMBER}"
__all__ = ["ADMIN", "ANY_READER", "MEMBER", "SERVICE_TOO", "Rule", "rules"]


def rules(noun: str, path: str, writer: str = MEMBER) -> tuple[Rule, Rule, Rule, Rule]:
    """Return the rules read, create, update and delete of one noun.

    noun: as in the rule's name, `networks`.  path: `/v2.0/networks`.
    """
    one = f"{path}/{{id}}"
    return (
        Rule(f"network:{noun}:read", ANY_READER, f"GET {path}, GET {one}", f"See {noun}."),
        Rule(f"network:{noun}:create", writer, f"POST {path}", f"Make {noun}."),
        Rule(f"network:{noun}:update", writer, f"PUT {one}", f"Change {noun}."),
        Rule(f"network:{noun}:delete", writer, f"DELETE {one}", f"Remove {noun}."),
    )
