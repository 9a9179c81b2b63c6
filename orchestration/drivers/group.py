"""OS::Heat::ResourceGroup: the same resource, a number of times."""

from collections.abc import Mapping, Sequence
from typing import Any

from orchestration.clients import Cloud
from orchestration.drivers.base import (
    BOOLEAN,
    INTEGER,
    LIST,
    MAP,
    Nested,
    Node,
    Property,
    text,
    texts,
)
from orchestration.drivers.home import Member
from orchestration.drivers.nested import NestedType

VERSION = "wallaby"
DEFINITION = Property(
    MAP,
    "The resource, as in a template.",
    required=True,
    updatable=True,
    keys={
        "type": text("Its type.", required=True),
        "properties": Property(MAP, "Its properties."),
        "metadata": Property(MAP, "Its metadata."),
    },
)


def document(resources: dict[str, Any]) -> dict[str, Any]:
    """Return the template of a stack with these resources and nothing else."""
    return {"heat_template_version": VERSION, "resources": resources}


def entry(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource as a template has it, leaving out what was not given."""
    more = ("properties", "metadata")
    found = {key: definition[key] for key in more if definition.get(key) is not None}
    return {"type": definition["type"], **found}


def gathered(members: Sequence[Member]) -> dict[str, Any]:
    """Return a group's attributes: references, and each attribute of the members as a list."""
    refs = {member.name: member.reference for member in members}
    found: dict[str, Any] = {"refs": [*refs.values()], "refs_map": refs}
    every = dict.fromkeys(key for member in members for key in member.attributes)
    by_name: dict[str, dict[str, Any]] = {}
    for key in every:
        by_name[key] = {m.name: m.attributes[key] for m in members if key in m.attributes}
        found.setdefault(key, [*by_name[key].values()])
    for member in members:
        found[f"resource.{member.name}"] = member.reference
        for key, value in member.attributes.items():
            found[f"resource.{member.name}.{key}"] = value
    return {**found, "attributes": by_name}


class ResourceGroup(NestedType):
    """A number of resources that differ by their index only."""

    name = "OS::Heat::ResourceGroup"
    properties = {
        "count": Property(INTEGER, "How many.", default=1, least=0, updatable=True),
        "index_var": text(
            "What stands for the index inside.", default="%index%", least=3, updatable=True
        ),
        "resource_def": DEFINITION,
        "removal_policies": Property(
            LIST,
            "Which ones go first.",
            updatable=True,
            items=Property(MAP, keys={"resource_list": texts("Names, indices or ids.")}),
        ),
        "removal_policies_mode": text(
            "Whether what was removed stays so.",
            default="append",
            allowed=("append", "update"),
            updatable=True,
        ),
    }
    attributes = {
        "refs": "What get_resource gives for each.",
        "refs_map": "The same by name.",
        "attributes": "An attribute of each, by name.",
        "removed_rsrc_list": "Names that are not used any more.",
    }

    def nested(self, node: Node, wanted: dict[str, Any]) -> Nested:
        names = self._names(wanted, self._removed(node, wanted))
        made = {
            name: substituted(entry(wanted["resource_def"]), wanted["index_var"], name)
            for name in names
        }
        return Nested(document(made))

    def _names(self, wanted: dict[str, Any], removed: Sequence[str]) -> list[str]:
        names: list[str] = []
        index = 0
        while len(names) < int(wanted["count"]):
            if str(index) not in removed:
                names.append(str(index))
            index += 1
        return names

    def _removed(self, node: Node, wanted: dict[str, Any]) -> list[str]:
        """Return the names that removal policies took away, now and earlier."""
        appends = wanted.get("removal_policies_mode", "append") == "append"
        found = list(node.data.get("removed") or []) if appends else []
        listed = [
            str(item)
            for policy in wanted.get("removal_policies") or []
            for item in policy.get("resource_list") or []
        ]
        if not listed or node.physical_id is None:
            return found + [name for name in listed if name not in found]
        names = {member.reference: member.name for member in node.home.members(node)}
        return found + [name for item in listed if (name := names.get(item, item)) not in found]

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        self._note(node, wanted)

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        super().update(cloud, node, old, wanted)
        self._note(node, wanted)

    def _note(self, node: Node, wanted: dict[str, Any]) -> None:
        removed = self._removed(node, wanted)
        if removed != list(node.data.get("removed") or []):
            node.home.remember(node, removed=removed)

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        members = sorted(node.home.members(node), key=lambda one: (len(one.name), one.name))
        removed = node.home.data(node.id).get("removed") or []
        found = {**gathered(members), "removed_rsrc_list": removed}
        return {**found, "show": {key: found[key] for key in ("refs", "refs_map")}}


class ResourceChain(NestedType):
    """Resources of several types with the same properties, one after the other."""

    name = "OS::Heat::ResourceChain"
    properties = {
        "resources": texts("Their types, in order.", required=True, updatable=True),
        "concurrent": Property(
            BOOLEAN, "Whether they are made at the same time.", default=False, updatable=True
        ),
        "resource_properties": Property(MAP, "Their properties.", updatable=True),
    }
    attributes = {
        "refs": "What get_resource gives for each.",
        "attributes": "An attribute of each, by name.",
    }

    def nested(self, node: Node, wanted: dict[str, Any]) -> Nested:
        made: dict[str, Any] = {}
        before: str | None = None
        for number, kind in enumerate(wanted["resources"]):
            one = {"type": kind, "properties": wanted.get("resource_properties") or {}}
            if before is not None and not wanted.get("concurrent"):
                one["depends_on"] = [before]
            before = str(number)
            made[before] = one
        return Nested(document(made))

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        members = sorted(node.home.members(node), key=lambda one: (len(one.name), one.name))
        found = gathered(members)
        return {**found, "show": {"refs": found["refs"]}}


def substituted(value: Any, mark: str, index: str) -> Any:
    """Return a value with the index in place of the mark, in every text of it."""
    if isinstance(value, str):
        return value.replace(mark, index)
    if isinstance(value, list):
        return [substituted(item, mark, index) for item in value]
    if isinstance(value, dict):
        return {
            substituted(key, mark, index): substituted(item, mark, index)
            for key, item in value.items()
        }
    return value
