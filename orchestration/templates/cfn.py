"""Templates in the older, CloudFormation-compatible form, turned into what HOT calls the same.

Source: Heat template guide, "CloudFormation templates"; functions in HOT 2013-05-23 and 2014-10-16.
"""

from typing import Any

from orchestration.errors import TemplateInvalid

VERSIONS = {
    "HeatTemplateFormatVersion": ("2012-12-12",),
    "AWSTemplateFormatVersion": ("2010-09-09",),
}
SECTIONS = {
    "Description": "description",
    "Parameters": "parameters",
    "ParameterGroups": "parameter_groups",
    "Resources": "resources",
    "Outputs": "outputs",
    "Conditions": "conditions",
}
WITH_CFN_FUNCTIONS = ("2013-05-23", "2014-10-16")
TYPES = {
    "String": "string",
    "Number": "number",
    "CommaDelimitedList": "comma_delimited_list",
    "Json": "json",
    "Boolean": "boolean",
}
PARAMETER_KEYS = frozenset(
    {
        "Type",
        "Default",
        "NoEcho",
        "AllowedValues",
        "AllowedPattern",
        "MaxLength",
        "MinLength",
        "MaxValue",
        "MinValue",
        "Description",
        "ConstraintDescription",
        "Label",
        "Immutable",
    }
)
RESOURCE_KEYS = {
    "Type": "type",
    "Properties": "properties",
    "Metadata": "metadata",
    "DependsOn": "depends_on",
    "DeletionPolicy": "deletion_policy",
    "UpdatePolicy": "update_policy",
    "Condition": "condition",
    "Description": None,
}
OUTPUT_KEYS = {"Value": "value", "Description": "description", "Condition": "condition"}
PSEUDO = {
    "AWS::StackName": "OS::stack_name",
    "AWS::StackId": "OS::stack_id",
    "AWS::Region": "AWS::Region",
}
AS_THEY_ARE = {
    "Fn::Join": "list_join",
    "Fn::Split": "str_split",
    "Fn::Equals": "equals",
    "Fn::And": "and",
    "Fn::Or": "or",
    "Fn::If": "if",
}


def is_cfn(document: dict[str, Any]) -> bool:
    """Say whether a document is in this form.  Raises TemplateInvalid for an unknown version."""
    for key, known in VERSIONS.items():
        if key in document:
            if str(document[key]) not in known:
                raise TemplateInvalid(
                    reason=f'The template version is invalid: "{key}: {document[key]}". '
                    f'"{key}" should be: {known[0]}'
                )
            return True
    return False


def to_hot(document: dict[str, Any]) -> dict[str, Any]:
    """Return the same template as HOT.  Raises TemplateInvalid naming a part that is unknown."""
    for key in document:
        if key not in SECTIONS and key not in VERSIONS and key != "Mappings":
            raise TemplateInvalid(reason=f"The template section is invalid: {key}")
    resources = _section(document, "Resources")
    words = _Words(set(resources), _section(document, "Mappings"))
    found: dict[str, Any] = {
        "heat_template_version": "2018-08-31",
        "parameters": {
            name: _parameter(name, value)
            for name, value in _section(document, "Parameters").items()
        },
        "resources": {
            name: _renamed("resource", name, value, RESOURCE_KEYS, words)
            for name, value in resources.items()
        },
        "outputs": {
            name: _renamed("output", name, value, OUTPUT_KEYS, words)
            for name, value in _section(document, "Outputs").items()
        },
        "conditions": words.translated(_section(document, "Conditions")),
    }
    for old in ("Description", "ParameterGroups"):
        if document.get(old) is not None:
            found[SECTIONS[old]] = document[old]
    return found


def with_hot_functions(document: dict[str, Any]) -> dict[str, Any]:
    """Return an early HOT template with the functions it may still borrow turned into HOT's."""
    words = _Words(set(document.get("resources") or {}), {})
    changed = {key: words.translated(document.get(key)) for key in ("resources", "outputs")}
    return {**document, **{key: value for key, value in changed.items() if value is not None}}


def _section(document: dict[str, Any], key: str) -> dict[str, Any]:
    found = document.get(key) or {}
    if not isinstance(found, dict):
        raise TemplateInvalid(reason=f'"{key}" must be a mapping of names')
    return {str(name): value for name, value in found.items()}


def _renamed(noun: str, name: str, value: Any, keys: Any, words: "_Words") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TemplateInvalid(reason=f'"{name}": the {noun} must be a mapping')
    found = {}
    for key, inner in value.items():
        if key not in keys:
            raise TemplateInvalid(
                reason=f'"{key}" is not a valid keyword inside the {noun} "{name}"; '
                f"there are: {', '.join(keys)}"
            )
        if keys[key] is not None:
            plain = key in ("Type", "DependsOn", "DeletionPolicy", "Condition", "Description")
            found[keys[key]] = inner if plain else words.translated(inner)
    return found


def _parameter(name: str, schema: Any) -> dict[str, Any]:
    if not isinstance(schema, dict):
        raise TemplateInvalid(reason=f'"{name}": the parameter must be a mapping')
    for key in schema:
        if key not in PARAMETER_KEYS:
            raise TemplateInvalid(reason=f"Invalid key '{key}' for parameter ({name})")
    kind = str(schema.get("Type"))
    found: dict[str, Any] = {"type": TYPES.get(kind, "string" if "::" in kind else kind)}
    for old, new in (
        ("Default", "default"),
        ("Description", "description"),
        ("Label", "label"),
        ("NoEcho", "hidden"),
        ("Immutable", "immutable"),
    ):
        if old in schema:
            found[new] = schema[old]
    constraints = _constraints(schema)
    return {**found, "constraints": constraints} if constraints else found


def _constraints(schema: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for noun, least, most in (
        ("length", "MinLength", "MaxLength"),
        ("range", "MinValue", "MaxValue"),
    ):
        bounds = {
            key: _number(schema[old])
            for key, old in (("min", least), ("max", most))
            if old in schema
        }
        if bounds:
            found.append({noun: bounds})
    if "AllowedValues" in schema:
        found.append({"allowed_values": schema["AllowedValues"]})
    if "AllowedPattern" in schema:
        found.append({"allowed_pattern": schema["AllowedPattern"]})
    if schema.get("ConstraintDescription"):
        found = [{**one, "description": schema["ConstraintDescription"]} for one in found]
    return found


def _number(value: Any) -> int | float:
    try:
        return int(value)
    except ValueError:
        return float(value)


class _Words:
    """Turns functions into those of HOT.

    resources: their names, since `Ref` does not say whether it means one.  mappings: of the
    template, for `Fn::FindInMap`.
    """

    def __init__(self, resources: set[str], mappings: dict[str, Any]) -> None:
        self._resources = resources
        self._mappings = mappings

    def translated(self, value: Any) -> Any:
        """Return a value with every function in it turned.  Raises TemplateInvalid."""
        if isinstance(value, list):
            return [self.translated(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, args = next(iter(value.items()))
            if isinstance(name, str) and (name == "Ref" or name.startswith("Fn::")):
                return self._function(name, args)
            if name == "Condition" and isinstance(args, str):
                return args
        return {key: self.translated(item) for key, item in value.items()}

    def _function(self, name: str, args: Any) -> Any:
        if name == "Ref":
            return self._ref(args)
        inner = self.translated(args)
        if name in AS_THEY_ARE:
            return {AS_THEY_ARE[name]: inner}
        if name == "Fn::GetAtt":
            return {"get_attr": inner}
        if name == "Fn::Not":
            return {"not": inner[0] if isinstance(inner, list) and len(inner) == 1 else inner}
        if name == "Fn::Base64":
            return inner
        if name == "Fn::Replace" and isinstance(inner, list) and len(inner) == 2:
            return {"str_replace": {"params": inner[0], "template": inner[1]}}
        if name == "Fn::FindInMap" and isinstance(inner, list) and len(inner) == 3:
            return {"Fn::FindInMap": [self._mappings, *inner]}
        return {name: inner}

    def _ref(self, args: Any) -> Any:
        if isinstance(args, str) and args in self._resources:
            return {"get_resource": args}
        return {"get_param": PSEUDO.get(args, args) if isinstance(args, str) else args}
