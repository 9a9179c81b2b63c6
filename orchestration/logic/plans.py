"""What a new definition means for the resources there are: which are made, changed, removed."""

import datetime as dt
import secrets
import string
import uuid
from collections.abc import Sequence

from sqlalchemy import orm

from orchestration import states
from orchestration.db.models import Resource, Stack
from orchestration.drivers import registry
from orchestration.logic import definitions
from orchestration.templates.definition import Definition, NoFacts

_LETTERS = string.ascii_lowercase + string.digits
NAME_LIMIT = 63
Changes = dict[str, list[tuple[str, str]]]
"""(name, type) of resources, by what happens to them: unchanged, updated, replaced..."""


def unique_name(stack_name: str, resource_name: str) -> str:
    """Return a name of at most 63 characters that nothing else has: `stack-resource-x1y2z3...`."""
    tail = "".join(secrets.choice(_LETTERS) for _ in range(12))
    room = NAME_LIMIT - len(tail) - 2 - min(len(resource_name), 24)
    return f"{stack_name[:room]}-{resource_name[:24]}-{tail}"


def nested_name(stack_name: str, resource_name: str) -> str:
    """Return the name of a stack inside another, of at most 255 characters."""
    tail = "".join(secrets.choice(_LETTERS) for _ in range(12))
    room = 255 - len(tail) - 2 - min(len(resource_name), 100)
    return f"{stack_name[:room]}-{resource_name[:100]}-{tail}"


def new_node(
    stack: Stack, definition: Definition, name: str, now: dt.datetime, kind: str
) -> Resource:
    """Return the row of a resource that is to be made.

    What something else made is taken as it is, and let go of in the end.
    """
    external = definition.external_id(name, NoFacts())
    return Resource(
        id=str(uuid.uuid4()),
        stack_id=stack.id,
        name=name,
        type=kind,
        goal=states.PRESENT,
        state=states.WAITING,
        unique_name=unique_name(stack.name, name),
        requires=sorted(definition.requires[name]),
        retain=definition.resources[name].deletion_policy == "retain" or external is not None,
        physical_id=external,
        data={"external_id": external} if external is not None else None,
        created_at=now,
    )


def towards(
    session: orm.Session,
    stack: Stack,
    rows: Sequence[Resource],
    definition: Definition,
    now: dt.datetime,
) -> None:
    """Set the goals so that the stack becomes what the definition says."""
    present = {row.name: row for row in rows if row.goal == states.PRESENT}
    for row in rows:
        _rest(row)
    _revive(rows, present)
    for name, resource in definition.resources.items():
        node = present.pop(name) if name in present else None
        if node is None or _is_lost(stack, node, resource.type):
            if node is not None:
                node.goal, node.state = states.ABSENT, states.WAITING
            session.add(new_node(stack, definition, name, now, resource.type))
            continue
        node.requires = sorted(definition.requires[name])
        node.state = states.WAITING
        external = definition.external_id(name, NoFacts())
        node.retain = resource.deletion_policy == "retain" or external is not None
        if external != (node.data or {}).get("external_id"):
            _refuse_external(node, external)
    for row in present.values():
        row.goal = states.ABSENT
        row.state = states.WAITING
    session.flush()


def _is_lost(stack: Stack, node: Resource, kind: str) -> bool:
    """Say whether another resource must be made in a node's place."""
    if node.type != kind:
        return True
    if node.state != states.BROKEN:
        return False
    mends = definitions.kind_of(stack, node.name, kind).mends and node.physical_id is not None
    if mends and node.attributes is None:
        node.attributes = {}
    return not mends


def _refuse_external(node: Resource, wanted: str | None) -> None:
    node.state, node.action, node.status = states.BROKEN, "UPDATE", states.FAILED
    node.status_reason = (
        f"Invalid external resource: Resource {node.name} ({node.physical_id}): its external_id "
        f"cannot become {wanted}; a resource of another name would work"
    )


def _revive(rows: Sequence[Resource], present: dict[str, Resource]) -> None:
    """Want the one before again where its replacement failed before it was touched."""
    for row in rows:
        heir = present.get(row.name)
        whole = row.attributes is not None and row.action != "DELETE"
        if row.goal == states.ABSENT and whole and heir and heir.state == states.BROKEN:
            row.goal = states.PRESENT
            heir.goal, heir.state = states.ABSENT, states.WAITING
            present[row.name] = row


def changes(
    stack: Stack, rows: Sequence[Resource], wanted: definitions.Request, definition: Definition
) -> Changes:
    """Return what `towards` would come to."""
    found: Changes = {kind: [] for kind in ("unchanged", "updated", "replaced", "added", "deleted")}
    present = {row.name: row for row in rows if row.goal == states.PRESENT}
    facts = definitions.RowFacts(stack, rows)
    for name, resource in definition.resources.items():
        row = present.pop(name, None)
        change = "added" if row is None else _change(wanted, row, definition, facts)
        found[change].append((name, resource.type))
    found["deleted"] = [(row.name, row.type) for row in present.values()]
    return found


def _change(
    request: definitions.Request,
    row: Resource,
    definition: Definition,
    facts: definitions.RowFacts,
) -> str:
    kind = registry.kind_of(request.environment, request.files, row.name, row.type)
    broken = row.state == states.BROKEN and not kind.mends
    if definition.resources[row.name].type != row.type or broken:
        return "replaced"
    wanted = kind.check(row.name, definition.properties(row.name, facts), complete=False)
    old = row.properties or {}
    wanted = {key: value for key, value in wanted.items() if value is not None}
    if old == wanted:
        return "unchanged"
    return "updated" if kind.changes_in_place(old, wanted) else "replaced"


def away(rows: Sequence[Resource], *, keep_retained: bool) -> None:
    """Set the goals so that nothing is left.

    keep_retained: what the template says to retain is let go of, not removed.
    A resource that is being worked on is left to that work's end, which sees the new goal.
    """
    for row in rows:
        _rest(row)
        row.goal = states.ABSENT
        row.retain = row.retain and keep_retained
        if row.state != states.RUNNING:
            row.state = states.WAITING


def _rest(row: Resource) -> None:
    row.hook, row.cleared = None, None
    if row.state != states.RUNNING:
        row.attempts, row.begun, row.began_at = 0, False, None
