"""What all resources share that are stacks themselves: templates used as types, groups."""

import abc
from typing import Any

from orchestration.clients import Cloud
from orchestration.drivers.base import (
    ANY,
    BOOLEAN,
    LIST,
    MAP,
    NUMBER,
    STRING,
    Nested,
    Node,
    Property,
    ResourceType,
    check,
)
from orchestration.errors import ResourceFailed, TemplateInvalid
from orchestration.templates import parameters
from orchestration.templates.template import Template, parse

ERRORS = "OS::output_errors"
"""The attribute that holds why outputs could not be computed, by name."""


class NestedType(ResourceType):
    """A resource that is a stack.  Its physical id is that stack's id."""

    waits = True
    mends = True

    @abc.abstractmethod
    def nested(self, node: Node, wanted: dict[str, Any]) -> Nested:
        """Return the stack inside."""

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        return node.home.nest(node, self.nested(node, wanted))

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        return node.home.nested_of(node)

    def ready(self, cloud: Cloud, node: Node) -> bool:
        return self._settled(node)

    def differs(self, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> bool:
        return old != wanted or node.home.differs(node, self.nested(node, wanted))

    def changes_in_place(self, old: Any, wanted: Any) -> bool:
        return True

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        node.home.renest(node, self.nested(node, wanted))

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        node.home.unnest(node)

    def gone(self, cloud: Cloud, node: Node) -> bool:
        found = node.home.progress(node)
        if found is not None and (found.action, found.status) == ("DELETE", "FAILED"):
            raise ResourceFailed(reason=_inner(found.reason))
        return found is None

    def check_alive(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        node.home.act(node, "CHECK")

    def suspend(self, cloud: Cloud, node: Node) -> None:
        node.home.act(node, "SUSPEND")

    def suspended(self, cloud: Cloud, node: Node) -> bool:
        return self._settled(node)

    def resume(self, cloud: Cloud, node: Node) -> None:
        node.home.act(node, "RESUME")

    def _settled(self, node: Node) -> bool:
        found = node.home.progress(node)
        if found is None:
            raise ResourceFailed(reason=f"The stack {node.physical_id} inside is gone.")
        if found.status == "FAILED":
            raise ResourceFailed(reason=_inner(found.reason))
        return found.settled


def _inner(reason: str) -> str:
    """Return the words of the resource that failed, without those of the stacks around it."""
    head, mark, tail = reason.partition(" failed: resources.")
    return f"resources.{tail}" if mark and head.startswith("Resource ") else reason


_KINDS = {
    "string": STRING,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "json": MAP,
    "comma_delimited_list": LIST,
}


class TemplateResource(NestedType):
    """A template used as a resource type: its parameters are properties, its outputs attributes.

    name: what the template around it calls the type.  target: the file.
    """

    def __init__(self, name: str, target: str, source: str) -> None:
        self.name = name
        self.target = target
        try:
            self.template: Template = parse(source)
        except TemplateInvalid as error:
            raise TemplateInvalid(reason=f"{target}: {error}") from error
        self.properties = {
            key: Property(
                _KINDS.get(str(schema.get("type")), ANY),
                str(schema.get("description") or ""),
                required="default" not in schema,
                updatable=True,
            )
            for key, schema in self.template.parameters.items()
        }
        self.attributes = {
            key: str(entry.get("description") or "") for key, entry in self.template.outputs.items()
        }

    def nested(self, node: Node, wanted: dict[str, Any]) -> Nested:
        given = {key: value for key, value in wanted.items() if key in self.properties}
        return Nested(self.template.document, given)

    def check(self, kind: str, wanted: Any, *, complete: bool) -> dict[str, Any]:
        """Return the parameters in their types; what the template does not know is refused."""
        plain = {
            key: Property(ANY, required=rule.required) for key, rule in self.properties.items()
        }
        found = check(kind, plain, wanted, complete=complete)
        for key, value in found.items():
            if value is not None:
                try:
                    found[key] = parameters.convert(key, self.template.parameters[key], value)
                except TemplateInvalid as error:
                    raise TemplateInvalid(
                        reason=f"Property error: : {kind}.{key}: : {error}"
                    ) from error
        return found

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for entry in node.home.outputs(node):
            found[entry["output_key"]] = entry.get("output_value")
            if entry.get("output_error"):
                wrong[entry["output_key"]] = (
                    f"Error in {node.name} output {entry['output_key']}: {entry['output_error']}"
                )
        return {**found, "show": found, "outputs": found, ERRORS: wrong}

    def reference(self, node: Node, wanted: dict[str, Any]) -> str:
        given = node.attributes.get("OS::stack_id")
        return str(given) if given else super().reference(node, wanted)
