"""OS::Neutron::SecurityGroup and SecurityGroupRule."""

from typing import Any

from orchestration.clients import Cloud, CloudRefused
from orchestration.drivers.base import INTEGER, LIST, MAP, Node, Property, ResourceType, text
from orchestration.drivers.neutron import NeutronType, resolve

GROUPS = "/v2.0/security-groups"
PATH = "/v2.0/security-group-rules"
RULE = {
    "direction": text(default="ingress", allowed=("ingress", "egress")),
    "ethertype": text(default="IPv4", allowed=("IPv4", "IPv6")),
    "protocol": text("tcp, udp, icmp, or a number."),
    "port_range_min": Property(INTEGER, "First port, or ICMP type."),
    "port_range_max": Property(INTEGER, "Last port, or ICMP code."),
    "remote_ip_prefix": text("Where traffic may come from or go to."),
}


class SecurityGroup(NeutronType):
    name = "OS::Neutron::SecurityGroup"
    noun = "security_group"
    path = "/v2.0/security-groups"
    properties = {
        "name": text("Its name.", updatable=True),
        "description": text("What it is for.", updatable=True),
        "rules": Property(
            LIST,
            "Its rules, beside the two that let everything out.",
            updatable=True,
            items=Property(
                MAP,
                keys={
                    **RULE,
                    "remote_mode": text(
                        default="remote_ip_prefix", allowed=("remote_ip_prefix", "remote_group_id")
                    ),
                    "remote_group_id": text("A group; without it, this one."),
                },
            ),
        ),
    }
    attributes = {"name": "The name.", "description": "What it is for."}

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        super().furnish(cloud, node, wanted)
        rules = wanted.get("rules") or []
        self._post(cloud, [self._rule(str(node.physical_id), rule) for rule in rules])

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        super().update(cloud, node, old, wanted)
        group = str(node.physical_id)
        before = [self._rule(group, rule) for rule in old.get("rules") or []]
        after = [self._rule(group, rule) for rule in wanted.get("rules") or []]
        found = cloud.network.get(PATH, security_group_id=group)["security_group_rules"]
        for rule in (rule for rule in before if rule not in after):
            for row in found:
                if all(row.get(key) == value for key, value in rule.items()):
                    cloud.network.delete(f"{PATH}/{row['id']}")
        self._post(cloud, [rule for rule in after if rule not in before])

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        return super().body(cloud, node, {k: v for k, v in wanted.items() if k != "rules"})

    def _post(self, cloud: Cloud, rules: list[dict[str, Any]]) -> None:
        for rule in rules:
            try:
                cloud.network.post(PATH, {"security_group_rule": rule})
            except CloudRefused as error:
                if error.facts["status_code"] != 409 or "exists" not in str(error):
                    raise

    def _rule(self, group: str, wanted: dict[str, Any]) -> dict[str, Any]:
        rule = {key: value for key, value in wanted.items() if key in RULE}
        rule["security_group_id"] = group
        if wanted.get("remote_mode") == "remote_group_id":
            rule["remote_group_id"] = wanted.get("remote_group_id") or group
        return rule


class SecurityGroupRule(ResourceType):
    name = "OS::Neutron::SecurityGroupRule"
    properties = {
        **RULE,
        "security_group": text("The group, by id or name.", required=True),
        "remote_group": text("The group traffic may come from or go to, by id or name."),
        "description": text("What it is for."),
    }
    attributes = {"direction": "ingress or egress.", "protocol": "The protocol."}

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        body = self._asked(cloud, wanted)
        body["description"] = wanted.get("description") or node.unique_name
        answer = cloud.network.post(PATH, {"security_group_rule": body})
        return str(answer["security_group_rule"]["id"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        asked = self._asked(cloud, wanted)
        asked["description"] = wanted.get("description") or node.unique_name
        found = cloud.network.get(PATH, security_group_id=asked["security_group_id"])
        rows = [
            row
            for row in found["security_group_rules"]
            if all(row.get(key) == value for key, value in asked.items())
        ]
        return str(rows[0]["id"]) if rows else None

    def _asked(self, cloud: Cloud, wanted: dict[str, Any]) -> dict[str, Any]:
        body = {key: value for key, value in wanted.items() if key in RULE}
        for key, given in (
            ("security_group_id", "security_group"),
            ("remote_group_id", "remote_group"),
        ):
            if wanted.get(given):
                body[key] = resolve(cloud, "security group", GROUPS, wanted[given])
        return body

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.network.delete(f"{PATH}/{node.physical_id}")

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = cloud.network.get(f"{PATH}/{node.physical_id}")["security_group_rule"]
        return {**{key: found.get(key) for key in self.attributes}, "show": found}
