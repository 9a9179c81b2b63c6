"""The seed's files, as pure functions of the facts about a server.

Source: the OpenStack metadata layout that cloud-init's ConfigDrive and OpenStack sources read,
and the EC2 layout.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

OPENSTACK_VERSIONS = (
    "2012-08-10",
    "2013-04-04",
    "2013-10-17",
    "2015-10-15",
    "2016-06-30",
    "2016-10-06",
    "2017-02-22",
    "2018-08-27",
    "2020-10-14",
    "latest",
)
DOMAIN = "novalocal"
EC2_VERSIONS = ("1.0", "2007-01-19", "2008-02-01", "2009-04-04", "latest")


def config_drive(facts: Mapping[str, Any], nics: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """Return all files by their path on the drive.

    facts: id, name, hostname, project_id, zone, key_name, public_key, user_data (base64 or None),
    details (metadata), launch_index, reservation_id, admin_pass, flavor, image_id, groups,
    disks (the tagged volumes: volume_id, device, tag).
    """
    found: dict[str, bytes] = {}
    for version in OPENSTACK_VERSIONS[-2:]:
        for name, content in openstack(facts, nics).items():
            found[f"openstack/{version}/{name}"] = content
    for name, content in contents(facts).items():
        found[f"openstack/content/{name}"] = content
    for version in EC2_VERSIONS[-2:]:
        found[f"ec2/{version}/meta-data.json"] = _json(ec2(facts, nics))
        user_data = user_data_of(facts)
        if user_data is not None:
            found[f"ec2/{version}/user-data"] = user_data
    return found


def openstack(facts: Mapping[str, Any], nics: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """Return the files of one version of the OpenStack layout, by name."""
    found = {
        "meta_data.json": _json(meta_data(facts, nics)),
        "network_data.json": _json(network_data(nics)),
        "vendor_data.json": _json({}),
        "vendor_data2.json": _json({}),
    }
    user_data = user_data_of(facts)
    if user_data is not None:
        found["user_data"] = user_data
    return found


def contents(facts: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files that the owner wants in the guest, by the names they have here."""
    return {
        f"{number:04}": base64.b64decode(one["contents"])
        for number, one in enumerate(facts.get("files") or ())
    }


def full_name(facts: Mapping[str, Any]) -> str:
    """Return a server's host name with the domain that Nova's metadata gives it."""
    return f"{facts['hostname']}.{DOMAIN}"


def user_data_of(facts: Mapping[str, Any]) -> bytes | None:
    """Return the user data as the guest gets it, or None."""
    given = facts.get("user_data")
    return base64.b64decode(given) if given else None


def meta_data(facts: Mapping[str, Any], nics: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what meta_data.json says; of devices, those that were given a tag."""
    found: dict[str, Any] = {
        "uuid": facts["id"],
        "name": facts["name"],
        "hostname": full_name(facts),
        "project_id": facts["project_id"],
        "availability_zone": facts["zone"],
        "launch_index": facts["launch_index"],
        "meta": facts["details"],
        "random_seed": facts.get("random_seed", ""),
        "devices": [
            *[_device(nic) for nic in nics if nic.get("tag")],
            *[_disk(disk) for disk in facts.get("disks") or ()],
        ],
        "dedicated_cpus": [],
    }
    if facts.get("admin_pass"):
        found["admin_pass"] = facts["admin_pass"]
    if facts.get("files"):
        found["files"] = [
            {"path": one["path"], "content_path": f"/content/{number:04}"}
            for number, one in enumerate(facts["files"])
        ]
    if facts.get("public_key"):
        name, key = facts["key_name"], facts["public_key"]
        found["public_keys"] = {name: key}
        found["keys"] = [{"name": name, "type": "ssh", "data": key}]
    return found


def _device(nic: Mapping[str, Any]) -> dict[str, Any]:
    """Return a tagged port as a device; what is not known of its place on a bus is `none`."""
    return {
        "type": "nic",
        "bus": "none",
        "address": "none",
        "mac": nic["mac"],
        "tags": [nic["tag"]],
    }


def _disk(disk: Mapping[str, Any]) -> dict[str, Any]:
    """Return a tagged volume as a device: found in the guest by its serial."""
    return {
        "type": "disk",
        "bus": "none",
        "address": "none",
        "serial": disk["volume_id"],
        "path": disk["device"],
        "tags": [disk["tag"]],
    }


def network_data(nics: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what network_data.json says: one link a port, one network an address."""
    links, networks, services = [], [], []
    for number, nic in enumerate(nics):
        link_id = f"tap{nic['port_id'][:11]}"
        links.append(
            {
                "id": link_id,
                "type": "ovs",
                "vif_id": nic["port_id"],
                "ethernet_mac_address": nic["mac"],
                "mtu": nic["mtu"],
            }
        )
        for position, address in enumerate(nic["addresses"]):
            networks.append(_network(f"network{number}-{position}", link_id, nic, address))
            for server in address["dns_servers"]:
                entry = {"type": "dns", "address": server}
                if entry not in services:
                    services.append(entry)
    return {"links": links, "networks": networks, "services": services}


def _network(
    name: str, link: str, nic: Mapping[str, Any], address: Mapping[str, Any]
) -> dict[str, Any]:
    six = ":" in address["address"]
    routes = [_route(*pair) for pair in address["routes"]]
    if address["gateway"]:
        routes.insert(0, _route("::/0" if six else "0.0.0.0/0", address["gateway"]))
    found: dict[str, Any] = {
        "id": name,
        "type": "ipv6" if six else "ipv4",
        "link": link,
        "network_id": nic["network_id"],
        "ip_address": address["address"],
        "netmask": _netmask(address["prefix_length"], six),
        "routes": routes,
    }
    if address["dns_servers"]:
        found["services"] = [{"type": "dns", "address": one} for one in address["dns_servers"]]
    return found


def _route(destination: str, gateway: str) -> dict[str, str]:
    network, _, length = destination.partition("/")
    six = ":" in network
    return {
        "network": network,
        "netmask": _netmask(int(length or (128 if six else 32)), six),
        "gateway": gateway,
    }


def _netmask(prefix_length: int, six: bool) -> str:
    width = 128 if six else 32
    bits = ((1 << prefix_length) - 1) << (width - prefix_length)
    if six:
        text = f"{bits:032x}"
        return ":".join(text[n : n + 4] for n in range(0, 32, 4))
    return ".".join(str(bits >> shift & 255) for shift in (24, 16, 8, 0))


def ec2(facts: Mapping[str, Any], nics: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the EC2 tree: a nested dict whose leaves are text."""
    addresses = [
        one["address"] for nic in nics for one in nic["addresses"] if ":" not in one["address"]
    ]
    short = f"i-{facts['id'].replace('-', '')[:8]}"
    tree: dict[str, Any] = {
        "ami-id": f"ami-{str(facts.get('image_id') or '').replace('-', '')[:8]}",
        "ami-launch-index": str(facts["launch_index"]),
        "block-device-mapping": {"ami": "vda", "root": "/dev/vda"},
        "hostname": full_name(facts),
        "instance-action": "none",
        "instance-id": short,
        "instance-type": facts["flavor"],
        "local-hostname": full_name(facts),
        "local-ipv4": addresses[0] if addresses else "",
        "placement": {"availability-zone": facts["zone"]},
        "public-hostname": full_name(facts),
        "public-ipv4": facts.get("public_ipv4", ""),
        "reservation-id": facts["reservation_id"],
        "security-groups": "\n".join(facts.get("groups", [])),
    }
    if facts.get("public_key"):
        tree["public-keys"] = {f"0={facts['key_name']}": {"openssh-key": facts["public_key"]}}
    return tree


def _json(document: Any) -> bytes:
    return json.dumps(document, sort_keys=True).encode()
