"""How QoS policies, their rules and the kinds of rules look."""

from typing import Any

from common.context import RequestContext
from network.db.qos_models import QosPolicy, QosRule
from network.views.base import standard, tags

RATE: dict[str, Any] = {
    "parameter_type": "range",
    "parameter_values": {"start": 0, "end": 2**31 - 1},
}
BOTH: dict[str, Any] = {"parameter_type": "choices", "parameter_values": ["ingress", "egress"]}
SHOWN: dict[str, dict[str, dict[str, Any]]] = {
    "bandwidth_limit": {
        "max_kbps": RATE,
        "max_burst_kbps": RATE,
        "direction": BOTH,
    },
    "dscp_marking": {"dscp_mark": {"parameter_type": "choices", "parameter_values": None}},
    "minimum_bandwidth": {
        "min_kbps": RATE,
        "direction": {"parameter_type": "choices", "parameter_values": ["egress"]},
    },
}


def policy(row: QosPolicy, ctx: RequestContext) -> dict[str, Any]:
    """Return one policy with its rules."""
    return {
        **standard(row),
        **tags(row),
        "name": row.name,
        "is_default": row.is_default,
        "shared": row.shared_with(ctx.project_id),
        "rules": [
            {**rule(one, ctx), "qos_policy_id": row.id, "type": one.kind} for one in row.rules
        ],
    }


def rule(row: QosRule, ctx: RequestContext) -> dict[str, Any]:
    """Return one rule, with what belongs to its kind."""
    shown = {name: getattr(row, name) for name in SHOWN[row.kind]}
    if row.kind == "bandwidth_limit":
        shown["max_burst_kbps"] = row.max_burst_kbps or 0
    return {"id": row.id, **shown}


def rule_types() -> list[dict[str, Any]]:
    """Return the kinds of rules there are."""
    return [{"type": kind} for kind in SHOWN]


def rule_type(kind: str, marks: list[int]) -> dict[str, Any]:
    """Return one kind with what its parameters can be.  marks: the DSCP marks there are."""
    parameters = []
    for name, about in SHOWN[kind].items():
        values = marks if name == "dscp_mark" else about["parameter_values"]
        parameters.append({**about, "parameter_name": name, "parameter_values": values})
    return {"type": kind, "drivers": [{"name": "ovn", "supported_parameters": parameters}]}
