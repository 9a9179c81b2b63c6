"""OS::Heat::WaitCondition and its handle: a stack waits until somebody outside says so."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from orchestration.clients import Cloud
from orchestration.drivers.base import INTEGER, NUMBER, Node, Property, ResourceType, text
from orchestration.errors import ResourceFailed, SignalRefused

SUCCESS, FAILURE = "SUCCESS", "FAILURE"


class WaitConditionHandle(ResourceType):
    """Takes the signals that a wait condition waits for."""

    name = "OS::Heat::WaitConditionHandle"
    properties = {
        "signal_transport": text(
            "How signals arrive: by a URL that carries its own right.",
            default="CFN_SIGNAL",
            allowed=("CFN_SIGNAL", "NO_SIGNAL"),
        )
    }
    attributes = {
        "curl_cli": "A command that signals; `--data-binary` says what.",
        "endpoint": "The URL to send a signal to.",
        "signal": "The same with the verb, as JSON.",
    }

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        return node.unique_name

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        return

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        if wanted["signal_transport"] == "NO_SIGNAL":
            return dict.fromkeys(self.attributes)
        url = node.home.signal_url(node)
        curl = (
            "curl -i -X POST -H 'Content-Type: application/json' "
            f"-H 'Accept: application/json' '{url}'"
        )
        signal = json.dumps({"alarm_url": url, "verb": "POST"})
        return {"curl_cli": curl, "endpoint": url, "signal": signal}

    def signal(self, node: Node, wanted: dict[str, Any], details: Any) -> str:
        found = self.read(details)
        number = ""

        def add(data: Mapping[str, Any]) -> dict[str, Any]:
            nonlocal number
            signals = dict(data.get("signals") or {})
            number = str(found["id"] or len(signals) + 1)
            kept = {**found, "reason": found["reason"] or f"Signal {number} received"}
            return {**data, "signals": {**signals, number: kept}}

        node.home.amend(node.id, add)
        reason = found["reason"] or f"Signal {number} received"
        return f"status:{found['status']} reason:{reason}"

    def read(self, details: Any) -> dict[str, Any]:
        """Return a signal's id, status, reason and data.  Raises SignalRefused."""
        details = details or {}
        if not isinstance(details, dict) or not set(details) <= {"id", "status", "reason", "data"}:
            raise SignalRefused(
                reason="A signal is a JSON object of status, reason, data and id at the most."
            )
        status = details.get("status", SUCCESS)
        if status not in (SUCCESS, FAILURE):
            raise SignalRefused(reason=f"The status is {SUCCESS} or {FAILURE}, not {status!r}.")
        given = {key: details.get(key) for key in ("id", "reason", "data")}
        return {**given, "status": status}


class WaitCondition(ResourceType):
    """Complete when its handle has had so many signals, failed at the first bad one."""

    name = "OS::Heat::WaitCondition"
    waits = True
    properties = {
        "handle": text("The handle.", required=True),
        "timeout": Property(
            NUMBER, "Seconds to wait.", required=True, least=1, most=43200, updatable=True
        ),
        "count": Property(INTEGER, "How many signals.", default=1, least=1, updatable=True),
    }
    attributes = {"data": "What the signals brought, by id, as JSON."}

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        return node.unique_name

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        node.home.remember(node, waits_for={key: wanted[key] for key in self.properties})

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        self.furnish(cloud, node, wanted)

    def ready(self, cloud: Cloud, node: Node) -> bool:
        wanted = node.home.data(node.id)["waits_for"]
        signals = self._signals(node, wanted["handle"])
        bad = [one["reason"] for one in signals.values() if one["status"] == FAILURE]
        if bad:
            raise ResourceFailed(reason=f"WaitConditionFailure: {';'.join(bad)}")
        if len(signals) >= wanted["count"]:
            return True
        began = node.began_at or node.home.now()
        if node.home.now() - began > dt.timedelta(seconds=wanted["timeout"]):
            raise ResourceFailed(
                reason=f"WaitConditionTimeout: {len(signals)} of {wanted['count']} received"
            )
        return False

    def _signals(self, node: Node, handle: str) -> Mapping[str, Mapping[str, Any]]:
        found = node.home.sibling(node.project_id, handle)
        if found is None:
            raise ResourceFailed(reason=f"The handle {handle} is gone.")
        return found.data.get("signals") or {}

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        return

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        signals = self._signals(node, wanted["handle"])
        found = {key: one.get("data") for key, one in signals.items()}
        return {"data": json.dumps(found), "show": {"data": found}}

    def check_alive(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        return
