"""What a resource type promises: steps that may be done twice, and properties with a schema."""

import abc
import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from orchestration.clients import Cloud
from orchestration.drivers.home import Home
from orchestration.errors import SignalUnfit, TemplateInvalid

STRING, INTEGER, NUMBER, BOOLEAN = "string", "integer", "number", "boolean"
LIST, MAP, ANY = "list", "map", "any"


@dataclasses.dataclass(frozen=True)
class Property:
    """One property of a resource type.

    updatable: whether a change is made in place; otherwise the resource is replaced.
    items: of a list: the type of its elements.  keys: of a map: its schema.
    least, most: bounds of a number, or of the length of a string.
    aliases: older names of the same property.
    """

    type: str
    description: str = ""
    required: bool = False
    default: Any = None
    updatable: bool = False
    allowed: tuple[Any, ...] = ()
    items: "Property | None" = None
    keys: Mapping[str, "Property"] | None = None
    least: float | None = None
    most: float | None = None
    aliases: tuple[str, ...] = ()


NO_HOME = cast("Home", None)


@dataclasses.dataclass(frozen=True)
class Node:
    """One resource as a driver sees it.

    unique_name: its name in the cloud unless the template gives one.  data: what the driver
    wants to remember, beside the physical id.  began_at: when the step under way began.
    action: what the stack goes through.  attributes: as they were shown last.
    files: those that came with the stack's template.  home: what orchestration itself offers.
    """

    name: str
    unique_name: str
    stack_id: str
    stack_name: str
    physical_id: str | None = None
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    id: str = ""
    project_id: str = ""
    action: str = ""
    began_at: dt.datetime | None = None
    attributes: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    update_policy: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    metadata: Any = None
    files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    home: Home = NO_HOME


class Replace(Exception):
    """Raised by `update` when the change needs a new resource in the old one's place."""


class ResourceType(abc.ABC):
    """One resource type.  Methods raise ResourceFailed, or CloudUnreachable to be tried again.

    waits: whether `ready` and `gone` wait for news that orchestration is told of, so that no
    worker need stand by.  mends: whether a failed resource is updated rather than replaced.
    """

    name: str
    properties: Mapping[str, Property]
    attributes: Mapping[str, str] = {}
    waits: ClassVar[bool] = False
    mends: ClassVar[bool] = False

    @abc.abstractmethod
    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        """Make the resource and return its physical id; it need not be usable yet."""

    def nested(self, node: Node, wanted: dict[str, Any]) -> "Nested | None":
        """Return the stack that the resource consists of, None for those that are none."""
        return None

    def differs(self, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> bool:
        """Say whether an update has anything to do."""
        return old != wanted

    def check_alive(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        """Return when the resource is there and well.  Raises ResourceFailed."""
        self.show(cloud, node, wanted)

    def suspend(self, cloud: Cloud, node: Node) -> None:
        """Begin to put the resource to sleep, if it can sleep."""
        return

    def suspended(self, cloud: Cloud, node: Node) -> bool:
        """Say whether the resource sleeps."""
        return True

    def resume(self, cloud: Cloud, node: Node) -> None:
        """Begin to wake the resource up."""
        return

    def snapshot(self, cloud: Cloud, node: Node) -> dict[str, Any]:
        """Begin to keep the resource's state; return what to find it by."""
        return {}

    def snapshot_ready(self, cloud: Cloud, node: Node, kept: Mapping[str, Any]) -> bool:
        """Say whether what `snapshot` began is done."""
        return True

    def drop_snapshot(self, cloud: Cloud, kept: Mapping[str, Any]) -> None:
        """Remove what `snapshot` made."""
        return

    def signal(self, node: Node, wanted: dict[str, Any], details: Any) -> str:
        """Take a signal in and return the sentence of its event.  Raises SignalUnfit."""
        raise SignalUnfit(resource=node.name, type=self.name)

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


@dataclasses.dataclass(frozen=True)
class Nested:
    """A stack inside a stack.

    template: a parsed document.  parameters: values by name.
    """

    template: dict[str, Any]
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)


def check(
    where: str, schema: Mapping[str, Property], wanted: Mapping[str, Any], *, complete: bool
) -> dict[str, Any]:
    """Return the values in their types, with defaults.  Raises TemplateInvalid."""
    wanted = _renamed(where, schema, wanted)
    for key in wanted:
        if key not in schema:
            known = ", ".join(sorted(schema)) or "none"
            raise TemplateInvalid(
                reason=f"Property error: : {where}: : Unknown Property {key}; there are: {known}"
            )
    found = {}
    for key, rule in schema.items():
        value = wanted.get(key)
        if value is None and rule.default is not None:
            value = rule.default
        if value is None:
            if rule.required and (complete or key not in wanted):
                raise TemplateInvalid(
                    reason=f"Property error: : {where}: : Property {key} not assigned"
                )
            continue
        found[key] = _convert(f"{where}.{key}", rule, value, complete)
    return found


def _renamed(
    where: str, schema: Mapping[str, Property], wanted: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the values under the names that properties have today."""
    names = {old: key for key, rule in schema.items() for old in rule.aliases}
    if not names.keys() & wanted.keys():
        return wanted
    found = {key: value for key, value in wanted.items() if key not in names}
    for old in names.keys() & wanted.keys():
        if found.get(names[old]) is not None and wanted[old] is not None:
            raise TemplateInvalid(
                reason=f"Property error: : {where}: : {old} is an older name of {names[old]}; "
                "give one of them"
            )
        if found.get(names[old]) is None:
            found[names[old]] = wanted[old]
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
            raise TemplateInvalid(reason=f'Property error: : {where}: : "{value}" is not a map')
        return check(where, rule.keys, value, complete=complete) if rule.keys else value
    converted = _scalar(where, rule.type, value)
    if rule.allowed and converted not in rule.allowed:
        choices = ", ".join(str(choice) for choice in rule.allowed)
        raise TemplateInvalid(
            reason=f'Property error: : {where}: : "{value}" is not an allowed value [{choices}]'
        )
    _check_bounds(where, rule, converted)
    return converted


def _check_bounds(where: str, rule: Property, value: Any) -> None:
    if rule.least is None and rule.most is None:
        return
    size = len(value) if isinstance(value, str) else value
    if (rule.least is not None and size < rule.least) or (
        rule.most is not None and size > rule.most
    ):
        noun = "length " if isinstance(value, str) else ""
        raise TemplateInvalid(
            reason=f"Property error: : {where}: : {noun}{size} is out of range "
            f"(min: {rule.least}, max: {rule.most})"
        )


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
        raise TemplateInvalid(
            reason=f'Property error: : {where}: : "{value}" is no {kind}'
        ) from error
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
