"""OS::Neutron::Trunk, and quality of service."""

from typing import Any, ClassVar

from orchestration.clients import Cloud
from orchestration.drivers.base import (
    BOOLEAN,
    INTEGER,
    LIST,
    MAP,
    Node,
    Property,
    ResourceType,
    text,
    texts,
)
from orchestration.drivers.neutron import UP, NeutronType, resolve

PORTS = "/v2.0/ports"
POLICIES = "/v2.0/qos/policies"


class Trunk(NeutronType):
    """A port that carries further ports, each as a VLAN."""

    name = "OS::Neutron::Trunk"
    noun = "trunk"
    path = "/v2.0/trunks"
    properties = {
        "name": text("Its name.", updatable=True),
        "description": text("What it is for.", updatable=True),
        "port": text("The port that carries, by id or name.", required=True),
        "admin_state_up": UP,
        "sub_ports": Property(
            LIST,
            "The ports that are carried.",
            updatable=True,
            items=Property(
                MAP,
                keys={
                    "port": text("The port, by id or name.", required=True),
                    "segmentation_id": Property(
                        INTEGER, "Its number.", required=True, least=1, most=4094
                    ),
                    "segmentation_type": text(
                        "How it is told apart.",
                        required=True,
                        allowed=("vlan", "inherit"),
                    ),
                },
            ),
        ),
        "tags": texts("Tags.", updatable=True),
    }
    attributes = {
        "name": "The name.",
        "port_id": "The port that carries.",
        "sub_ports": "The ports that are carried.",
        "status": "The status.",
        "admin_state_up": "Whether traffic flows.",
    }

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        plain = {key: value for key, value in wanted.items() if key != "sub_ports"}
        body = super().body(cloud, node, plain)
        body["port_id"] = resolve(cloud, "port", PORTS, body.pop("port"))
        return body

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        super().furnish(cloud, node, wanted)
        self._carry(cloud, node, wanted)

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        super().update(cloud, node, old, wanted)
        self._carry(cloud, node, wanted)

    def _carry(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        """Let the trunk carry what is wanted: first what is no more goes, then the rest comes."""
        path = f"{self.path}/{node.physical_id}"
        there = [dict(one) for one in cloud.network.get(path)[self.noun]["sub_ports"]]
        after = [self._sub_port(cloud, one) for one in wanted.get("sub_ports") or []]
        gone = [{"port_id": one["port_id"]} for one in there if one not in after]
        if gone:
            cloud.network.put(f"{path}/remove_subports", {"sub_ports": gone})
        new = [one for one in after if one not in there]
        if new:
            cloud.network.put(f"{path}/add_subports", {"sub_ports": new})

    def _sub_port(self, cloud: Cloud, wanted: dict[str, Any]) -> dict[str, Any]:
        rest = {key: wanted[key] for key in ("segmentation_id", "segmentation_type")}
        return {"port_id": resolve(cloud, "port", PORTS, wanted["port"]), **rest}


class QosPolicy(NeutronType):
    """Limits and marks for ports."""

    name = "OS::Neutron::QoSPolicy"
    noun = "policy"
    path = POLICIES
    properties = {
        "name": text("Its name.", updatable=True),
        "description": text("What it is for.", updatable=True),
        "shared": Property(BOOLEAN, "Whether all projects may use it.", updatable=True),
        "tenant_id": text("Whose it is to be.", aliases=("project_id",)),
    }
    attributes = {"name": "The name.", "rules": "Its rules.", "shared": "Who may use it."}


class QosRule(ResourceType):
    """What rules of a policy share.  word: `bandwidth_limit`; keys: what the service is sent."""

    word: ClassVar[str]
    keys: ClassVar[tuple[str, ...]]

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        noun = f"{self.word}_rule"
        path = self._path(cloud, wanted)
        return str(cloud.network.post(path, {noun: self._body(wanted)})[noun]["id"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        body = self._body(wanted)
        rows = cloud.network.get(self._path(cloud, wanted))[f"{self.word}_rules"]
        mine = [row for row in rows if all(row.get(key) == body[key] for key in body)]
        free = [row for row in mine if node.home.sibling(node.project_id, row["id"]) is None]
        return str(free[0]["id"]) if free else None

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        path = f"{self._path(cloud, wanted)}/{node.physical_id}"
        cloud.network.put(path, {f"{self.word}_rule": self._body(wanted)})

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.network.delete(f"{self._path(cloud, wanted)}/{node.physical_id}")

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = cloud.network.get(f"{self._path(cloud, wanted)}/{node.physical_id}")
        return {"show": found[f"{self.word}_rule"]}

    def _path(self, cloud: Cloud, wanted: dict[str, Any]) -> str:
        policy = resolve(cloud, "policy", POLICIES, wanted["policy"])
        return f"{POLICIES}/{policy}/{self.word}_rules"

    def _body(self, wanted: dict[str, Any]) -> dict[str, Any]:
        return {key: wanted[key] for key in self.keys if key in wanted}


POLICY = text("The policy, by id or name.", required=True)
DIRECTION = text("Which way.", default="egress", allowed=("egress", "ingress"), updatable=True)


class QosBandwidthLimitRule(QosRule):
    """The most a port sends or receives."""

    name = "OS::Neutron::QoSBandwidthLimitRule"
    word = "bandwidth_limit"
    keys = ("max_kbps", "max_burst_kbps", "direction")
    properties = {
        "policy": POLICY,
        "max_kbps": Property(INTEGER, "kbit/s.", required=True, least=0, updatable=True),
        "max_burst_kbps": Property(INTEGER, "kbit.", default=0, least=0, updatable=True),
        "direction": DIRECTION,
    }


class QosDscpMarkingRule(QosRule):
    """The mark that a port's packets carry."""

    name = "OS::Neutron::QoSDscpMarkingRule"
    word = "dscp_marking"
    keys = ("dscp_mark",)
    properties = {
        "policy": POLICY,
        "dscp_mark": Property(
            INTEGER, "The mark.", required=True, least=0, most=56, updatable=True
        ),
    }


class QosMinimumBandwidthRule(QosRule):
    """The least a port can send or receive."""

    name = "OS::Neutron::QoSMinimumBandwidthRule"
    word = "minimum_bandwidth"
    keys = ("min_kbps", "direction")
    properties = {
        "policy": POLICY,
        "min_kbps": Property(INTEGER, "kbit/s.", required=True, least=0, updatable=True),
        "direction": DIRECTION,
    }
