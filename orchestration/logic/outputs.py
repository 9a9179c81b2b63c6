"""The outputs of a stack, computed from its rows."""

from collections.abc import Sequence
from typing import Any

from orchestration import errors
from orchestration.db.models import Resource, Stack
from orchestration.logic import definitions
from orchestration.templates.definition import Definition


def every(stack: Stack, rows: Sequence[Resource]) -> list[dict[str, Any]]:
    """Return the outputs with their values; what cannot be computed says why."""
    definition = definitions.of_row(stack)
    facts = definitions.RowFacts(stack, rows)
    return [_output(definition, name, facts) for name in definition.outputs()]


def one(stack: Stack, rows: Sequence[Resource], name: str) -> dict[str, Any]:
    """Return one output with its value.  Raises OutputNotFound."""
    definition = definitions.of_row(stack)
    if name not in definition.outputs():
        raise errors.OutputNotFound(output=name)
    return _output(definition, name, definitions.RowFacts(stack, rows))


def _output(definition: Definition, name: str, facts: definitions.RowFacts) -> dict[str, Any]:
    entry = definition.template.outputs[name]
    found = {
        "output_key": name,
        "description": entry.get("description", "No description given"),
    }
    try:
        return {**found, "output_value": definition.output(name, facts)}
    except errors.TemplateInvalid as error:
        return {**found, "output_value": None, "output_error": str(error)}
