"""OS::Heat::AutoScalingGroup, and the policies that make one grow and shrink."""

import datetime as dt
import math
import uuid
from collections.abc import Mapping
from typing import Any

from orchestration.clients import Cloud
from orchestration.drivers.base import INTEGER, NUMBER, Nested, Node, Property, ResourceType, text
from orchestration.drivers.group import DEFINITION, document, entry, gathered
from orchestration.drivers.nested import NestedType
from orchestration.errors import SignalRefused, TemplateInvalid

CHANGE, EXACT, PERCENT = "change_in_capacity", "exact_capacity", "percent_change_in_capacity"


class AutoScalingGroup(NestedType):
    """A number of the same resource that policies change.

    The node remembers `first` and `capacity`: members are numbered, and when some have to go, the
    oldest do.  A member's name is made of the node's id and its number.
    """

    name = "OS::Heat::AutoScalingGroup"
    properties = {
        "min_size": Property(
            INTEGER, "The least there are.", required=True, least=0, updatable=True
        ),
        "max_size": Property(
            INTEGER, "The most there are.", required=True, least=0, updatable=True
        ),
        "desired_capacity": Property(INTEGER, "How many at first.", least=0, updatable=True),
        "cooldown": Property(
            INTEGER, "Seconds between two changes by policies.", least=0, updatable=True
        ),
        "resource": DEFINITION,
    }
    attributes = {
        "current_size": "How many there are.",
        "refs": "What get_resource gives for each.",
        "refs_map": "The same by name.",
        "outputs": "An attribute of each, by name.",
        "outputs_list": "An attribute of each, as a list.",
    }

    def check(self, kind: str, wanted: Any, *, complete: bool) -> dict[str, Any]:
        found = super().check(kind, wanted, complete=complete)
        least, most, first = (found.get(k) for k in ("min_size", "max_size", "desired_capacity"))
        if least is not None and most is not None and least > most:
            raise TemplateInvalid(
                reason=f"Property error: : {kind}: : min_size {least} can not be greater than "
                f"max_size {most}"
            )
        inside = least is None or most is None or first is None or least <= first <= most
        if not inside:
            raise TemplateInvalid(
                reason=f"Property error: : {kind}: : desired_capacity {first} must be between "
                f"min_size {least} and max_size {most}"
            )
        return found

    def nested(self, node: Node, wanted: dict[str, Any]) -> Nested:
        remembered = node.home.data(node.id) if node.id else {}
        first, capacity = window(remembered, wanted)
        root = uuid.uuid5(uuid.NAMESPACE_OID, node.id or node.name)
        names = [
            uuid.uuid5(root, str(number)).hex[:12] for number in range(first, first + capacity)
        ]
        return Nested(document({name: entry(wanted["resource"]) for name in names}))

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        asked = wanted.get("desired_capacity")
        if asked is not None and asked != old.get("desired_capacity"):
            node.home.amend(node.id, lambda data: resized(data, wanted, asked))
        super().update(cloud, node, old, wanted)

    def scale(self, node: Node, wanted: dict[str, Any], policy: dict[str, Any]) -> str:
        """Begin to change the number of members as a policy says; return what was done."""
        found = node.home.progress(node)
        if found is None or not found.settled:
            return "No action required: the group is being changed"
        now, changed = node.home.now(), False

        def change(data: Mapping[str, Any]) -> dict[str, Any]:
            nonlocal changed
            if _is_cooling(data, policy.get("cooldown") or wanted.get("cooldown"), now):
                return dict(data)
            _, capacity = window(data, wanted)
            after = resized(data, wanted, adjusted(capacity, policy))
            changed = after["capacity"] != capacity
            return {**after, "scaled_at": now.isoformat()} if changed else dict(data)

        node.home.amend(node.id, change)
        if not changed:
            return "No action required"
        node.home.renest(node, self.nested(node, wanted))
        return f"{policy['adjustment_type']} : {policy['scaling_adjustment']}"

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        members = sorted(node.home.members(node), key=lambda one: (one.created_at, one.name))
        found = gathered(members)
        by_name = found["attributes"]
        lists = {key: [*values.values()] for key, values in by_name.items()}
        return {
            **found,
            "current_size": len(members),
            "outputs": by_name,
            "outputs_list": lists,
            "show": {key: found[key] for key in ("refs", "refs_map")},
        }


def window(data: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[int, int]:
    """Return the number of the oldest member, and how many there are to be."""
    capacity = data.get("capacity")
    if capacity is None:
        capacity = wanted.get("desired_capacity")
    if capacity is None:
        capacity = wanted["min_size"]
    return int(data.get("first") or 0), bounded(int(capacity), wanted)


def bounded(capacity: int, wanted: Mapping[str, Any]) -> int:
    """Return a capacity within the group's bounds."""
    return int(max(wanted["min_size"], min(capacity, wanted["max_size"])))


def resized(data: Mapping[str, Any], wanted: Mapping[str, Any], capacity: int) -> dict[str, Any]:
    """Return what is remembered once the group has another size: the oldest members go."""
    first, before = window(data, wanted)
    after = bounded(capacity, wanted)
    return {**data, "first": first + max(before - after, 0), "capacity": after}


def adjusted(capacity: int, policy: Mapping[str, Any]) -> int:
    """Return the capacity a policy leads to."""
    amount = policy["scaling_adjustment"]
    if policy["adjustment_type"] == EXACT:
        return int(amount)
    if policy["adjustment_type"] == CHANGE:
        return capacity + int(amount)
    share = capacity * amount / 100.0
    delta = (
        math.trunc(share)
        if abs(share) >= 1
        else math.ceil(share)
        if share > 0
        else math.floor(share)
    )
    least = policy.get("min_adjustment_step")
    if least and abs(delta) < least:
        delta = least if amount > 0 else -least
    return int(capacity + delta)


def _is_cooling(data: Mapping[str, Any], cooldown_s: int | None, now: dt.datetime) -> bool:
    if not cooldown_s or not data.get("scaled_at"):
        return False
    return now - dt.datetime.fromisoformat(data["scaled_at"]) < dt.timedelta(seconds=cooldown_s)


class ScalingPolicy(ResourceType):
    """Changes a group's size at each signal."""

    name = "OS::Heat::ScalingPolicy"
    properties = {
        "auto_scaling_group_id": text("The group.", required=True),
        "adjustment_type": text(
            "How the number is meant.",
            required=True,
            allowed=(CHANGE, EXACT, PERCENT),
            updatable=True,
        ),
        "scaling_adjustment": Property(NUMBER, "The number.", required=True, updatable=True),
        "cooldown": Property(INTEGER, "Seconds between two changes.", updatable=True),
        "min_adjustment_step": Property(
            INTEGER, "The least change of a percentage.", least=0, updatable=True
        ),
    }
    attributes = {
        "alarm_url": "A URL to signal by, without a token.",
        "signal_url": "The same.",
    }

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        return node.unique_name

    def check(self, kind: str, wanted: Any, *, complete: bool) -> dict[str, Any]:
        found = super().check(kind, wanted, complete=complete)
        kinds = found.get("adjustment_type")
        if found.get("min_adjustment_step") and kinds not in (PERCENT, None):
            raise TemplateInvalid(
                reason=f"Property error: : {kind}: : min_adjustment_step property should only be "
                f"specified for adjustment_type with value {PERCENT}."
            )
        return found

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        return

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        return

    def signal(self, node: Node, wanted: dict[str, Any], details: Any) -> str:
        told = details if isinstance(details, dict) else {}
        state = str(told.get("state", told.get("current", "alarm"))).lower()
        if state != "alarm":
            return f"No action required: the state is {state}"
        group = node.home.sibling(node.project_id, wanted["auto_scaling_group_id"])
        if group is None:
            raise SignalRefused(
                reason=f"Alarm {node.name} could not find scaling group "
                f'named "{wanted["auto_scaling_group_id"]}"'
            )
        return AutoScalingGroup().scale(group, group.metadata["properties"], wanted)

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        url = node.home.signal_url(node)
        return {"alarm_url": url, "signal_url": url}
