"""Resources and events as the API shows them."""

from collections.abc import Iterable
from typing import Any

from common.clock import iso
from orchestration.db.models import Event, Resource, Stack
from orchestration.views.stacks import path


def resource(base: str, stack: Stack, row: Resource, required_by: Iterable[str]) -> dict[str, Any]:
    """Return one resource of a list."""
    changed = row.updated_at or row.created_at
    return {
        "resource_name": row.name,
        "logical_resource_id": row.name,
        "physical_resource_id": row.physical_id or "",
        "resource_type": row.type,
        "resource_status": f"{row.action}_{row.status}",
        "resource_status_reason": row.status_reason,
        "creation_time": iso(row.created_at),
        "updated_time": iso(changed),
        "required_by": sorted(required_by),
        "links": [
            {"href": f"{base}{path(stack)}/resources/{row.name}", "rel": "self"},
            {"href": base + path(stack), "rel": "stack"},
        ],
    }


def detail(base: str, stack: Stack, row: Resource, required_by: Iterable[str]) -> dict[str, Any]:
    """Return one resource with its attributes."""
    shown = dict(row.attributes or {})
    shown.pop("show", None)
    return {
        **resource(base, stack, row, required_by),
        "description": "",
        "attributes": shown,
    }


def event(base: str, stack: Stack, row: Event) -> dict[str, Any]:
    """Return one event of a list."""
    where = base + path(stack)
    of_stack = row.physical_id == stack.id
    here = where if of_stack else f"{where}/resources/{row.resource_name}"
    return {
        "id": row.id,
        "event_time": iso(row.created_at),
        "resource_name": row.resource_name,
        "logical_resource_id": row.resource_name,
        "physical_resource_id": row.physical_id or "",
        "resource_status": f"{row.action}_{row.status}",
        "resource_status_reason": row.status_reason,
        "links": [
            {"href": f"{where}/resources/{row.resource_name}/events/{row.id}", "rel": "self"},
            {"href": here, "rel": "resource"},
            {"href": where, "rel": "stack"},
        ],
    }


def event_detail(base: str, stack: Stack, row: Event) -> dict[str, Any]:
    """Return one event with the properties of its resource."""
    return {
        **event(base, stack, row),
        "resource_type": row.resource_type,
        "resource_properties": row.properties or {},
    }
