"""A stack written down: for a snapshot, for whoever takes it over, and made a stack again."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import orm

from orchestration import states
from orchestration.db import resources, stacks
from orchestration.db.models import Resource, Stack
from orchestration.errors import TemplateInvalid
from orchestration.templates.template import read


def of(session: orm.Session, stack: Stack) -> dict[str, Any]:
    """Return a stack with its resources, and the stacks inside in the place of theirs.

    Source: Orchestration API v1, "Export stack data".
    """
    inside = stacks.of_nodes(session, stack.id)
    rows = [row for row in resources.of(session, stack.id) if row.goal == states.PRESENT]
    return {
        "name": stack.name,
        "id": stack.id,
        "action": stack.action,
        "status": stack.status,
        "template": stack.template,
        "environment": {**stack.environment, "parameters": _given(stack)},
        "files": stack.files,
        "project_id": stack.project_id,
        "stack_user_project_id": stack.project_id,
        "resources": {row.name: _resource(session, row, inside.get(row.id)) for row in rows},
    }


def _given(stack: Stack) -> dict[str, Any]:
    pseudo = ("OS::", "AWS::")
    return {key: value for key, value in stack.parameters.items() if not key.startswith(pseudo)}


def _resource(session: orm.Session, row: Resource, inside: Stack | None) -> dict[str, Any]:
    found = {
        "name": row.name,
        "resource_id": row.physical_id,
        "type": row.type,
        "action": row.action,
        "status": row.status,
        "metadata": {},
        "resource_data": row.data or {},
    }
    return found if inside is None else {**found, **of(session, inside)}


def read_adopted(given: Any) -> dict[str, Any]:
    """Return what a stack is to be made of that others made.  Raises TemplateInvalid."""
    found = read(given, "adopt_stack_data")
    if not isinstance(found.get("template"), dict) or not isinstance(found.get("resources"), dict):
        raise TemplateInvalid(
            reason="Invalid adopt data: it needs a template and resources, as an export has them"
        )
    return found


def adopt(session: orm.Session, stack: Stack, record: Mapping[str, Any]) -> None:
    """Give a stack's resources the ids of what there is already."""
    known = record.get("resources") or {}
    for row in resources.of(session, stack.id):
        found = known.get(row.name)
        if isinstance(found, dict) and "resources" in found:
            row.data = {"adopt": found}
        elif isinstance(found, dict):
            row.physical_id = found.get("resource_id")
            row.data = found.get("resource_data") or None
    session.flush()
