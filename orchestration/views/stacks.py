"""A stack as the API shows it.  Source: Orchestration API v1, "Show stack details"."""

from collections.abc import Mapping, Sequence
from typing import Any

from common.clock import iso
from orchestration.db.models import Stack
from orchestration.templates import parameters


def path(stack: Stack) -> str:
    """Return the part of the URL that names a stack."""
    return f"/v1/{stack.project_id}/stacks/{stack.name}/{stack.id}"


def links(base: str, stack: Stack) -> list[dict[str, str]]:
    """Return the link to the stack itself.  base: scheme and host."""
    return [{"href": base + path(stack), "rel": "self"}]


def all_links(base: str, stack: Stack) -> list[dict[str, str]]:
    """Return the link to the stack, and to the one around it."""
    found = links(base, stack)
    if stack.parent_id is not None:
        around = f"{base}/v1/{stack.project_id}/stacks/{stack.parent_id}"
        found.append({"href": around, "rel": "parent"})
    return found


def created(base: str, stack: Stack) -> dict[str, Any]:
    """Return the short form that a creation answers with."""
    return {"id": stack.id, "links": links(base, stack)}


def brief(base: str, stack: Stack) -> dict[str, Any]:
    """Return the form of lists."""
    return {
        "id": stack.id,
        "links": all_links(base, stack),
        "stack_name": stack.name,
        "description": _description(stack),
        "stack_status": f"{stack.action}_{stack.status}",
        "stack_status_reason": stack.status_reason,
        "creation_time": iso(stack.created_at),
        "updated_time": iso(stack.updated_at),
        "deletion_time": iso(stack.deleted_at),
        "stack_owner": stack.user_name,
        "project": stack.project_id,
        "stack_user_project_id": stack.project_id,
        "parent": stack.parent_id,
        "tags": stack.tags or None,
    }


def change(stack: Stack, name: str, kind: str) -> dict[str, Any]:
    """Return one resource that an update would touch, or leave."""
    return {
        "resource_name": name,
        "resource_type": kind,
        "stack_name": stack.name,
        "resource_identity": {
            "stack_name": stack.name,
            "stack_id": stack.id,
            "tenant": stack.project_id,
            "path": f"/resources/{name}",
        },
    }


def full(
    base: str,
    stack: Stack,
    schemas: Mapping[str, dict[str, Any]],
    outputs: Sequence[dict[str, Any]] | None,
) -> dict[str, Any]:
    """Return everything.  schemas: of the template's parameters.  outputs: None leaves them out."""
    found = brief(base, stack)
    del found["project"]
    found |= {
        "parameters": parameters.shown(schemas, stack.parameters),
        "template_description": _description(stack),
        "timeout_mins": stack.timeout_mins,
        "disable_rollback": stack.disable_rollback,
        "capabilities": [],
        "notification_topics": [],
    }
    if outputs is not None:
        found["outputs"] = outputs
    return found


def _description(stack: Stack) -> str:
    written = stack.template.get("description") or stack.template.get("Description")
    return str(written or "No description")
