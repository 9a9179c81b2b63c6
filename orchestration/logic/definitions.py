"""From what a request or a row says to a Definition, every type and property checked."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from orchestration.db.models import Resource, Stack
from orchestration.drivers import registry
from orchestration.drivers.base import Node, ResourceType
from orchestration.templates import environment, parameters, template
from orchestration.templates.definition import Definition, Facts, NoFacts

ABSENT_ID = "None"


@dataclasses.dataclass(frozen=True)
class Request:
    """What a stack is asked to be.  template and environment are parsed documents."""

    template: dict[str, Any]
    environment: environment.Environment
    files: Mapping[str, str]
    parameters: dict[str, Any]

    def to_row(self) -> dict[str, Any]:
        """Return the columns of a stack that hold it."""
        return {
            "template": self.template,
            "environment": self.environment.to_dict(),
            "files": dict(self.files),
            "parameters": self.parameters,
        }


def request(
    body: Mapping[str, Any],
    *,
    stack_id: str,
    stack_name: str,
    project_id: str,
    before: Stack | None = None,
    keep: bool = False,
) -> tuple[Request, Definition]:
    """Return what a request body asks for, and its definition.

    before, keep: for an update; with keep, what the body leaves out stays as it was.
    Raises TemplateInvalid.
    """
    source = body.get("template")
    if source is None and before is not None and keep:
        source = before.template
    parsed = template.parse(source if source is not None else {})
    wanted = environment.parse(body.get("environment"))
    given = {**wanted.parameters, **(body.get("parameters") or {})}
    if before is not None and keep:
        given = _kept(before, parsed, given, body)
    values = parameters.resolve(parsed.parameters, given, wanted.parameter_defaults)
    values |= {
        "OS::stack_name": stack_name,
        "OS::stack_id": stack_id,
        "OS::project_id": project_id,
    }
    found = Request(parsed.document, wanted, body.get("files") or {}, values)
    definition = Definition(parsed, values, found.files)
    check(definition, found.environment.registry)
    return found, definition


def _kept(
    before: Stack, parsed: template.Template, given: dict[str, Any], body: Mapping[str, Any]
) -> dict[str, Any]:
    cleared = set(body.get("clear_parameters") or ())
    kept = {
        name: value
        for name, value in before.parameters.items()
        if name in parsed.parameters and name not in cleared
    }
    return {**kept, **given}


def check(definition: Definition, names: Mapping[str, str]) -> None:
    """Return when every type exists and every property fits it.  Raises TemplateInvalid."""
    for name, resource in definition.resources.items():
        kind = registry.get(names.get(resource.type, resource.type))
        known = definition.properties(name, NoFacts())
        wanted = {key: known.get(key) for key in resource.properties}
        kind.check(f"resources.{name}.properties", wanted, complete=False)
    for name in definition.outputs():
        definition.output(name, NoFacts())


def of_row(stack: Stack) -> Definition:
    """Return the definition that a stack's row holds."""
    return Definition(template.parse(stack.template), stack.parameters, stack.files)


def names_of(stack: Stack) -> dict[str, str]:
    """Return the environment's other names for resource types."""
    found = dict(stack.environment.get("resource_registry") or {})
    found.pop("resources", None)
    return found


def kind_of(stack: Stack, resource_type: str) -> ResourceType:
    """Return the resource type behind the name a template uses."""
    return registry.get(names_of(stack).get(resource_type, resource_type))


def node_of(stack: Stack, row: Resource) -> Node:
    """Return a resource as its driver sees it."""
    return Node(
        name=row.name,
        unique_name=row.unique_name,
        stack_id=stack.id,
        stack_name=stack.name,
        physical_id=row.physical_id,
        data=row.data or {},
    )


class RowFacts(Facts):
    """What the rows of a stack's resources say."""

    def __init__(self, stack: Stack, rows: Sequence[Resource]) -> None:
        self._stack = stack
        self._rows = {row.name: row for row in rows if row.goal == "present"}

    def reference(self, name: str) -> Any:
        row = self._rows.get(name)
        if row is None or row.physical_id is None:
            return None
        kind = kind_of(self._stack, row.type)
        return kind.reference(node_of(self._stack, row), row.properties or {})

    def attribute(self, name: str, attribute: str) -> Any:
        row = self._rows.get(name)
        return None if row is None else (row.attributes or {}).get(attribute)
