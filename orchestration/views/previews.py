"""What a template would make: of a stack's preview, of an update's, of a validation."""

from typing import TYPE_CHECKING, Any

from orchestration.db.models import Stack
from orchestration.templates.definition import NoFacts
from orchestration.templates.template import parse

if TYPE_CHECKING:
    from orchestration.logic.definitions import Plan, Tree

TYPES = {"comma_delimited_list": "CommaDelimitedList", "json": "Json"}


def resources(stack: Stack, tree: "Tree", around: str | None = None) -> list[Any]:
    """Return the resources, those of stacks inside as a list in the place of their resource."""
    name = tree.request.parameters["OS::stack_name"]
    return [
        _resource(stack, name, plan, around)
        if plan.inside is None
        else resources(stack, plan.inside, plan.name)
        for plan in tree.plans
    ]


def _resource(stack: Stack, stack_name: str, plan: "Plan", around: str | None) -> dict[str, Any]:
    def identity(path: str) -> dict[str, str]:
        return {
            "stack_name": stack_name,
            "stack_id": "None",
            "tenant": stack.project_id,
            "path": path,
        }

    definition = plan.definition
    users = [user for user, needs in definition.requires.items() if plan.name in needs]
    found = {
        "resource_name": plan.name,
        "resource_type": definition.resources[plan.name].type,
        "resource_action": "INIT",
        "resource_status": "COMPLETE",
        "resource_status_reason": "",
        "physical_resource_id": "",
        "description": "",
        "creation_time": None,
        "updated_time": None,
        "stack_name": stack_name,
        "resource_identity": identity(f"/resources/{plan.name}"),
        "stack_identity": identity(""),
        "attributes": dict.fromkeys(plan.kind.attributes),
        "properties": plan.checked,
        "metadata": definition.metadata(plan.name, NoFacts()),
        "required_by": sorted(users),
    }
    return found if around is None else {**found, "parent_resource": around}


def validated(tree: "Tree", *, nested: bool) -> dict[str, Any]:
    """Return what a checked template says.  nested: also what the templates inside say."""
    found = _template(tree, nested=nested)
    return {**found, "Environment": tree.request.environment.to_dict()}


def _template(tree: "Tree", *, nested: bool) -> dict[str, Any]:
    template = parse(tree.request.template)
    given = _given(tree)
    found: dict[str, Any] = {
        "Description": template.description,
        "Parameters": {
            name: parameter(name, schema, given) for name, schema in template.parameters.items()
        },
    }
    if template.groups is not None:
        found["ParameterGroups"] = template.groups
    inside = {plan.name: plan for plan in tree.plans if plan.inside is not None}
    if nested and inside:
        found["NestedParameters"] = {
            name: {
                "Type": plan.definition.resources[name].type,
                **_template(plan.inside, nested=True),
            }
            for name, plan in inside.items()
            if plan.inside is not None
        }
    return found


def _given(tree: "Tree") -> dict[str, Any]:
    return {key: value for key, value in tree.request.parameters.items() if key in tree.given}


def parameter(name: str, schema: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return one parameter of a template, with its value where one was given."""
    kind = str(schema.get("type"))
    found: dict[str, Any] = {
        "Type": TYPES.get(kind, kind.capitalize()),
        "Description": schema.get("description", ""),
        "NoEcho": str(schema.get("hidden", False)).lower(),
        "Label": schema.get("label", name),
    }
    if "default" in schema:
        found["Default"] = schema["default"]
    if given.get(name) is not None:
        found["Value"] = given[name]
    if schema.get("tags"):
        found["Tags"] = schema["tags"]
    return {**found, **_constraints(schema)}


def _constraints(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    words: list[str] = []
    for rule in schema.get("constraints") or []:
        if not isinstance(rule, dict):
            continue
        if rule.get("description"):
            words.append(str(rule["description"]))
        for key, low, high in (
            ("length", "MinLength", "MaxLength"),
            ("range", "MinValue", "MaxValue"),
        ):
            bounds = rule.get(key) or {}
            found |= {shown: bounds[k] for shown, k in ((low, "min"), (high, "max")) if k in bounds}
        for key, shown in (
            ("allowed_values", "AllowedValues"),
            ("allowed_pattern", "AllowedPattern"),
            ("custom_constraint", "CustomConstraint"),
            ("modulo", "Modulo"),
        ):
            if key in rule:
                found[shown] = rule[key]
    return {**found, "ConstraintDescription": " ".join(words)} if words else found
