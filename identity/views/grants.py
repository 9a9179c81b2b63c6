"""Role assignments, with names where they are asked for."""

from typing import Any

from identity.db.assignments import Given, Grant

Names = dict[tuple[str, str], dict[str, Any]]


def assignment(given: Given, url: str, names: Names | None) -> dict[str, Any]:
    """Return one assignment.

    url: `http://host:5000/v3`.  names: by (kind, id), what is shown beside the id.
    """
    grant = given.grant
    found: dict[str, Any] = {
        "role": _named("role", given.role_id, names),
        grant.actor: _named(grant.actor, grant.actor_id, names),
        "scope": _scope(grant, names),
        "links": {"assignment": url + path(grant, given.role_id)},
    }
    if given.group_id:
        member = f"/groups/{given.group_id}/users/{grant.actor_id}"
        found["links"]["membership"] = url + member
    return found


def _named(kind: str, its_id: str, names: Names | None) -> dict[str, Any]:
    return {"id": its_id, **((names or {}).get((kind, its_id), {}))}


def _scope(grant: Grant, names: Names | None) -> dict[str, Any]:
    if grant.target == "system":
        return {"system": {"all": True}}
    scope: dict[str, Any] = {grant.target: _named(grant.target, grant.target_id, names)}
    if grant.inherited:
        scope["OS-INHERIT:inherited_to"] = "projects"
    return scope


def path(grant: Grant, role_id: str) -> str:
    """Return the path below /v3 that the assignment has as a resource of its own."""
    where = "system" if grant.target == "system" else f"{grant.target}s/{grant.target_id}"
    inherit, suffix = ("/OS-INHERIT", "/inherited_to_projects") if grant.inherited else ("", "")
    return f"{inherit}/{where}/{grant.actor}s/{grant.actor_id}/roles/{role_id}{suffix}"
