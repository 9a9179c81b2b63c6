"""A stack's definition: a template with its parameters, and the order it implies.

Resolving needs facts about resources that exist; they arrive as a Facts object, so the same code
serves the engine (facts from rows), the preview (no facts) and the outputs.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from orchestration.errors import TemplateInvalid
from orchestration.templates import functions
from orchestration.templates.scope import MOST
from orchestration.templates.template import ResourceDefinition, Template


class Facts(Protocol):
    """What is known of the resources."""

    def reference(self, name: str) -> Any:
        """Return what `get_resource` gives for the resource; None while it does not exist."""

    def attribute(self, name: str, attribute: str) -> Any:
        """Return one attribute; None while it is not known."""


class NoFacts:
    """Nothing exists yet."""

    def reference(self, name: str) -> Any:
        return None

    def attribute(self, name: str, attribute: str) -> Any:
        return None


class Definition:
    """What one stack is meant to be.

    parameters: values by name, pseudo parameters (`OS::stack_name`...) included.
    Raises TemplateInvalid when a reference leads nowhere or the order is circular.
    """

    def __init__(
        self, template: Template, parameters: Mapping[str, Any], files: Mapping[str, str]
    ) -> None:
        self.template = template
        self._parameters = parameters
        self._files = files
        self._conditions: dict[str, bool] = {}
        self._left = MOST
        self.resources = {
            name: found for name, found in template.resources.items() if self._wanted(found)
        }
        self.requires = {name: self._requirements(found) for name, found in self.resources.items()}
        self._check_references()
        self._add_implied()
        order(self.requires)

    def properties(self, name: str, facts: Facts) -> dict[str, Any]:
        """Return a resource's properties with every function carried out; None is left out."""
        scope, found = _Scope(self, facts), {}
        written = self.resources[name].properties
        if functions.is_call(written):
            resolved = functions.resolve(scope, written)
            return {key: value for key, value in (resolved or {}).items() if value is not None}
        for key, value in written.items():
            try:
                resolved = functions.resolve(scope, value)
            except TemplateInvalid as error:
                raise TemplateInvalid(
                    reason=f"Property error: : resources.{name}.properties.{key}: : {error}"
                ) from error
            if resolved is not None:
                found[key] = resolved
        return found

    def metadata(self, name: str, facts: Facts) -> Any:
        """Return a resource's metadata section, resolved."""
        return functions.resolve(_Scope(self, facts), self.resources[name].metadata or {})

    def update_policy(self, name: str, facts: Facts) -> dict[str, Any]:
        """Return a resource's update policy, resolved."""
        return dict(
            functions.resolve(_Scope(self, facts), self.resources[name].update_policy or {})
        )

    def external_id(self, name: str, facts: Facts) -> str | None:
        """Return the id of what a resource stands for when something else made that."""
        found = functions.resolve(_Scope(self, facts), self.resources[name].external_id)
        return None if found in (None, "") else str(found)

    def attributes_of(self, name: str) -> set[str]:
        """Return the attributes of a resource that the template asks for."""
        found: set[str] = set()
        for other in self.resources.values():
            found |= _asked(name, [other.properties, other.metadata])
        for entry in self.template.outputs.values():
            found |= _asked(name, entry["value"])
        return found

    def output(self, name: str, facts: Facts) -> Any:
        """Return one output's value.  Raises TemplateInvalid when it cannot be computed."""
        return functions.resolve(_Scope(self, facts), self.template.outputs[name]["value"])

    def outputs(self) -> list[str]:
        """Return the names of the outputs whose condition holds."""
        scope = _Scope(self, NoFacts())
        return [
            name
            for name, entry in self.template.outputs.items()
            if "condition" not in entry or functions.truth(scope, entry["condition"])
        ]

    def parameter(self, name: str) -> Any:
        """Return a parameter.  Raises TemplateInvalid when the template has none of that name."""
        if name not in self._parameters:
            raise TemplateInvalid(reason=f"The Parameter ({name}) was not provided.")
        return self._parameters[name]

    def file(self, name: str) -> str:
        """Return a file's content.  Raises TemplateInvalid when it was not sent along."""
        if name not in self._files:
            raise TemplateInvalid(reason=f'No content found in the "files" section for {name}')
        return self._files[name]

    def condition(self, name: str) -> bool:
        """Return a named condition.  Raises TemplateInvalid for an unknown or circular one."""
        if name not in self._conditions:
            if name not in self.template.conditions:
                raise TemplateInvalid(reason=f'Invalid condition "{name}"')
            self._conditions[name] = False
            found = functions.truth(_Scope(self, NoFacts()), self.template.conditions[name])
            self._conditions[name] = found
        return self._conditions[name]

    def spend(self, amount: int) -> None:
        """Note so many characters or values made.  Raises TemplateInvalid at MOST."""
        self._left -= amount
        if self._left < 0:
            raise TemplateInvalid(
                reason=f"The template's functions make more than {MOST} characters."
            )

    def _wanted(self, resource: ResourceDefinition) -> bool:
        if resource.condition is None:
            return True
        return functions.truth(_Scope(self, NoFacts()), resource.condition)

    def _requirements(self, resource: ResourceDefinition) -> set[str]:
        named = functions.needs(resource.properties) | functions.needs(resource.metadata)
        left_out = set(self.template.resources) - set(self.resources)
        return (named | set(resource.depends_on)) - left_out

    def _check_references(self) -> None:
        for name, needed in self.requires.items():
            for other in sorted(needed):
                if other not in self.template.resources:
                    raise TemplateInvalid(
                        reason=f'The specified reference "{other}" (in {name}) is incorrect.'
                    )
        for name in self.outputs():
            for other in functions.needs(self.template.outputs[name]["value"]):
                if other not in self.template.resources:
                    raise TemplateInvalid(
                        reason=f'The specified reference "{other}" (in output {name}) is incorrect.'
                    )

    def _add_implied(self) -> None:
        for name, other in implied(self.resources):
            if not _reaches(self.requires, other, name):
                self.requires[name].add(other)


def _asked(name: str, value: Any) -> set[str]:
    return {key for where, key in functions.references(value) if where == name and key}


class _Scope:
    """Binds a definition and the facts for one resolution."""

    def __init__(self, definition: Definition, facts: Facts) -> None:
        self._definition = definition
        self._facts = facts

    def parameter(self, name: str) -> Any:
        return self._definition.parameter(name)

    def reference(self, name: str) -> Any:
        return self._facts.reference(name) if name in self._definition.resources else None

    def attribute(self, name: str, attribute: str) -> Any:
        if name not in self._definition.resources:
            return None
        return self._facts.attribute(name, attribute)

    def file(self, name: str) -> str:
        return self._definition.file(name)

    def condition(self, name: str) -> bool:
        return self._definition.condition(name)

    def spend(self, amount: int) -> None:
        self._definition.spend(amount)


def order(requires: Mapping[str, set[str]]) -> list[str]:
    """Return the names so that each comes after all it requires.

    Raises TemplateInvalid naming a circle when there is one.
    """
    done: list[str] = []
    finished: set[str] = set()
    left = {name: set(needed) for name, needed in requires.items()}
    while left:
        free = sorted(name for name, needed in left.items() if needed <= finished)
        if not free:
            circle = ", ".join(sorted(left))
            raise TemplateInvalid(reason=f"Circular Dependency Found: {circle}")
        done += free
        finished.update(free)
        for name in free:
            del left[name]
    return done


def _reaches(requires: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            ahead += requires.get(name, ())
    return False


def implied(resources: Mapping[str, ResourceDefinition]) -> list[tuple[str, str]]:
    """Return (resource, what it needs) pairs that no reference says but the network demands.

    A port or server on a network needs the network's subnets; a floating address and an extra
    route need the router's legs and gateway.
    """
    found: list[tuple[str, str]] = []
    subnets = _of(resources, "OS::Neutron::Subnet")
    legs = _of(resources, "OS::Neutron::RouterInterface") + _of(
        resources, "OS::Neutron::RouterGateway"
    )
    for name, resource in resources.items():
        if resource.type in ("OS::Neutron::Port", "OS::Nova::Server"):
            used = functions.needs(resource.properties)
            found += [(name, subnet) for subnet in subnets if used & _networks(resources[subnet])]
        elif resource.type.startswith(("OS::Neutron::FloatingIP", "OS::Neutron::ExtraRoute")):
            found += [(name, leg) for leg in legs]
    return found


def _of(resources: Mapping[str, ResourceDefinition], kind: str) -> list[str]:
    return [name for name, resource in resources.items() if resource.type == kind]


def _networks(subnet: ResourceDefinition) -> set[str]:
    properties = subnet.properties
    return functions.needs([properties.get("network"), properties.get("network_id")])
