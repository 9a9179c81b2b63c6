"""Resources and events as the API shows them."""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from common.clock import iso
from orchestration.db.models import Event, Stack
from orchestration.drivers.nested import ERRORS
from orchestration.views.stacks import path

if TYPE_CHECKING:
    from orchestration.logic.parts import Shown

HIDDEN = ("show", ERRORS)


def resource(base: str, shown: "Shown") -> dict[str, Any]:
    """Return one resource of a list."""
    row, stack = shown.row, shown.stack
    where = base + path(stack)
    found: dict[str, Any] = {
        "resource_name": row.name,
        "logical_resource_id": row.name,
        "physical_resource_id": row.physical_id or "",
        "resource_type": row.type,
        "resource_status": f"{row.action}_{row.status}",
        "resource_status_reason": row.status_reason,
        "creation_time": iso(row.created_at),
        "updated_time": iso(row.updated_at or row.created_at),
        "required_by": list(shown.required_by),
        "links": [
            {"href": f"{where}/resources/{quote(row.name, safe='')}", "rel": "self"},
            {"href": where, "rel": "stack"},
        ],
    }
    if shown.inside is not None:
        found["links"].append({"href": base + path(shown.inside), "rel": "nested"})
    if shown.around is not None:
        found["parent_resource"] = shown.around.name
    return found


def detail(base: str, shown: "Shown", description: str = "") -> dict[str, Any]:
    """Return one resource with its attributes."""
    attributes = {
        key: value
        for key, value in (shown.row.attributes or {}).items()
        if key not in HIDDEN and not key.startswith("resource.")
    }
    return {**resource(base, shown), "description": description, "attributes": attributes}


def event(base: str, stack: Stack, row: Event) -> dict[str, Any]:
    """Return one event of a list."""
    where = base + path(stack)
    of_stack = row.physical_id == stack.id
    name = quote(row.resource_name, safe="")
    here = where if of_stack else f"{where}/resources/{name}"
    found: dict[str, Any] = {
        "id": row.id,
        "event_time": iso(row.created_at),
        "resource_name": row.resource_name,
        "logical_resource_id": row.resource_name,
        "physical_resource_id": row.physical_id or "",
        "resource_status": f"{row.action}_{row.status}",
        "resource_status_reason": row.status_reason,
        "links": [
            {"href": f"{where}/resources/{name}/events/{row.id}", "rel": "self"},
            {"href": here, "rel": "resource"},
            {"href": where, "rel": "stack"},
        ],
    }
    if stack.root_id not in (None, stack.id):
        root = f"{base}/v1/{stack.project_id}/stacks/{stack.root_id}"
        found["links"].append({"href": root, "rel": "root_stack"})
    return found


def event_detail(base: str, stack: Stack, row: Event) -> dict[str, Any]:
    """Return one event with the properties of its resource."""
    return {
        **event(base, stack, row),
        "resource_type": row.resource_type,
        "resource_properties": row.properties or {},
    }
