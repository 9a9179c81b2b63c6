"""An environment: values for parameters, and other names for resource types.

Source: Heat template guide, "Environments".
"""

import dataclasses
import fnmatch
from collections.abc import Mapping
from typing import Any

from orchestration.errors import TemplateInvalid
from orchestration.templates.template import read

SECTIONS = frozenset(
    {
        "parameters",
        "parameter_defaults",
        "resource_registry",
        "parameter_merge_strategies",
        "encrypted_param_names",
        "event_sinks",
        "template",
    }
)
HOOKS = frozenset(
    f"{when}-{action}" for when in ("pre", "post") for action in ("create", "update", "delete")
)
RESTRICTIONS = frozenset({"update", "replace"})
LONGEST_CHAIN = 10


@dataclasses.dataclass(frozen=True)
class Environment:
    """registry: resource types and templates by the name that a template uses for them.

    resources: what is said of resources by name or pattern: hooks, types, resources inside.
    """

    parameters: dict[str, Any]
    parameter_defaults: dict[str, Any]
    registry: dict[str, str]
    resources: dict[str, Any] = dataclasses.field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {
            "event_sinks": [],
            "parameters": self.parameters,
            "parameter_defaults": self.parameter_defaults,
            "resource_registry": {**self.registry, "resources": self.resources},
        }

    def target(self, resource: str | None, kind: str) -> str:
        """Return what a resource type's name leads to for a resource of that name.

        Raises TemplateInvalid when names lead to one another without end.
        """
        for _ in range(LONGEST_CHAIN):
            found = self._step(resource, kind)
            if found is None or found == kind:
                return kind
            kind = found
        raise TemplateInvalid(reason=f"resource_registry: {kind} leads to itself")

    def _step(self, resource: str | None, kind: str) -> str | None:
        for _, entry in self._entries(resource):
            if isinstance(entry.get(kind), str):
                return str(entry[kind])
        if kind in self.registry:
            return self.registry[kind]
        for name, target in self.registry.items():
            if name.endswith("*") and kind.startswith(name[:-1]):
                return target.replace("*", kind[len(name) - 1 :])
        return None

    def hooks(self, resource: str) -> frozenset[str]:
        """Return the hooks at which a resource stands still."""
        return self._words(resource, "hooks")

    def restrictions(self, resource: str) -> frozenset[str]:
        """Return what must not be done to a resource: update, replace."""
        return self._words(resource, "restricted_actions")

    def _words(self, resource: str, key: str) -> frozenset[str]:
        found: set[str] = set()
        for _, entry in self._entries(resource):
            said = entry.get(key) or []
            found.update([said] if isinstance(said, str) else said)
        return frozenset(found)

    def _entries(self, resource: str | None) -> list[tuple[str, dict[str, Any]]]:
        if resource is None:
            return []
        return [
            (name, entry)
            for name, entry in self.resources.items()
            if isinstance(entry, dict)
            and (name == resource or ("*" in name and fnmatch.fnmatchcase(resource, name)))
        ]

    def inside(self, resource: str, parameters: dict[str, Any]) -> "Environment":
        """Return the environment of the stack that a resource consists of."""
        inner: dict[str, Any] = {}
        for _, entry in self._entries(resource):
            inner |= {key: value for key, value in entry.items() if isinstance(value, dict)}
        types: dict[str, str] = {}
        for _, entry in self._entries(resource):
            types |= {k: v for k, v in entry.items() if isinstance(v, str) and k != "hooks"}
        return Environment(
            parameters=parameters,
            parameter_defaults=self.parameter_defaults,
            registry={**self.registry, **types},
            resources=inner,
        )


def parse(source: str | Mapping[str, Any] | None) -> Environment:
    """Return the checked environment.  Raises TemplateInvalid naming the part that is wrong."""
    document = read(source if isinstance(source, str) else dict(source or {}), "environment")
    for key in document:
        if key not in SECTIONS:
            raise TemplateInvalid(reason=f'environment has wrong section "{key}"')
    registry = _mapping(document, "resource_registry")
    return Environment(
        parameters=_mapping(document, "parameters"),
        parameter_defaults=_mapping(document, "parameter_defaults"),
        registry=_registry(registry),
        resources=_resources(registry.get("resources")),
    )


def merged(sources: list[Any]) -> dict[str, Any]:
    """Return one environment of several, the last word being the last one's.

    Raises TemplateInvalid.
    """
    found: dict[str, Any] = {}
    for source in sources:
        document = read(source if isinstance(source, str) else dict(source or {}), "environment")
        found = _laid_over(found, document)
    return found


def _laid_over(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = _laid_over(found[key], value) if both else value
    return found


def _mapping(document: dict[str, Any], section: str) -> dict[str, Any]:
    found = document.get(section) or {}
    if not isinstance(found, dict):
        raise TemplateInvalid(reason=f'environment section "{section}" must be a mapping')
    return found


def _registry(found: dict[str, Any]) -> dict[str, str]:
    base = found.get("base_url") or ""
    registry = {}
    for name, target in found.items():
        if name in ("resources", "base_url"):
            continue
        if not isinstance(target, str) or not target:
            raise TemplateInvalid(
                reason=f"resource_registry: {name} leads to {target!r}; the name of a resource "
                "type or of a template file would work"
            )
        relative = base and "::" not in target and "/" not in target
        registry[str(name)] = f"{str(base).rstrip('/')}/{target}" if relative else target
    return registry


def _resources(found: Any, path: str = "resources") -> dict[str, Any]:
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise TemplateInvalid(reason=f"resource_registry: {path} must be a mapping")
    for name, value in found.items():
        where = f"{path}.{name}"
        if name == "hooks":
            _check_words(where, value, HOOKS)
        elif name == "restricted_actions":
            _check_words(where, value, RESTRICTIONS)
        elif isinstance(value, dict):
            _resources(value, where)
        elif not isinstance(value, str):
            raise TemplateInvalid(reason=f"resource_registry: {where} must be a name or a mapping")
    return found


def _check_words(where: str, value: Any, known: frozenset[str]) -> None:
    words = value if isinstance(value, list) else [value]
    for word in words:
        if word not in known:
            raise TemplateInvalid(
                reason=f"resource_registry: {where}: {word!r} is none of {', '.join(sorted(known))}"
            )
