"""A template with one resource of a type, each of its properties a parameter."""

from typing import Any

from orchestration.drivers.base import BOOLEAN, INTEGER, LIST, MAP, NUMBER, Property, ResourceType

KINDS = {INTEGER: "number", NUMBER: "number", BOOLEAN: "boolean", LIST: "comma_delimited_list"}
CFN_KINDS = {"comma_delimited_list": "CommaDelimitedList"}


def of(kind: ResourceType, *, hot: bool) -> dict[str, Any]:
    """Return the template, as HOT or in the older form."""
    name = kind.name.rpartition("::")[2]
    return _hot(name, kind) if hot else _cfn(name, kind)


def _hot(name: str, kind: ResourceType) -> dict[str, Any]:
    return {
        "heat_template_version": "2016-10-14",
        "description": f"Initial template of {name}",
        "parameters": {key: _parameter(rule) for key, rule in kind.properties.items()},
        "resources": {
            name: {
                "type": kind.name,
                "properties": {key: {"get_param": key} for key in kind.properties},
            }
        },
        "outputs": {
            key: {"description": words, "value": {"get_attr": [name, key]}}
            for key, words in _attributes(kind).items()
        },
    }


def _cfn(name: str, kind: ResourceType) -> dict[str, Any]:
    return {
        "HeatTemplateFormatVersion": "2012-12-12",
        "Description": f"Initial template of {name}",
        "Parameters": {key: _cfn_parameter(rule) for key, rule in kind.properties.items()},
        "Resources": {
            name: {
                "Type": kind.name,
                "Properties": {key: {"Ref": key} for key in kind.properties},
            }
        },
        "Outputs": {
            key: {"Description": words, "Value": {"Fn::GetAtt": [name, key]}}
            for key, words in _attributes(kind).items()
        },
    }


def _attributes(kind: ResourceType) -> dict[str, str]:
    return {**dict(kind.attributes), "show": "Detailed information about resource."}


def _parameter(rule: Property) -> dict[str, Any]:
    found: dict[str, Any] = {"type": KINDS.get(rule.type, "json" if rule.type == MAP else "string")}
    if rule.description:
        found["description"] = rule.description
    if rule.default is not None:
        found["default"] = rule.default
    if rule.allowed:
        found["constraints"] = [{"allowed_values": list(rule.allowed)}]
    return found


def _cfn_parameter(rule: Property) -> dict[str, Any]:
    found = _parameter(rule)
    kind = CFN_KINDS.get(found["type"], found["type"].capitalize())
    shown: dict[str, Any] = {"Type": kind}
    if "description" in found:
        shown["Description"] = found["description"]
    if "default" in found:
        shown["Default"] = found["default"]
    if rule.allowed:
        shown["AllowedValues"] = list(rule.allowed)
    return shown
