"""Servers as the Compute API shows them."""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from common.clock import iso, iso_micro
from compute import states
from compute.db.models import BlockDevice, Fault, Nic, Server

Version = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Viewer:
    """For whom: at which microversion, under which address, and whether hosts are shown."""

    version: Version
    base: str
    sees_hosts: bool = False


@dataclasses.dataclass(frozen=True)
class Parts:
    """What belongs to a server, beside its row.  floating: by port id."""

    nics: Sequence[Nic] = ()
    volumes: Sequence[BlockDevice] = ()
    tags: Sequence[str] = ()
    fault: Fault | None = None
    floating: Mapping[str, Sequence[Mapping[str, Any]]] = dataclasses.field(default_factory=dict)
    host_up: bool = True
    host_enabled: bool = True


IMAGE_WORDS = ("hw_", "os_", "img_", "architecture", "hypervisor_type", "vm_mode")
"""How the names of those properties begin that mean something to compute."""
NO_GROUP = {"id": "", "name": ""}
"""Stands alone in a server's row once the last group was taken from its ports."""


def links(viewer: Viewer, server_id: str) -> list[dict[str, str]]:
    """Return the self and bookmark links."""
    return [
        {"rel": "self", "href": f"{viewer.base}/v2.1/servers/{server_id}"},
        {"rel": "bookmark", "href": f"{viewer.base}/servers/{server_id}"},
    ]


def created(viewer: Viewer, server: Server, admin_pass: str) -> dict[str, Any]:
    """Return the answer to POST /servers."""
    return {
        "server": {
            "id": server.id,
            "links": links(viewer, server.id),
            "OS-DCF:diskConfig": server.disk_config,
            "security_groups": [{"name": name} for name in group_names(server)],
            "adminPass": admin_pass,
        }
    }


def brief(viewer: Viewer, server: Server) -> dict[str, Any]:
    """Return a server's entry in the short list."""
    return {"id": server.id, "name": server.name, "links": links(viewer, server.id)}


def group_names(server: Server) -> list[str]:
    """Return the names of its security groups.  Where none was asked for, it is the default one."""
    if not server.security_groups:
        return ["default"]
    return [group["name"] for group in server.security_groups if group["name"]]


def detail(viewer: Viewer, server: Server, parts: Parts, *, listed: bool = False) -> dict[str, Any]:
    """Return all that a server shows at the viewer's microversion.

    listed: in a list, which leaves server_groups out.
    """
    found = basic(viewer, server, parts) | _extended(viewer, server, parts)
    if viewer.sees_hosts:
        found |= _hosts(viewer, server, parts)
    version = viewer.version
    if version >= (2, 71) and not listed:
        found["server_groups"] = [server.group_id] if server.group_id else []
    if version >= (2, 90):
        found["OS-EXT-SRV-ATTR:hostname"] = server.hostname
    if version >= (2, 96):
        found["pinned_availability_zone"] = server.zone_wanted
    if version >= (2, 100):
        found["scheduler_hints"] = server.hints
    return found


def basic(viewer: Viewer, server: Server, parts: Parts) -> dict[str, Any]:
    """Return what PUT answered with before 2.75, and every other answer too."""
    status = states.shown_status(server.status, server.task_state)
    found: dict[str, Any] = {
        "id": server.id,
        "name": server.name,
        "status": status,
        "tenant_id": server.project_id,
        "user_id": server.user_id,
        "metadata": server.details,
        "hostId": host_id(server),
        "image": _image(viewer, server),
        "flavor": _flavor(viewer, server),
        "created": iso(server.created_at),
        "updated": iso(server.updated_at),
        "addresses": addresses(parts),
        "accessIPv4": server.access_ip_v4,
        "accessIPv6": server.access_ip_v6,
        "links": links(viewer, server.id),
        "OS-DCF:diskConfig": server.disk_config,
    }
    if server.status == states.ERROR:
        if parts.fault is not None:
            found["fault"] = _fault(viewer, parts.fault)
    elif server.status in (states.BUILDING, states.ACTIVE):
        found["progress"] = 0 if server.status == states.BUILDING else 100
    return found | _since(viewer.version, server, parts)


def changed(viewer: Viewer, server: Server, parts: Parts) -> dict[str, Any]:
    """Return what PUT answers with: little before 2.75, and all from then on."""
    if viewer.version >= (2, 75):
        return detail(viewer, server, parts)
    found = basic(viewer, server, parts)
    found["addresses"] = plain_addresses(parts)
    if viewer.version >= (2, 71):
        found["server_groups"] = [server.group_id] if server.group_id else []
    return found


def rebuilt(viewer: Viewer, server: Server, parts: Parts, admin_pass: str) -> dict[str, Any]:
    """Return what the action rebuild answers with."""
    found = changed(viewer, server, parts) | {"adminPass": admin_pass}
    if viewer.version >= (2, 54):
        found["key_name"] = server.key_name
    if viewer.version >= (2, 57):
        found.pop("OS-EXT-SRV-ATTR:user_data", None)
        found["user_data"] = server.user_data
    return found


def _since(version: Version, server: Server, parts: Parts) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if version >= (2, 9):
        found["locked"] = server.locked
    if version >= (2, 19):
        found["description"] = server.description
    if version >= (2, 26):
        found["tags"] = list(parts.tags)
    if version >= (2, 63):
        found["trusted_image_certificates"] = None
    if version >= (2, 73):
        found["locked_reason"] = server.locked_reason
    return found


def _extended(viewer: Viewer, server: Server, parts: Parts) -> dict[str, Any]:
    found: dict[str, Any] = {
        "OS-EXT-AZ:availability_zone": server.zone,
        "config_drive": "True" if server.config_drive else "",
        "key_name": server.key_name,
        "OS-SRV-USG:launched_at": _micro(server.launched_at),
        "OS-SRV-USG:terminated_at": _micro(server.deleted_at),
        "OS-EXT-STS:task_state": server.task_state,
        "OS-EXT-STS:vm_state": states.VM_STATE[server.status],
        "OS-EXT-STS:power_state": states.power_state(server.status),
        "os-extended-volumes:volumes_attached": _volumes(viewer, parts),
    }
    groups = group_names(server) if parts.nics or server.status == states.BUILDING else []
    if groups:
        found["security_groups"] = [{"name": name} for name in groups]
    return found


def _volumes(viewer: Viewer, parts: Parts) -> list[dict[str, Any]]:
    found = []
    for row in parts.volumes:
        one: dict[str, Any] = {"id": row.volume_id}
        if viewer.version >= (2, 3):
            one["delete_on_termination"] = row.delete_on_termination
        found.append(one)
    return found


def _hosts(viewer: Viewer, server: Server, parts: Parts) -> dict[str, Any]:
    found: dict[str, Any] = {
        "OS-EXT-SRV-ATTR:host": server.host,
        "OS-EXT-SRV-ATTR:instance_name": f"instance-{server.id[:8]}",
        "OS-EXT-SRV-ATTR:hypervisor_hostname": server.host,
    }
    if viewer.version >= (2, 3):
        found |= {
            "OS-EXT-SRV-ATTR:reservation_id": server.reservation_id,
            "OS-EXT-SRV-ATTR:launch_index": server.launch_index,
            "OS-EXT-SRV-ATTR:hostname": server.hostname,
            "OS-EXT-SRV-ATTR:kernel_id": "",
            "OS-EXT-SRV-ATTR:ramdisk_id": "",
            "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda",
            "OS-EXT-SRV-ATTR:user_data": server.user_data,
        }
    if viewer.version >= (2, 16):
        found["host_status"] = _host_status(server, parts)
    return found


def _host_status(server: Server, parts: Parts) -> str:
    if server.host is None:
        return ""
    if not parts.host_enabled:
        return "MAINTENANCE"
    return "UP" if parts.host_up else "DOWN"


def _micro(moment: Any) -> str | None:
    text = iso_micro(moment)
    return None if text is None else text.removesuffix("Z")


def host_id(server: Server) -> str:
    """Return a mark by which a project tells its hosts apart without knowing them."""
    if not server.host:
        return ""
    return hashlib.sha224(f"{server.project_id}{server.host}".encode()).hexdigest()


def _image(viewer: Viewer, server: Server) -> Any:
    if not server.image_id:
        return ""
    href = f"{viewer.base}/images/{server.image_id}"
    found: dict[str, Any] = {
        "id": server.image_id,
        "links": [{"rel": "bookmark", "href": href}],
    }
    if viewer.version >= (2, 98):
        properties = server.image.get("properties", {})
        found["properties"] = {
            key: value for key, value in properties.items() if key.startswith(IMAGE_WORDS)
        }
    return found


def _flavor(viewer: Viewer, server: Server) -> dict[str, Any]:
    flavor = server.flavor
    if viewer.version < (2, 47):
        href = f"{viewer.base}/flavors/{flavor['id']}"
        return {"id": flavor["id"], "links": [{"rel": "bookmark", "href": href}]}
    return {
        "vcpus": flavor["vcpus"],
        "ram": flavor["ram"],
        "disk": flavor["disk"],
        "ephemeral": flavor["ephemeral"],
        "swap": flavor["swap"],
        "original_name": flavor["name"],
        "extra_specs": flavor["extra_specs"],
    }


def _fault(viewer: Viewer, fault: Fault) -> dict[str, Any]:
    return {"code": fault.code, "created": iso(fault.created_at), "message": fault.message}


def addresses(parts: Parts) -> dict[str, list[dict[str, Any]]]:
    """Return the addresses by network name: fixed ones from our rows, floating ones beside."""
    found: dict[str, list[dict[str, Any]]] = {}
    for nic in parts.nics:
        entries = found.setdefault(nic.network_name, []) if nic.addresses else []
        for one in nic.addresses:
            entries.append(_entry(one["address"], "fixed", nic.mac))
        for floating in parts.floating.get(nic.port_id or "", ()):
            entries.append(_entry(floating["floating_ip_address"], "floating", nic.mac))
    return found


def plain_addresses(parts: Parts) -> dict[str, list[dict[str, Any]]]:
    """Return the addresses by network name, without kind and MAC."""
    return {
        name: [{"addr": one["addr"], "version": one["version"]} for one in entries]
        for name, entries in addresses(parts).items()
    }


def _entry(address: str, kind: str, mac: str | None) -> dict[str, Any]:
    return {
        "addr": address,
        "version": 6 if ":" in address else 4,
        "OS-EXT-IPS:type": kind,
        "OS-EXT-IPS-MAC:mac_addr": mac,
    }
