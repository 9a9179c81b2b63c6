"""Parameters: their types, constraints, and the values a stack is made with.

Source: HOT specification, section "parameters".
"""

import json
import re
from collections.abc import Mapping, Set
from typing import Any

from common import patterns
from orchestration.errors import TemplateInvalid

TYPES = ("string", "number", "comma_delimited_list", "json", "boolean")
KEYS = frozenset(
    {"type", "label", "description", "default", "hidden", "constraints", "immutable", "tags"}
)
TRUE = frozenset({"t", "true", "on", "y", "yes", "1"})
FALSE = frozenset({"f", "false", "off", "n", "no", "0"})


def resolve(
    schemas: Mapping[str, dict[str, Any]],
    given: Mapping[str, Any],
    defaults: Mapping[str, Any],
    *,
    unknown: Set[str] = frozenset(),
) -> dict[str, Any]:
    """Return every parameter's value in its own type.

    given: what the user said.  defaults: the environment's `parameter_defaults`.
    unknown: those whose value is not known yet: None, and not checked.
    Raises TemplateInvalid naming the parameter that is unknown, missing or out of bounds.
    """
    strange = sorted(set(given) - set(schemas))
    if strange:
        raise TemplateInvalid(reason=f"The Parameter ({strange[0]}) was not defined in template.")
    values: dict[str, Any] = {}
    for name, schema in schemas.items():
        _check_schema(name, schema)
        if name in unknown:
            values[name] = None
            continue
        if name in given:
            raw = given[name]
        elif name in defaults:
            raw = defaults[name]
        elif "default" in schema:
            raw = schema["default"]
        else:
            raise TemplateInvalid(reason=f"The Parameter ({name}) was not provided.")
        values[name] = convert(name, schema, raw)
        constrain(name, schema, values[name])
    return values


def _check_schema(name: str, schema: dict[str, Any]) -> None:
    for key in schema:
        if key not in KEYS:
            raise TemplateInvalid(reason=f"Invalid key '{key}' for parameter ({name})")
    if schema.get("type") not in TYPES:
        raise TemplateInvalid(
            reason=f"Parameter {name}: invalid type ({schema.get('type')}); one of "
            f"{', '.join(TYPES)} would work"
        )


def convert(name: str, schema: dict[str, Any], raw: Any) -> Any:
    """Return the value in the parameter's type.  Raises TemplateInvalid."""
    converters = {
        "string": _string,
        "number": _number,
        "boolean": _boolean,
        "json": _json,
        "comma_delimited_list": _list,
    }
    try:
        return converters[schema["type"]](raw)
    except (ValueError, TypeError) as error:
        raise TemplateInvalid(
            reason=f"Parameter '{name}' is invalid: {raw!r} is no {schema['type']} ({error})"
        ) from error


def _string(raw: Any) -> str:
    if isinstance(raw, (dict, list)):
        raise ValueError("a string is expected")
    if isinstance(raw, bool):
        return str(raw).lower() if raw is not None else ""
    return "" if raw is None else str(raw)


def _number(raw: Any) -> int | float:
    if isinstance(raw, bool) or raw is None:
        raise ValueError("a number is expected")
    if isinstance(raw, (int, float)):
        return raw
    text = str(raw).strip()
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)


def _boolean(raw: Any) -> bool:
    text = str(raw).lower()
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise ValueError("true or false is expected")


def _json(raw: Any) -> Any:
    if isinstance(raw, (dict, list)):
        return raw
    if raw in ("", None):
        return {}
    found = json.loads(raw)
    if not isinstance(found, (dict, list)):
        raise ValueError("a JSON object or list is expected")
    return found


def _list(raw: Any) -> list[str]:
    if isinstance(raw, list):
        return [str(item) for item in raw]
    return [] if raw in ("", None) else [item.strip() for item in str(raw).split(",")]


def constrain(name: str, schema: dict[str, Any], value: Any) -> None:
    """Return when the value keeps the parameter's constraints.  Raises TemplateInvalid."""
    constraints = schema.get("constraints") or []
    if not isinstance(constraints, list):
        raise TemplateInvalid(reason=f"Invalid parameter constraints for parameter {name}")
    for constraint in constraints:
        try:
            problem = _broken(name, constraint, value)
        except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
            raise TemplateInvalid(
                reason=f"Parameter '{name}' is invalid: a constraint does not fit it ({error})"
            ) from error
        if problem:
            text = constraint.get("description") or problem
            raise TemplateInvalid(reason=f"Parameter '{name}' is invalid: {text}")


def _broken(name: str, constraint: Any, value: Any) -> str | None:
    if not isinstance(constraint, dict):
        raise TemplateInvalid(reason=f"Invalid parameter constraints for parameter {name}")
    if "length" in constraint:
        return _out_of(constraint["length"], len(value), f"length ({len(value)})")
    if "range" in constraint:
        return _out_of(constraint["range"], value, str(value))
    if "modulo" in constraint:
        step, offset = constraint["modulo"]["step"], constraint["modulo"]["offset"]
        good = int(value) % int(step) == int(offset)
        return None if good else f"{value} is not a multiple of {step} with an offset of {offset}"
    if "allowed_values" in constraint:
        return _not_allowed(constraint["allowed_values"], value)
    if "allowed_pattern" in constraint:
        pattern = constraint["allowed_pattern"]
        fits = patterns.fits(f"(?:{pattern})$", str(value))
        return None if fits else f'"{value}" does not match pattern "{pattern}"'
    if "custom_constraint" in constraint:
        return None
    raise TemplateInvalid(reason=f"Parameter {name}: unknown constraint {sorted(constraint)}")


def _out_of(bounds: dict[str, Any], value: Any, shown: str) -> str | None:
    low, high = bounds.get("min"), bounds.get("max")
    if (low is not None and value < low) or (high is not None and value > high):
        return f"{shown} is out of range (min: {low}, max: {high})"
    return None


def _not_allowed(allowed: list[Any], value: Any) -> str | None:
    values = value if isinstance(value, list) else [value]
    texts = {str(item) for item in allowed}
    for item in values:
        if item not in allowed and str(item) not in texts:
            return f'"{item}" is not an allowed value {list(allowed)}'
    return None


def shown(schemas: Mapping[str, dict[str, Any]], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as a stack shows them: text, and stars for hidden ones."""
    return {
        name: "******" if _is_hidden(schemas.get(name, {})) else text(value)
        for name, value in values.items()
    }


def _is_hidden(schema: dict[str, Any]) -> bool:
    return str(schema.get("hidden", False)).lower() in TRUE


def text(value: Any) -> str:
    """Return a value as text: JSON for objects, commas for lists."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return str(value)
