"""Security groups become port groups with access control lists."""

from typing import Any

from network.drivers.base import RuleSpec, SecurityGroupSpec
from network.drivers.ovn.address_groups import set_name
from network.drivers.ovn.ports import memberships
from network.drivers.ovn.rows import DROP_GROUP, REVISION, Row, Rows, facts, group_name, held

RULE_ID = "neutron:security_group_rule_id"
GROUP_ID = "neutron:security_group_id"
ALLOW, DROP = 1002, 1001

# Source: the Networking API's list of rule protocols; IANA protocol numbers.
PROTOCOL_NUMBERS = {
    "ah": 51,
    "dccp": 33,
    "egp": 8,
    "esp": 50,
    "gre": 47,
    "igmp": 2,
    "ipip": 4,
    "ipv6-encap": 41,
    "ipv6-frag": 44,
    "ipv6-nonxt": 59,
    "ipv6-opts": 60,
    "ipv6-route": 43,
    "ospf": 89,
    "pgm": 113,
    "rsvp": 46,
    "udplite": 136,
    "vrrp": 112,
}
NAMES = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmp", "132": "sctp"}
ICMP = {"icmp", "icmpv6", "ipv6-icmp"}

# What a port behind groups may always do: ask for its address.
ASKING = {
    "ip4": "udp.src == 68 && udp.dst == 67",
    "ip6": "udp.src == 546 && udp.dst == 547",
}


def ensure_drop_group(rows: Rows) -> None:
    """The group of all protected ports, where nothing passes that no rule allows."""
    group = rows.ensure("Port_Group", DROP_GROUP)
    wanted = {
        "from": ("from-lport", DROP, f"inport == @{DROP_GROUP} && ip", "drop"),
        "to": ("to-lport", DROP, f"outport == @{DROP_GROUP} && ip", "drop"),
    }
    for family, ports in ASKING.items():
        match = f"inport == @{DROP_GROUP} && {family} && {ports}"
        wanted[family] = ("from-lport", ALLOW, match, "allow")
    _ensure_lists(rows, group, wanted)


def ensure_security_group(rows: Rows, spec: SecurityGroupSpec) -> None:
    """The group with its rules; a group made anew takes in the ports that name it."""
    name = group_name(spec.security_group_id)
    group = rows.get("Port_Group", name)
    if group is None:
        group = rows.insert("Port_Group", name, name=name)
        for port in rows.all("Logical_Switch_Port"):
            if name in memberships(facts(port)):
                group.addvalue("ports", port)
    own = {GROUP_ID: spec.security_group_id, REVISION: str(spec.revision)}
    rows.set(group, external_ids=own)
    for rule in spec.rules:
        if rule.remote_group_id:
            rows.ensure("Port_Group", group_name(rule.remote_group_id))
        if rule.remote_address_group_id:
            for family in ("ip4", "ip6"):
                rows.ensure("Address_Set", set_name(rule.remote_address_group_id, family))
    action = "allow-related" if spec.stateful else "allow-stateless"
    wanted = {
        rule.rule_id: (direction(rule), ALLOW, match(rule, name), action) for rule in spec.rules
    }
    _ensure_lists(rows, group, wanted)


def delete_security_group(rows: Rows, security_group_id: str) -> None:
    group = rows.get("Port_Group", group_name(security_group_id))
    if group is not None:
        group.delete()


def _ensure_lists(rows: Rows, group: Row, wanted: dict[str, tuple[str, int, str, str]]) -> None:
    """Make the group's lists those wanted: rule id to (direction, priority, match, action)."""
    there = {facts(row).get(RULE_ID, str(row.uuid)): row for row in held(group, "acls")}
    missing = rows.exchange(group, "acls", there, wanted)
    for rule_id, (way, priority, condition, action) in wanted.items():
        columns: dict[str, Any] = {
            "direction": way,
            "priority": priority,
            "match": condition,
            "action": action,
        }
        if rule_id in missing:
            row = rows.insert("ACL", **columns, external_ids={RULE_ID: rule_id})
            group.addvalue("acls", row)
        else:
            rows.set(there[rule_id], **columns)


def direction(rule: RuleSpec) -> str:
    """To-lport is what the guest receives."""
    return "to-lport" if rule.direction == "ingress" else "from-lport"


def match(rule: RuleSpec, group: str) -> str:
    """The packets a rule is about, in OVN's language."""
    ip = "ip4" if rule.ethertype == "IPv4" else "ip6"
    inward = rule.direction == "ingress"
    terms = [f"{'outport' if inward else 'inport'} == @{group}", ip]
    side = f"{ip}.{'src' if inward else 'dst'}"
    if rule.remote_cidr:
        terms.append(f"{side} == {rule.remote_cidr}")
    if rule.remote_group_id:
        terms.append(f"{side} == ${group_name(rule.remote_group_id)}_{ip}")
    if rule.remote_address_group_id:
        terms.append(f"{side} == ${set_name(rule.remote_address_group_id, ip)}")
    return " && ".join([*terms, *protocol_terms(rule, ip)])


def protocol_terms(rule: RuleSpec, ip: str) -> list[str]:
    """The terms for protocol and ports; ip: ip4 or ip6."""
    if rule.protocol is None or rule.protocol in ("any", "0"):
        return []
    name = NAMES.get(rule.protocol, rule.protocol)
    if name in ICMP:
        icmp = "icmp4" if ip == "ip4" else "icmp6"
        kinds = [("type", rule.port_min), ("code", rule.port_max)]
        return [icmp, *(f"{icmp}.{word} == {n}" for word, n in kinds if n is not None)]
    if name not in ("tcp", "udp", "sctp"):
        return [f"ip.proto == {PROTOCOL_NUMBERS.get(name, name)}"]
    low, high = rule.port_min, rule.port_max
    if low is not None and low == high:
        return [name, f"{name}.dst == {low}"]
    bounds = [(">=", low), ("<=", high)]
    return [name, *(f"{name}.dst {sign} {n}" for sign, n in bounds if n is not None)]
