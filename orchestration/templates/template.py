"""A HOT template, checked: sections, resources, conditions, outputs.

Source: Heat Orchestration Template (HOT) specification.
"""

import dataclasses
import re
from typing import Any

import yaml

from orchestration.errors import TemplateInvalid
from orchestration.templates import cfn

VERSIONS = (
    "2013-05-23",
    "2014-10-16",
    "2015-04-30",
    "2015-10-15",
    "2016-04-08",
    "2016-10-14",
    "2017-02-24",
    "2017-09-01",
    "2018-03-02",
    "2018-08-31",
    "2021-04-16",
)
CODENAMES = {
    "newton": "2016-10-14",
    "ocata": "2017-02-24",
    "pike": "2017-09-01",
    "queens": "2018-03-02",
    "rocky": "2018-08-31",
    "wallaby": "2021-04-16",
}
SECTIONS = frozenset(
    {
        "heat_template_version",
        "description",
        "parameter_groups",
        "parameters",
        "resources",
        "outputs",
        "conditions",
    }
)
RESOURCE_KEYS = frozenset(
    {
        "type",
        "properties",
        "metadata",
        "depends_on",
        "update_policy",
        "deletion_policy",
        "external_id",
        "condition",
    }
)
DELETION_POLICIES = {"delete": "delete", "retain": "retain", "snapshot": "snapshot"}
NAME = re.compile(r"^[^/\x00-\x1f\x7f]{1,255}$")
MAX_BYTES = 512 * 1024
MAX_WRITTEN_OUT = 4 * MAX_BYTES  # with every alias replaced by what it stands for
MAX_DEPTH = 100
MAX_DIGITS = 100
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
MAX_RESOURCES = 1000


class _Loader(yaml.CSafeLoader):
    """YAML as templates use it: a date stays the text it was written as."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(text: str | dict[str, Any], what: str = "template") -> dict[str, Any]:
    """Return the document of a template or environment written as YAML or JSON.

    Raises TemplateInvalid with the line where reading stopped.
    """
    if isinstance(text, dict):
        _check_depth(text)
        return text
    if len(text) > MAX_BYTES:
        raise TemplateInvalid(
            reason=f"The {what} has {len(text)} bytes; the most is {MAX_BYTES} bytes."
        )
    try:
        document = _load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise TemplateInvalid(reason=f"Error parsing {what}: {error}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise TemplateInvalid(reason=f"The {what} is not a JSON object or YAML mapping.")
    return document


def _load(text: str) -> Any:
    """Return the document, once it is known to be of a bearable size.

    A few lines of aliases of aliases can mean billions of values; they are counted, not made.
    """
    _check_nesting(text)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _written_out(node, {}, 0) > MAX_WRITTEN_OUT:
            raise ValueError("its aliases stand for too much")
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _check_nesting(text: str) -> None:
    """Return when nothing is nested too deep for the library, which would end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            depth -= 1
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")


def _written_out(node: yaml.Node, known: dict[int, int], depth: int) -> int:
    """Return how long a node is with its aliases written out.

    known: lengths by the nodes' id; 0 for those whose inside is being looked at.
    Raises ValueError for a node inside itself, what is too deep, and numbers without end.
    """
    if known.get(id(node)) == 0 or depth > MAX_DEPTH:
        raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")
    if node.tag in NUMBERS and len(node.value) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    if id(node) not in known:
        known[id(node)] = 0
        inner = node.value
        if isinstance(node, yaml.ScalarNode):
            known[id(node)] = 1 + len(inner)
        else:
            pairs = isinstance(node, yaml.MappingNode)
            children = [child for pair in inner for child in pair] if pairs else inner
            known[id(node)] = 1 + sum(_written_out(one, known, depth + 1) for one in children)
    return known[id(node)]


def _check_depth(document: Any) -> None:
    level, depth = [document], 0
    while level:
        if depth > MAX_DEPTH:
            raise TemplateInvalid(reason=f"It is nested more than {MAX_DEPTH} levels deep.")
        inner = [one.values() if isinstance(one, dict) else one for one in level]
        level = [one for values in inner for one in values if isinstance(one, (dict, list))]
        depth += 1


@dataclasses.dataclass(frozen=True)
class ResourceDefinition:
    """One resource as written: values may hold functions."""

    name: str
    type: str
    properties: dict[str, Any]
    metadata: Any
    depends_on: tuple[str, ...]
    deletion_policy: str
    external_id: Any
    condition: Any
    update_policy: Any = None


@dataclasses.dataclass(frozen=True)
class Template:
    """One template.  document: as written."""

    document: dict[str, Any]
    version: str
    description: str
    parameters: dict[str, dict[str, Any]]
    resources: dict[str, ResourceDefinition]
    outputs: dict[str, dict[str, Any]]
    conditions: dict[str, Any]
    groups: Any = None

    @property
    def is_hot(self) -> bool:
        """Say whether it was written as HOT."""
        return "heat_template_version" in self.document


def parse(source: str | dict[str, Any]) -> Template:
    """Return the checked template, HOT or the older form.

    Raises TemplateInvalid naming the part that is wrong.
    """
    document = read(source)
    if cfn.is_cfn(document):
        return dataclasses.replace(_parsed(cfn.to_hot(document)), document=document)
    return _parsed(document)


def _parsed(document: dict[str, Any]) -> Template:
    version = str(document.get("heat_template_version", ""))
    if version not in VERSIONS and version not in CODENAMES:
        known = ", ".join([*VERSIONS, *CODENAMES])
        raise TemplateInvalid(
            reason=f'The template version is invalid: "heat_template_version: {version}". '
            f'"heat_template_version" should be one of: {known}'
        )
    for key in document:
        if key not in SECTIONS:
            raise TemplateInvalid(reason=f"The template section is invalid: {key}")
    if version in cfn.WITH_CFN_FUNCTIONS:
        document = cfn.with_hot_functions(document)
    resources = _mapping(document, "resources")
    if len(resources) > MAX_RESOURCES:
        raise TemplateInvalid(reason=f"A stack has at most {MAX_RESOURCES} resources.")
    return Template(
        document=document,
        version=version,
        description=str(document.get("description") or "No description"),
        parameters={
            name: _entry("parameter", name, value)
            for name, value in _mapping(document, "parameters").items()
        },
        resources={name: _resource(name, value) for name, value in resources.items()},
        outputs={
            name: _output(name, value) for name, value in _mapping(document, "outputs").items()
        },
        conditions=_mapping(document, "conditions"),
        groups=_groups(document),
    )


def _groups(document: dict[str, Any]) -> Any:
    groups = document.get("parameter_groups")
    if groups is None:
        return None
    known, seen = _mapping(document, "parameters"), set()
    if not isinstance(groups, list):
        raise TemplateInvalid(reason="parameter_groups must be a list")
    for group in groups:
        if not isinstance(group, dict) or not isinstance(group.get("parameters"), list):
            raise TemplateInvalid(
                reason="Parameter Groups error: parameter_groups: each group needs a list of "
                '"parameters"'
            )
        for name in group["parameters"]:
            if name not in known:
                raise TemplateInvalid(
                    reason=f"Parameter Groups error: parameter_groups.{group.get('label')}: the "
                    f"grouped parameter {name} does not reference a valid parameter."
                )
            if name in seen:
                raise TemplateInvalid(
                    reason=f"Parameter Groups error: parameter_groups.{group.get('label')}: the "
                    f"parameter {name} must be assigned to one parameter group only."
                )
            seen.add(name)
    return groups


def _mapping(document: dict[str, Any], section: str) -> dict[str, Any]:
    found = document.get(section)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise TemplateInvalid(
            reason=f'"{section}" must be a mapping of names, not a {_kind(found)}'
        )
    return {str(name): value for name, value in found.items()}


def _kind(value: object) -> str:
    names = {"list": "list", "str": "string", "dict": "mapping"}
    return names.get(type(value).__name__, type(value).__name__)


def _entry(noun: str, name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TemplateInvalid(
            reason=f'"{name}": the {noun} must be a mapping, not a {_kind(value)}'
        )
    return value


def _output(name: str, value: Any) -> dict[str, Any]:
    entry = _entry("output", name, value)
    if "value" not in entry:
        raise TemplateInvalid(reason=f'Each output must contain a "value" key; "{name}" has none')
    return entry


def _resource(name: str, value: Any) -> ResourceDefinition:
    entry = _entry("resource", name, value)
    if not NAME.fullmatch(name):
        raise TemplateInvalid(
            reason=f'Invalid resource name "{name}": it has 1 to 255 characters and no "/"'
        )
    for key in entry:
        if key not in RESOURCE_KEYS:
            raise TemplateInvalid(
                reason=f'"{key}" is not a valid keyword inside a resource definition ({name})'
            )
    kind = entry.get("type")
    if not isinstance(kind, str) or not kind:
        raise TemplateInvalid(reason=f'Resource {name} needs a "type" that is a string')
    properties = entry.get("properties") or {}
    if not isinstance(properties, dict):
        raise TemplateInvalid(reason=f"Resource {name}: properties must be a mapping")
    return ResourceDefinition(
        name=name,
        type=kind,
        properties=properties,
        metadata=entry.get("metadata"),
        depends_on=_depends(name, entry.get("depends_on")),
        deletion_policy=_policy(name, entry.get("deletion_policy", "Delete")),
        external_id=entry.get("external_id"),
        condition=entry.get("condition"),
        update_policy=entry.get("update_policy"),
    )


def _depends(name: str, value: Any) -> tuple[str, ...]:
    wanted = [value] if isinstance(value, str) else value or []
    if not isinstance(wanted, list) or not all(isinstance(item, str) for item in wanted):
        raise TemplateInvalid(reason=f"Resource {name}: depends_on must name resources")
    return tuple(wanted)


def _policy(name: str, value: Any) -> str:
    policy = DELETION_POLICIES.get(str(value).lower())
    if policy is None:
        raise TemplateInvalid(
            reason=f'Invalid deletion policy "{value}" of resource {name}: Delete and Retain work'
        )
    if policy == "snapshot":
        raise TemplateInvalid(
            reason=f'"Snapshot" deletion policy not supported (resource {name}): Delete and Retain '
            "would work"
        )
    return policy
