"""Tasks as the API shows them."""

import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any

from common.clock import iso
from image.db.models import Task

PATH = "/v2/tasks"


def brief(task: Task) -> dict[str, Any]:
    """Return a task as lists show it."""
    return {
        "id": task.id,
        "type": task.type,
        "status": task.status,
        "owner": task.owner,
        "image_id": task.image_id,
        "request_id": task.request_id,
        "user_id": task.user_id,
        "expires_at": iso(task.expires_at),
        "created_at": iso(task.created_at),
        "updated_at": iso(task.updated_at),
        "self": f"{PATH}/{task.id}",
        "schema": "/v2/schemas/task",
    }


def shown(task: Task) -> dict[str, Any]:
    """Return one task with what it was asked and what came of it."""
    result = task.result if task.status == "success" else None
    return {**brief(task), "input": task.input, "result": result, "message": task.message}


def of_image(tasks: Sequence[Task]) -> dict[str, Any]:
    """Return the tasks of an image."""
    return {"tasks": [shown(task) for task in tasks]}


def listed(tasks: Sequence[Task], query: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """Return one page.  query: the request's, for the links to the pages beside it."""
    rest = {name: value for name, value in query.items() if name != "marker"}
    document: dict[str, Any] = {
        "tasks": [brief(task) for task in tasks],
        "first": _link(rest),
        "schema": "/v2/schemas/tasks",
    }
    if tasks and len(tasks) == limit:
        document["next"] = _link({**rest, "marker": tasks[-1].id})
    return document


def _link(query: Mapping[str, Any]) -> str:
    encoded = urllib.parse.urlencode(query, doseq=True)
    return f"{PATH}?{encoded}" if encoded else PATH
