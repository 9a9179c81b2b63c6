"""OS::Heat::RandomString, Value and None: resources without anything in the cloud."""

import secrets
import string
from typing import Any

from orchestration.clients import Cloud
from orchestration.drivers.base import (
    ANY,
    INTEGER,
    LIST,
    MAP,
    Node,
    Property,
    ResourceType,
    text,
)
from orchestration.errors import TemplateInvalid

SETS = {
    "lettersdigits": string.ascii_letters + string.digits,
    "letters": string.ascii_letters,
    "lowercase": string.ascii_lowercase,
    "uppercase": string.ascii_uppercase,
    "digits": string.digits,
    "hexdigits": string.digits + "ABCDEF",
    "octdigits": string.octdigits,
}
SYMBOLS = string.punctuation


class RandomString(ResourceType):
    """A random string; the physical id holds it, so that it lasts as long as the resource."""

    name = "OS::Heat::RandomString"
    properties = {
        "length": Property(INTEGER, "How many characters.", default=32, least=1, most=512),
        "sequence": text("Which characters.", default="lettersdigits", allowed=tuple(SETS)),
        "salt": text("Another value makes a new string."),
        "character_classes": Property(
            LIST,
            "Classes of characters, and how many of each there are at least.",
            items=Property(
                MAP,
                keys={
                    "class": text(default="lettersdigits", allowed=(*SETS, "symbols")),
                    "min": Property(INTEGER, default=1, least=1, most=512),
                },
            ),
        ),
        "character_sequences": Property(
            LIST,
            "Characters of one's own, and how many of each there are at least.",
            items=Property(
                MAP,
                keys={
                    "sequence": text(required=True, least=1),
                    "min": Property(INTEGER, default=1, least=1, most=512),
                },
            ),
        ),
    }
    attributes = {"value": "The string."}

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        made: list[str] = []
        for one in wanted.get("character_classes") or []:
            letters = SYMBOLS if one["class"] == "symbols" else SETS[one["class"]]
            made += [secrets.choice(letters) for _ in range(one["min"])]
        for one in wanted.get("character_sequences") or []:
            made += [secrets.choice(one["sequence"]) for _ in range(one["min"])]
        every = self._letters(wanted)
        made += [secrets.choice(every) for _ in range(wanted["length"] - len(made))]
        secrets.SystemRandom().shuffle(made)
        return "".join(made)

    def _letters(self, wanted: dict[str, Any]) -> str:
        classes = wanted.get("character_classes") or []
        sequences = wanted.get("character_sequences") or []
        if not classes and not sequences:
            return SETS[wanted["sequence"]]
        of_classes = (SYMBOLS if c["class"] == "symbols" else SETS[c["class"]] for c in classes)
        return "".join([*of_classes, *(one["sequence"] for one in sequences)])

    def check(self, kind: str, wanted: Any, *, complete: bool) -> dict[str, Any]:
        found = super().check(kind, wanted, complete=complete)
        parts = (found.get("character_classes") or []) + (found.get("character_sequences") or [])
        least = sum(one.get("min") or 0 for one in parts)
        if found.get("length") is not None and found["length"] < least:
            raise TemplateInvalid(
                reason=f"Property error: : {kind}.length: : length cannot be smaller than combined "
                f"character class and character sequence minimums ({least})"
            )
        return found

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


class Anything(dict[str, str]):
    """Attributes of every name, each of them unknown."""

    def __contains__(self, name: object) -> bool:
        return True


class Nothing(ResourceType):
    """Takes any properties and does nothing."""

    name = "OS::Heat::None"
    attributes = Anything()
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
