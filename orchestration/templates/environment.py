"""An environment: values for parameters, and other names for resource types.

Source: Heat template guide, "Environments".
"""

import dataclasses
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


@dataclasses.dataclass(frozen=True)
class Environment:
    """registry: resource types by the name a template uses for them."""

    parameters: dict[str, Any]
    parameter_defaults: dict[str, Any]
    registry: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {
            "parameters": self.parameters,
            "parameter_defaults": self.parameter_defaults,
            "resource_registry": {**self.registry, "resources": {}},
        }


def parse(source: str | dict[str, Any] | None) -> Environment:
    """Return the checked environment.  Raises TemplateInvalid naming the part that is wrong."""
    document = read(source or {}, "environment")
    for key in document:
        if key not in SECTIONS:
            raise TemplateInvalid(reason=f'environment has wrong section "{key}"')
    return Environment(
        parameters=_mapping(document, "parameters"),
        parameter_defaults=_mapping(document, "parameter_defaults"),
        registry=_registry(_mapping(document, "resource_registry")),
    )


def _mapping(document: dict[str, Any], section: str) -> dict[str, Any]:
    found = document.get(section) or {}
    if not isinstance(found, dict):
        raise TemplateInvalid(reason=f'environment section "{section}" must be a mapping')
    return found


def _registry(found: dict[str, Any]) -> dict[str, str]:
    registry = {}
    for name, target in found.items():
        if name in ("resources", "base_url"):
            if target:
                raise TemplateInvalid(
                    reason=f'resource_registry: "{name}" is not offered; map types by name'
                )
            continue
        if not isinstance(target, str) or "::" not in target or "/" in target:
            raise TemplateInvalid(
                reason=f"resource_registry: {name} leads to {target!r}; only names of resource "
                "types are offered, templates as resource types are not"
            )
        registry[name] = target
    return registry
