"""OS::Keystone::*: what an administrator's stack makes of identity."""

from collections.abc import Mapping
from typing import Any, ClassVar

from orchestration.clients import Cloud
from orchestration.drivers.base import (
    BOOLEAN,
    LIST,
    MAP,
    Node,
    Property,
    ResourceType,
    like_id,
    text,
    texts,
)
from orchestration.errors import ResourceFailed

ENABLED = Property(BOOLEAN, "Whether it can be used.", default=True, updatable=True)
DOMAIN = text("Its domain, by id or name.", default="default")
TAGS = texts("Tags.", updatable=True)


def named(cloud: Cloud, collection: str, name_or_id: str, **scope: Any) -> str:
    """Return the id of what is called by id or name.  Raises ResourceFailed."""
    if like_id(name_or_id) or name_or_id == "default":
        return name_or_id
    rows = cloud.identity.get(f"/{collection}", name=name_or_id, **scope)[collection]
    if len(rows) != 1:
        problem = "was not found" if not rows else f"is the name of {len(rows)}; use an id"
        raise ResourceFailed(reason=f"{collection}: {name_or_id} {problem}")
    return str(rows[0]["id"])


class KeystoneType(ResourceType):
    """What most of them share: one collection, one noun, a name that is unique in its scope."""

    noun: ClassVar[str]
    collection: ClassVar[str]
    scope: ClassVar[tuple[str, ...]] = ()

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        """Return what the service is sent for these properties."""
        found = {"name": node.unique_name, **wanted}
        if "domain" in found:
            found["domain_id"] = named(cloud, "domains", found.pop("domain"))
        return found

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        body = {self.noun: self.body(cloud, node, wanted)}
        return str(cloud.identity.post(f"/{self.collection}", body)[self.noun]["id"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        """Return what has the generated name; what the template names may be another's."""
        if wanted.get("name"):
            return None
        rows = cloud.identity.get(f"/{self.collection}", name=node.unique_name)[self.collection]
        return str(rows[0]["id"]) if rows else None

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        before, after = self.body(cloud, node, old), self.body(cloud, node, wanted)
        changed = {key: value for key, value in after.items() if before.get(key) != value}
        if changed:
            cloud.identity.patch(self._path(node), {self.noun: changed})

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.identity.delete(self._path(node))

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = cloud.identity.get(self._path(node))[self.noun]
        return {**{key: found.get(key) for key in self.attributes}, "show": found}

    def _path(self, node: Node) -> str:
        return f"/{self.collection}/{node.physical_id}"


class Project(KeystoneType):
    """A project."""

    name = "OS::Keystone::Project"
    noun, collection = "project", "projects"
    properties = {
        "name": text("Its name.", updatable=True),
        "domain": DOMAIN,
        "description": text("What it is for.", default="", updatable=True),
        "enabled": ENABLED,
        "parent": text("The project around it, by id or name."),
        "tags": TAGS,
    }
    attributes = {
        "name": "The name.",
        "domain_id": "Its domain.",
        "enabled": "Whether it can be used.",
        "is_domain": "Whether it is a domain.",
        "parent_id": "The project around it.",
    }

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        body = super().body(cloud, node, wanted)
        if "parent" in body:
            body["parent_id"] = named(cloud, "projects", body.pop("parent"))
        return body


class Domain(KeystoneType):
    """A domain."""

    name = "OS::Keystone::Domain"
    noun, collection = "domain", "domains"
    properties = {
        "name": text("Its name.", updatable=True),
        "description": text("What it is for.", default="", updatable=True),
        "enabled": ENABLED,
    }
    attributes = {"name": "The name.", "description": "What it is for.", "enabled": "Its state."}

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        if cloud.identity.find(self._path(node)):
            cloud.identity.patch(self._path(node), {"domain": {"enabled": False}})
            super().delete(cloud, node, wanted)


class Role(KeystoneType):
    """A role."""

    name = "OS::Keystone::Role"
    noun, collection = "role", "roles"
    properties = {"name": text("Its name.", updatable=True), "domain": text("Its domain.")}
    attributes = {"name": "The name."}


ROLES = Property(
    LIST,
    "Roles, and where.",
    updatable=True,
    items=Property(
        MAP,
        keys={
            "role": text("The role, by id or name.", required=True),
            "project": text("The project, by id or name."),
            "domain": text("Or the domain, by id or name."),
        },
    ),
)


def assignments(cloud: Cloud, who: str, roles: list[dict[str, Any]]) -> set[str]:
    """Return the paths of assignments.  who: `users/<id>` or `groups/<id>`."""
    found = set()
    for entry in roles:
        role = named(cloud, "roles", entry["role"])
        if bool(entry.get("project")) == bool(entry.get("domain")):
            raise ResourceFailed(reason="Each role is given in one project or one domain.")
        if entry.get("project"):
            where = f"projects/{named(cloud, 'projects', entry['project'])}"
        else:
            where = f"domains/{named(cloud, 'domains', entry['domain'])}"
        found.add(f"/{where}/{who}/roles/{role}")
    return found


def assign(cloud: Cloud, before: set[str], after: set[str]) -> None:
    """Give the roles that are new and take those that are no more."""
    for path in sorted(after - before):
        cloud.identity.put(path, {})
    for path in sorted(before - after):
        cloud.identity.delete(path)


class User(KeystoneType):
    """A user, with groups and roles."""

    name = "OS::Keystone::User"
    noun, collection = "user", "users"
    properties = {
        "name": text("Its name.", updatable=True),
        "domain": DOMAIN,
        "description": text("Who it is.", default="", updatable=True),
        "enabled": ENABLED,
        "email": text("Its address.", updatable=True),
        "password": text("Its password.", updatable=True),
        "default_project": text("Its usual project, by id or name.", updatable=True),
        "groups": texts("Groups it is in, by id or name.", updatable=True),
        "roles": ROLES,
    }
    attributes = {
        "name": "The name.",
        "default_project_id": "Its usual project.",
        "domain_id": "Its domain.",
        "enabled": "Whether it can be used.",
        "password_expires_at": "When its password ends.",
    }

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        plain = {key: value for key, value in wanted.items() if key not in ("groups", "roles")}
        body = super().body(cloud, node, plain)
        if "default_project" in body:
            body["default_project_id"] = named(cloud, "projects", body.pop("default_project"))
        return body

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        self._join(cloud, node, [], wanted.get("groups") or [])
        who = f"users/{node.physical_id}"
        assign(cloud, set(), assignments(cloud, who, wanted.get("roles") or []))

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        super().update(cloud, node, old, wanted)
        self._join(cloud, node, old.get("groups") or [], wanted.get("groups") or [])
        who = f"users/{node.physical_id}"
        before, after = (assignments(cloud, who, one.get("roles") or []) for one in (old, wanted))
        assign(cloud, before, after)

    def _join(self, cloud: Cloud, node: Node, before: list[str], after: list[str]) -> None:
        for group in sorted({*before} ^ {*after}):
            path = f"/groups/{named(cloud, 'groups', group)}/users/{node.physical_id}"
            if group in after:
                cloud.identity.put(path, {})
            else:
                cloud.identity.delete(path)


class Group(KeystoneType):
    """A group of users, with roles."""

    name = "OS::Keystone::Group"
    noun, collection = "group", "groups"
    properties = {
        "name": text("Its name.", updatable=True),
        "domain": DOMAIN,
        "description": text("What it is for.", default="", updatable=True),
        "roles": ROLES,
    }
    attributes = {"name": "The name.", "domain_id": "Its domain."}

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        return super().body(cloud, node, {k: v for k, v in wanted.items() if k != "roles"})

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        who = f"groups/{node.physical_id}"
        assign(cloud, set(), assignments(cloud, who, wanted.get("roles") or []))

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        super().update(cloud, node, old, wanted)
        who = f"groups/{node.physical_id}"
        before, after = (assignments(cloud, who, one.get("roles") or []) for one in (old, wanted))
        assign(cloud, before, after)


class UserRoleAssignment(ResourceType):
    """Roles of a user that is there already."""

    name = "OS::Keystone::UserRoleAssignment"
    whose: ClassVar[str] = "user"
    properties: Mapping[str, Property] = {
        "user": text("The user, by id or name.", required=True),
        "roles": ROLES,
    }

    def _paths(self, cloud: Cloud, wanted: dict[str, Any]) -> set[str]:
        plural = f"{self.whose}s"
        who = f"{plural}/{named(cloud, plural, wanted[self.whose])}"
        return assignments(cloud, who, wanted.get("roles") or [])

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        assign(cloud, set(), self._paths(cloud, wanted))
        return node.unique_name

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        assign(cloud, self._paths(cloud, old), self._paths(cloud, wanted))

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        assign(cloud, self._paths(cloud, wanted), set())


class GroupRoleAssignment(UserRoleAssignment):
    """Roles of a group that is there already."""

    name = "OS::Keystone::GroupRoleAssignment"
    whose = "group"
    properties = {"group": text("The group, by id or name.", required=True), "roles": ROLES}


class Service(KeystoneType):
    """An entry of the catalog."""

    name = "OS::Keystone::Service"
    noun, collection = "service", "services"
    properties = {
        "name": text("Its name.", updatable=True),
        "description": text("What it is.", updatable=True),
        "type": text("Its type.", required=True, updatable=True),
        "enabled": ENABLED,
    }
    attributes = {"name": "The name.", "type": "The type.", "enabled": "Whether it is shown."}


class Endpoint(KeystoneType):
    """Where a service of the catalog is found."""

    name = "OS::Keystone::Endpoint"
    noun, collection = "endpoint", "endpoints"
    properties = {
        "name": text("Its name.", updatable=True),
        "region": text("Its region.", updatable=True),
        "service": text("The service, by id or name.", required=True, updatable=True),
        "interface": text(
            "Who uses it.",
            default="public",
            allowed=("public", "internal", "admin"),
            updatable=True,
        ),
        "url": text("Its URL.", required=True, updatable=True),
        "enabled": ENABLED,
    }
    attributes = {"region": "The region.", "interface": "Who uses it.", "url": "The URL."}

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        body = super().body(cloud, node, wanted)
        body["service_id"] = named(cloud, "services", body.pop("service"))
        if "region" in body:
            body["region_id"] = body.pop("region")
        return body

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        rows = cloud.identity.get("/endpoints", interface=wanted["interface"])["endpoints"]
        mine = [row for row in rows if row["url"] == wanted["url"]]
        free = [row for row in mine if node.home.sibling(node.project_id, row["id"]) is None]
        return str(free[0]["id"]) if free else None


class Region(KeystoneType):
    """A region of the catalog."""

    name = "OS::Keystone::Region"
    noun, collection = "region", "regions"
    properties = {
        "id": text("Its id."),
        "parent_region": text("The region around it.", updatable=True),
        "description": text("What it is.", updatable=True),
        "enabled": ENABLED,
    }

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        body = {"id": wanted.get("id") or node.unique_name}
        if wanted.get("description"):
            body["description"] = wanted["description"]
        if wanted.get("parent_region"):
            body["parent_region_id"] = wanted["parent_region"]
        return body

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        region = str(wanted.get("id") or node.unique_name)
        return region if cloud.identity.find(f"/regions/{region}") else None

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        body = self.body(cloud, node, wanted)
        del body["id"]
        cloud.identity.patch(self._path(node), {"region": body})
