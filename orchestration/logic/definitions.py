"""From what a request or a row says to a Definition, every type and property checked."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from orchestration.db.models import Resource, Stack
from orchestration.drivers import registry
from orchestration.drivers.base import Nested, Node, ResourceType
from orchestration.drivers.home import Home
from orchestration.drivers.nested import ERRORS, TemplateResource
from orchestration.errors import TemplateInvalid
from orchestration.templates import environment, parameters, template
from orchestration.templates.definition import Definition, Facts, NoFacts
from orchestration.templates.environment import Environment

MAX_DEPTH = 5
MAX_RESOURCES = 1000


@dataclasses.dataclass(frozen=True)
class Request:
    """What a stack is asked to be.  template and environment are parsed documents."""

    template: dict[str, Any]
    environment: Environment
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


@dataclasses.dataclass(frozen=True)
class Owner:
    """Which stack a definition is for."""

    stack_id: str
    stack_name: str
    project_id: str

    def pseudo(self) -> dict[str, str]:
        """Return the parameters that every template has."""
        return {
            "OS::stack_name": self.stack_name,
            "OS::stack_id": self.stack_id,
            "OS::project_id": self.project_id,
            "AWS::Region": "ap-southeast-1",
        }


@dataclasses.dataclass(frozen=True)
class Plan:
    """One resource that a definition would make.

    checked: its properties, as far as they are known.  inside: the plans of the stack in it.
    """

    name: str
    definition: Definition
    kind: ResourceType
    checked: dict[str, Any]
    inside: "Tree | None"


@dataclasses.dataclass(frozen=True)
class Tree:
    """A definition with all that is in it.  given: the parameters that somebody gave a value."""

    request: Request
    definition: Definition
    plans: list[Plan]
    given: frozenset[str] = frozenset()


def request(
    body: Mapping[str, Any],
    owner: Owner,
    *,
    before: Stack | None = None,
    keep: bool = False,
    complete: bool = True,
) -> Tree:
    """Return what a request body asks for, checked to the last resource in it.

    before, keep: for an update; with keep, what the body leaves out stays as it was.
    complete: whether a parameter without a value is refused.
    Raises TemplateInvalid.
    """
    parsed = template.parse(_source(body, before, keep))
    files = body.get("files") or {}
    if before is not None and keep:
        files = {**before.files, **files}
    wanted = _environment(body, files, before, keep)
    wanted = _registered(wanted, parsed, files)
    given = {**wanted.parameters, **(body.get("parameters") or {})}
    defaults = {**wanted.parameter_defaults, **(body.get("param_defaults") or {})}
    if before is not None and keep:
        given = _kept(before, parsed, given, body)
    known = {name: value for name, value in given.items() if name in parsed.parameters}
    _check_unknown(parsed, body.get("parameters") or {}, wanted)
    missing = set() if complete else _missing(parsed, known, defaults)
    values = parameters.resolve(parsed.parameters, known, defaults, unknown=missing)
    found = Request(parsed.document, wanted, files, {**values, **owner.pseudo()})
    tree = _tree(found, parsed, Budget(lenient=not complete), 0, outputs=complete)
    return dataclasses.replace(tree, given=frozenset(known))


def _source(body: Mapping[str, Any], before: Stack | None, keep: bool) -> Any:
    source = body.get("template")
    if source is None and before is not None and keep:
        source = before.template
    return source if source is not None else {}


def _environment(
    body: Mapping[str, Any], files: Mapping[str, str], before: Stack | None, keep: bool
) -> Environment:
    sources = [body.get("environment")]
    for name in body.get("environment_files") or ():
        if name not in files:
            raise TemplateInvalid(reason=f'The environment file {name} is not in "files"')
        sources.append(files[name])
    if before is not None and keep:
        sources.insert(0, before.environment)
    return environment.parse(environment.merged(sources))


def _registered(
    wanted: Environment, parsed: template.Template, files: Mapping[str, str]
) -> Environment:
    """Return the environment with the files that the template uses as types."""
    used = {one.type for one in parsed.resources.values() if one.type in files}
    more = {name: name for name in sorted(used) if name not in wanted.registry}
    return dataclasses.replace(wanted, registry={**wanted.registry, **more})


def _check_unknown(
    parsed: template.Template, given: Mapping[str, Any], wanted: Environment
) -> None:
    for name in sorted({*given, *wanted.parameters} - set(parsed.parameters)):
        raise TemplateInvalid(reason=f"The Parameter ({name}) was not defined in template.")


def _missing(
    parsed: template.Template, given: Mapping[str, Any], defaults: Mapping[str, Any]
) -> set[str]:
    known = {*given, *defaults}
    return {n for n, s in parsed.parameters.items() if n not in known and "default" not in s}


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


class Budget:
    """Counts the resources of a stack with all that is in it.

    lenient: whether templates inside may be given what they do not know, as in a validation.
    """

    def __init__(self, *, lenient: bool = False) -> None:
        self._left = MAX_RESOURCES
        self.lenient = lenient

    def spend(self, amount: int) -> None:
        """Note so many resources.  Raises TemplateInvalid at the most a stack may have."""
        self._left -= amount
        if self._left < 0:
            raise TemplateInvalid(
                reason=f"You have reached the maximum resources per stack, {MAX_RESOURCES}; "
                "several smaller stacks would work"
            )


def inside(
    around: Request, owner: Owner, name: str, nested: Nested, unknown: set[str] | None = None
) -> tuple[Request, template.Template]:
    """Return what the stack in the resource of that name is asked to be.

    unknown: parameters whose value is not known yet.  Raises TemplateInvalid.
    """
    parsed = template.parse(nested.template)
    wanted = around.environment.inside(name, {})
    values = parameters.resolve(
        parsed.parameters,
        nested.parameters,
        wanted.parameter_defaults,
        unknown=(unknown or set()) & set(parsed.parameters),
    )
    values |= owner.pseudo()
    return Request(parsed.document, wanted, around.files, values), parsed


def _tree(
    found: Request, parsed: template.Template, budget: Budget, depth: int, *, outputs: bool
) -> Tree:
    definition = Definition(parsed, found.parameters, found.files)
    if depth > MAX_DEPTH:
        raise TemplateInvalid(reason=f"Recursion depth exceeds {MAX_DEPTH}.")
    budget.spend(len(definition.resources))
    plans = [_plan(found, definition, name, budget, depth) for name in definition.resources]
    if outputs:
        for name in definition.outputs():
            definition.output(name, NoFacts())
    return Tree(found, definition, plans)


def _plan(found: Request, definition: Definition, name: str, budget: Budget, depth: int) -> Plan:
    resource = definition.resources[name]
    kind = registry.kind_of(found.environment, found.files, name, resource.type)
    known = definition.properties(name, NoFacts())
    wanted = {key: known.get(key) for key in {**resource.properties, **known}}
    if budget.lenient and depth and isinstance(kind, TemplateResource):
        wanted = {key: value for key, value in wanted.items() if key in kind.properties}
    checked = kind.check(f"resources.{name}.properties", wanted, complete=False)
    unknown = {key for key, value in wanted.items() if value is None}
    return Plan(
        name, definition, kind, checked, _inner(found, kind, name, checked, unknown, budget, depth)
    )


def _inner(
    around: Request,
    kind: ResourceType,
    name: str,
    checked: dict[str, Any],
    unknown: set[str],
    budget: Budget,
    depth: int,
) -> Tree | None:
    pseudo = around.parameters
    node = Node(
        name=name,
        unique_name=name,
        stack_id=pseudo["OS::stack_id"],
        stack_name=pseudo["OS::stack_name"],
    )
    try:
        nested = kind.nested(node, checked)
    except LookupError:
        return None
    if nested is None:
        return None
    owner = Owner("None", f"{pseudo['OS::stack_name']}-{name}", pseudo["OS::project_id"])
    try:
        request, parsed = inside(around, owner, name, nested, unknown)
        tree = _tree(request, parsed, budget, depth + 1, outputs=False)
        return dataclasses.replace(tree, given=frozenset(nested.parameters))
    except TemplateInvalid as error:
        raise TemplateInvalid(reason=f"resources.{name}<{kind.name}>: {error}") from error


def of_row(stack: Stack) -> Definition:
    """Return the definition that a stack's row holds."""
    return Definition(template.parse(stack.template), stack.parameters, stack.files)


def environment_of(stack: Stack) -> Environment:
    """Return the environment that a stack's row holds."""
    return environment.parse(stack.environment)


def request_of(stack: Stack) -> Request:
    """Return what a stack's row says it is to be."""
    return Request(stack.template, environment_of(stack), stack.files, stack.parameters)


def kind_of(stack: Stack, name: str, resource_type: str) -> ResourceType:
    """Return the resource type behind the name a template uses, for the resource of a name."""
    return registry.kind_of(environment_of(stack), stack.files, name, resource_type)


def node_of(stack: Stack, row: Resource, home: Home, **more: Any) -> Node:
    """Return a resource as its driver sees it."""
    return Node(
        id=row.id,
        name=row.name,
        unique_name=row.unique_name,
        stack_id=stack.id,
        stack_name=stack.name,
        project_id=stack.project_id,
        physical_id=row.physical_id,
        data=row.data or {},
        action=row.action,
        began_at=row.began_at,
        attributes=row.attributes or {},
        files=stack.files,
        home=home,
        **more,
    )


class RowFacts(Facts):
    """What the rows of a stack's resources say."""

    def __init__(self, stack: Stack, rows: Sequence[Resource]) -> None:
        self._stack = stack
        self._rows = {row.name: row for row in rows if row.goal == "present"}
        self._environment = environment_of(stack)

    def reference(self, name: str) -> Any:
        row = self._rows.get(name)
        if row is None or row.physical_id is None:
            return None
        kind = registry.kind_of(self._environment, self._stack.files, row.name, row.type)
        no_home: Any = None
        return kind.reference(node_of(self._stack, row, no_home), row.properties or {})

    def attribute(self, name: str, attribute: str) -> Any:
        """Return one attribute.  Raises TemplateInvalid when it could not be computed."""
        row = self._rows.get(name)
        known = {} if row is None else row.attributes or {}
        problem = (known.get(ERRORS) or {}).get(attribute)
        if problem:
            raise TemplateInvalid(reason=problem)
        return known.get(attribute)
