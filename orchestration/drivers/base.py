"""What a resource type promises: steps that may be done twice, and properties with a schema."""

import abc
import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from orchestration.clients import Cloud
from orchestration.errors import TemplateInvalid

STRING, INTEGER, NUMBER, BOOLEAN = "string", "integer", "number", "boolean"
LIST, MAP, ANY = "list", "map", "any"


@dataclasses.dataclass(frozen=True)
class Property:
    """One property of a resource type.

    updatable: whether a change is made in place; otherwise the resource is replaced.
    items: of a list: the type of its elements.  keys: of a map: its schema.
    """

    type: str
    description: str = ""
    required: bool = False
    default: Any = None
    updatable: bool = False
    allowed: tuple[Any, ...] = ()
    items: "Property | None" = None
    keys: Mapping[str, "Property"] | None = None


@dataclasses.dataclass(frozen=True)
class Node:
    """One resource as a driver sees it.

    unique_name: its name in the cloud unless the template gives one.  data: what the driver
    wants to remember, beside the physical id.
    """

    name: str
    unique_name: str
    stack_id: str
    stack_name: str
    physical_id: str | None = None
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class Replace(Exception):
    """Raised by `update` when the change needs a new resource in the old one's place."""


class ResourceType(abc.ABC):
    """One resource type.  Methods raise ResourceFailed, or CloudUnreachable to be tried again."""

    name: ClassVar[str]
    properties: ClassVar[Mapping[str, Property]]
    attributes: ClassVar[Mapping[str, str]] = {}

    @abc.abstractmethod
    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        """Make the resource and return its physical id; it need not be usable yet."""

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        """Return the physical id of what an earlier, interrupted `create` made, or None."""
        return None

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        """Add what `create` could not, once the physical id is written down; safe to do twice."""
        return

    def ready(self, cloud: Cloud, node: Node) -> bool:
        """Say whether the resource can be used now."""
        return True

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        """Change the resource in place.  Raises Replace when that cannot be done."""
        raise Replace

    @abc.abstractmethod
    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        """Begin to remove the resource; one that is gone is a success."""

    def gone(self, cloud: Cloud, node: Node) -> bool:
        """Say whether the resource has left."""
        return True

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        """Return the attributes by name; `show` is the whole as the service describes it."""
        return {}

    def reference(self, node: Node, wanted: dict[str, Any]) -> str:
        """Return what `get_resource` gives."""
        return node.physical_id or node.unique_name

    def check(self, kind: str, wanted: Mapping[str, Any], *, complete: bool) -> dict[str, Any]:
        """Return the properties in their types, with defaults.

        complete: whether all references are resolved, so that what is missing really is.
        Raises TemplateInvalid naming the property.
        """
        return check(kind, self.properties, wanted, complete=complete)

    def changes_in_place(self, old: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
        """Say whether every changed property is updatable."""
        changed = {key for key in {*old, *wanted} if old.get(key) != wanted.get(key)}
        return all(self.properties[key].updatable for key in changed if key in self.properties)


def check(
    where: str, schema: Mapping[str, Property], wanted: Mapping[str, Any], *, complete: bool
) -> dict[str, Any]:
    """Return the values in their types, with defaults.  Raises TemplateInvalid."""
    for key in wanted:
        if key not in schema:
            known = ", ".join(sorted(schema))
            raise TemplateInvalid(
                reason=f'Property error: {where}: Unknown Property "{key}"; there are: {known}'
            )
    found = {}
    for key, rule in schema.items():
        value = wanted.get(key)
        if value is None and rule.default is not None:
            value = rule.default
        if value is None:
            if rule.required and (complete or key not in wanted):
                raise TemplateInvalid(
                    reason=f"Property error: {where}: Property {key} not assigned"
                )
            continue
        found[key] = _convert(f"{where}.{key}", rule, value, complete)
    return found


def _convert(where: str, rule: Property, value: Any, complete: bool) -> Any:
    if value is None:
        return None
    if rule.type == LIST:
        items = value if isinstance(value, list) else [value]
        if rule.items is None:
            return items
        return [_convert(f"{where}[{n}]", rule.items, v, complete) for n, v in enumerate(items)]
    if rule.type == MAP:
        if not isinstance(value, dict):
            raise TemplateInvalid(reason=f'Property error: {where}: "{value}" is not a map')
        return check(where, rule.keys, value, complete=complete) if rule.keys else value
    converted = _scalar(where, rule.type, value)
    if rule.allowed and converted not in rule.allowed:
        choices = ", ".join(str(choice) for choice in rule.allowed)
        raise TemplateInvalid(
            reason=f'Property error: {where}: "{value}" is not an allowed value [{choices}]'
        )
    return converted


def _scalar(where: str, kind: str, value: Any) -> Any:
    if kind == ANY:
        return value
    try:
        if kind == INTEGER:
            return int(value)
        if kind == NUMBER:
            return value if isinstance(value, (int, float)) else float(value)
        if kind == BOOLEAN:
            text = str(value).lower()
            if text not in ("true", "false", "1", "0", "yes", "no", "on", "off"):
                raise ValueError
            return text in ("true", "1", "yes", "on")
        if isinstance(value, (dict, list)):
            raise ValueError
    except (ValueError, TypeError) as error:
        raise TemplateInvalid(reason=f'Property error: {where}: "{value}" is no {kind}') from error
    return str(value).lower() if isinstance(value, bool) else str(value)


def text(description: str = "", **options: Any) -> Property:
    """A property that is a string."""
    return Property(STRING, description, **options)


def texts(description: str = "", **options: Any) -> Property:
    """A property that is a list of strings."""
    return Property(LIST, description, items=Property(STRING), **options)


def like_id(name_or_id: str) -> bool:
    """Say whether this has the form of an id: 32 hexadecimal digits, with hyphens or without."""
    plain = name_or_id.replace("-", "")
    return len(plain) == 32 and all(digit in "0123456789abcdefABCDEF" for digit in plain)
