"""What is checked about a new server at other services, before any row is written."""

import base64
import binascii
import dataclasses
import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from common import errors as roots
from common.context import RequestContext
from compute import errors
from compute.clients import ImageService, NetworkService
from compute.db.models import Flavor, Server
from compute.scheduler import request
from compute.views.projects import PASSED_ON


@dataclasses.dataclass(frozen=True)
class NicWanted:
    """One port that a new server is to have."""

    network_id: str
    network_name: str
    mtu: int
    port_id: str | None = None
    mac: str | None = None
    address: str | None = None
    tag: str | None = None


def image(images: ImageService, ctx: RequestContext, image_id: str) -> dict[str, Any]:
    """Return the facts of an image that is kept in a server's row.

    Raises ImageUnusable when the caller sees no such image, or it holds no bytes.
    """
    try:
        found = images.get(ctx, image_id)
    except roots.NotFound as error:
        raise errors.ImageUnusable(reason=f"Can not find requested image {image_id}") from error
    if found["status"] != "active":
        raise errors.ImageUnusable(reason=f"Image {image_id} is not active.")
    properties = {
        key: value
        for key, value in found.items()
        if isinstance(value, str) and key not in IMAGE_ATTRIBUTES
    }
    return {
        "id": found["id"],
        "name": found.get("name") or "",
        "disk_format": found["disk_format"] or "raw",
        "container_format": found.get("container_format") or "bare",
        "checksum": found.get("os_hash_value") or "",
        "hash_algo": found.get("os_hash_algo") or "sha512",
        "size": found.get("size") or 0,
        "virtual_size": found.get("virtual_size") or 0,
        "min_disk": found.get("min_disk") or 0,
        "min_ram": found.get("min_ram") or 0,
        "properties": properties,
    }


IMAGE_ATTRIBUTES = frozenset(
    (
        *("id", "name", "status", "visibility", "protected", "tags", "owner", "schema"),
        *("created_at", "updated_at", "self", "file", "stores", "locations", "direct_url"),
        *("checksum", "os_hash_algo", "os_hash_value", "os_hidden", "size", "virtual_size"),
        *("min_disk", "min_ram", "disk_format", "container_format"),
    )
)


def files(given: Sequence[Mapping[str, str]] | None) -> list[dict[str, str]]:
    """Return the files that a guest is to have, as a server's row keeps them.

    Raises BadRequest for contents that are no base 64, Forbidden past the limits.
    """
    wanted = [dict(one) for one in given or ()]
    if len(wanted) > PASSED_ON["injected_files"]:
        raise roots.Forbidden(reason="Personality file limit exceeded")
    for one in wanted:
        if len(one["path"].encode()) > PASSED_ON["injected_file_path_bytes"]:
            raise roots.Forbidden(reason="Personality file path exceeds maximum length")
        try:
            size = len(base64.b64decode(one["contents"], validate=True))
        except binascii.Error as error:
            raise roots.BadRequest(
                reason=f"Personality content for {one['path']} cannot be decoded"
            ) from error
        if size > PASSED_ON["injected_file_content_bytes"]:
            raise roots.Forbidden(reason="Personality file content exceeds maximum length")
    return wanted


def canonical_ipv6(given: str | None) -> str:
    """Return an IPv6 address in its shortest form, or nothing.  Raises BadRequest."""
    if not given:
        return ""
    try:
        return str(ipaddress.IPv6Address(given))
    except ValueError as error:
        raise roots.BadRequest(reason=f"{given!r} is not an IPv6 address.") from error


def image_fits(wanted: Mapping[str, Any], flavor: Flavor | Server) -> None:
    """Return when a server of this flavor can hold the image.  Raises ImageUnusable."""
    if flavor.memory_mib < wanted["min_ram"]:
        raise errors.ImageUnusable(
            reason=f"Flavor's memory is too small for requested image: it has "
            f"{flavor.memory_mib} MiB, the image needs {wanted['min_ram']}."
        )
    if not flavor.disk_gib:
        return
    needed = max(wanted["size"], wanted["virtual_size"])
    if needed > flavor.disk_gib * 1024**3:
        raise errors.ImageUnusable(
            reason=f"Flavor's disk is too small for requested image. Flavor disk is "
            f"{flavor.disk_gib * 1024**3} bytes, image is {needed} bytes."
        )
    if flavor.disk_gib < wanted["min_disk"]:
        raise errors.ImageUnusable(
            reason=f"The size of disk is smaller than the minimum size specified in image "
            f"metadata. Flavor disk is {flavor.disk_gib} GiB, minimum is {wanted['min_disk']}."
        )


def disks_fit(image: Mapping[str, Any], flavor: Mapping[str, Any]) -> None:
    """Return when the kind of guest can have the flavor's further disks.  Raises ImageUnusable."""
    more = flavor["ephemeral"] or flavor["swap"]
    if more and request.kind_of(flavor, image) == "container":
        raise errors.ImageUnusable(
            reason="A container has neither ephemeral disk nor swap of its own; a flavor without "
            "them works."
        )


def networks(
    network: NetworkService, ctx: RequestContext, asked: Sequence[Mapping[str, Any]] | str | None
) -> list[NicWanted]:
    """Return the ports that were asked for, or the one on the project's only network.

    asked: the request's list, `auto`, `none`, or None when nothing was said.
    Raises BadRequest for what does not exist, PortInUse, AmbiguousNetwork.
    """
    if asked == "none":
        return []
    if isinstance(asked, list) and asked:
        return _given(network, ctx, asked)
    seen = [one for one in network.networks(ctx) if _usable(one, ctx)]
    if len(seen) > 1:
        raise errors.AmbiguousNetwork()
    if not seen and asked == "auto":
        raise roots.BadRequest(
            reason="Unable to automatically allocate a network: the project has none."
        )
    return [NicWanted(one["id"], one["name"], one.get("mtu") or 1500) for one in seen]


def _usable(one: Mapping[str, Any], ctx: RequestContext) -> bool:
    own = one.get("project_id", one.get("tenant_id")) == ctx.project_id
    return own or (bool(one.get("shared")) and not one.get("router:external"))


def _given(
    network: NetworkService, ctx: RequestContext, asked: Sequence[Mapping[str, Any]]
) -> list[NicWanted]:
    ports = {one["port"]: _port(network, ctx, one["port"]) for one in asked if one.get("port")}
    ids = []
    for one in asked:
        wanted = ports[one["port"]]["network_id"] if one.get("port") else one.get("uuid")
        if wanted is None:
            raise roots.BadRequest(reason="Bad network format: missing 'uuid'")
        ids.append(wanted)
    known = {one["id"]: one for one in network.networks(ctx, sorted(set(ids)))}
    found = []
    for one, network_id in zip(asked, ids, strict=True):
        if network_id not in known:
            raise roots.BadRequest(reason=f"Network {network_id} could not be found.")
        net = known[network_id]
        port = ports.get(one.get("port"), {})
        if not port and not net.get("subnets", True):
            raise roots.BadRequest(
                reason=f"Network {network_id} requires a subnet in order to boot instances on."
            )
        found.append(
            NicWanted(
                network_id=network_id,
                network_name=net["name"],
                mtu=net.get("mtu") or 1500,
                port_id=port.get("id"),
                mac=port.get("mac_address"),
                address=None if port else one.get("fixed_ip"),
                tag=one.get("tag"),
            )
        )
    return found


def _port(network: NetworkService, ctx: RequestContext, port_id: str) -> dict[str, Any]:
    port = network.port(ctx, port_id)
    # Who owns a network sees the ports of others on it, too.
    if port is None or (port.get("project_id") != ctx.project_id and not ctx.is_admin):
        raise roots.BadRequest(reason=f"Port {port_id} could not be found.")
    if port.get("device_id"):
        raise errors.PortInUse(port_id=port_id)
    return port


def security_groups(
    network: NetworkService, ctx: RequestContext, names: Sequence[str]
) -> list[dict[str, str]]:
    """Return name and id of each group; nothing when only the default one was asked for.

    names: names or ids.  Raises BadRequest for one that does not exist, or is not the only one.
    """
    wanted = list(dict.fromkeys(names))
    if not wanted or wanted == ["default"]:
        return []
    seen = network.security_groups(ctx, ctx.project_id)
    found = []
    for name in wanted:
        matching = [one for one in seen if name in (one["id"], one["name"])]
        if not matching:
            raise roots.BadRequest(reason=f"Unable to find security_group with name or id '{name}'")
        if len(matching) > 1:
            raise roots.Conflict(
                reason=f"Multiple security_group matches found for name '{name}', use an ID."
            )
        found.append({"id": matching[0]["id"], "name": matching[0]["name"]})
    return found
