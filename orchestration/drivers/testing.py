"""OS::Heat::TestResource: does what its properties say, so that stacks can be tried out."""

import datetime as dt
from typing import Any

from orchestration.clients import Cloud
from orchestration.drivers.base import (
    ANY,
    BOOLEAN,
    MAP,
    NUMBER,
    Node,
    Property,
    Replace,
    ResourceType,
    text,
)
from orchestration.errors import ResourceFailed

WAIT = Property(NUMBER, "Seconds.", least=0, updatable=True)


class TestResource(ResourceType):
    """Stores a value, waits, fails or wants to be replaced, as it is told."""

    name = "OS::Heat::TestResource"
    properties = {
        "value": text("What it holds.", default="test_string", updatable=True),
        "fail": Property(BOOLEAN, "Whether it fails.", default=False, updatable=True),
        "update_replace": Property(
            BOOLEAN, "Whether an update replaces it.", default=False, updatable=True
        ),
        "update_replace_value": text("Another value replaces it.", updatable=True),
        "wait_secs": Property(
            NUMBER, "Seconds that each action takes.", default=0, least=0, updatable=True
        ),
        "action_wait_secs": Property(
            MAP,
            "Seconds that one action takes, instead.",
            updatable=True,
            keys={"create": WAIT, "update": WAIT, "delete": WAIT},
        ),
        "attr_value": Property(ANY, "Another thing it holds.", updatable=True),
        "client_name": text("A service to ask.", updatable=True),
        "entity_name": text("What to ask it about.", updatable=True),
        "constraint_prop_secs": Property(
            NUMBER, "Seconds that its check takes.", default=0, least=0, updatable=True
        ),
    }
    attributes = {"output": "The value.", "a_attr": "The other thing it holds."}

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        return node.unique_name

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        self._begin(node, wanted, "create")

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        replaces = old.get("update_replace_value") != wanted.get("update_replace_value")
        if wanted.get("update_replace") or replaces:
            raise Replace
        self._begin(node, wanted, "update")

    def changes_in_place(self, old: Any, wanted: Any) -> bool:
        same = old.get("update_replace_value") == wanted.get("update_replace_value")
        return same and not wanted.get("update_replace")

    def _begin(self, node: Node, wanted: dict[str, Any], action: str) -> None:
        wait_s = (wanted.get("action_wait_secs") or {}).get(action)
        wait_s = wanted.get("wait_secs", 0) if wait_s is None else wait_s
        node.home.remember(node, wait_s=wait_s, fail=bool(wanted.get("fail")))

    def ready(self, cloud: Cloud, node: Node) -> bool:
        told = node.home.data(node.id)
        if not self._waited(node, float(told.get("wait_s") or 0)):
            return False
        if told.get("fail"):
            raise ResourceFailed(reason=f"Test Resource failed {node.name}")
        return True

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        wait_s = (wanted.get("action_wait_secs") or {}).get("delete")
        node.home.remember(node, wait_s=wanted.get("wait_secs", 0) if wait_s is None else wait_s)

    def gone(self, cloud: Cloud, node: Node) -> bool:
        return self._waited(node, float(node.home.data(node.id).get("wait_s") or 0))

    def _waited(self, node: Node, wait_s: float) -> bool:
        began = node.began_at or node.home.now()
        return node.home.now() - began >= dt.timedelta(seconds=wait_s)

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = {"output": wanted.get("value"), "a_attr": wanted.get("attr_value")}
        return {**found, "show": found}
