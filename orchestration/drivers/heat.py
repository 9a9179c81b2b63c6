"""OS::Heat::RandomString, Value and None: resources without anything in the cloud."""

import secrets
import string
from typing import Any

from orchestration.clients import Cloud
from orchestration.drivers.base import ANY, INTEGER, MAP, Node, Property, ResourceType, text

SETS = {
    "lettersdigits": string.ascii_letters + string.digits,
    "letters": string.ascii_letters,
    "lowercase": string.ascii_lowercase,
    "uppercase": string.ascii_uppercase,
    "digits": string.digits,
    "hexdigits": string.digits + "ABCDEF",
    "octdigits": string.octdigits,
}


class RandomString(ResourceType):
    """A random string; the physical id holds it, so that it lasts as long as the resource."""

    name = "OS::Heat::RandomString"
    properties = {
        "length": Property(INTEGER, "How many characters.", default=32),
        "sequence": text("Which characters.", default="lettersdigits", allowed=tuple(SETS)),
        "salt": text("Another value makes a new string."),
    }
    attributes = {"value": "The string."}

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        letters = SETS[wanted["sequence"]]
        return "".join(secrets.choice(letters) for _ in range(wanted["length"]))

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        return

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        return {"value": node.physical_id, "show": {"value": node.physical_id}}


class Value(ResourceType):
    """A value that other resources and outputs share."""

    name = "OS::Heat::Value"
    properties = {
        "type": text(allowed=("string", "number", "comma_delimited_list", "json", "boolean")),
        "value": Property(ANY, "The value.", required=True, updatable=True),
    }
    attributes = {"value": "The value."}

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        return node.unique_name

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        return

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        return

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        return {"value": wanted.get("value"), "show": {"value": wanted.get("value")}}


class Nothing(ResourceType):
    """Takes any properties and does nothing."""

    name = "OS::Heat::None"
    properties = {"value": Property(MAP, "Anything.", updatable=True)}

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        return node.unique_name

    def check(self, kind: str, wanted: Any, *, complete: bool) -> dict[str, Any]:
        return dict(wanted)

    def changes_in_place(self, old: Any, wanted: Any) -> bool:
        return True

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        return

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        return
