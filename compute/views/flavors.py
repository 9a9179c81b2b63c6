"""Flavors as the Compute API shows them."""

from typing import Any

from compute.db.models import Flavor

Version = tuple[int, int]


def links(base: str, flavor_id: str) -> list[dict[str, str]]:
    """Return the self and bookmark links."""
    return [
        {"rel": "self", "href": f"{base}/v2.1/flavors/{flavor_id}"},
        {"rel": "bookmark", "href": f"{base}/flavors/{flavor_id}"},
    ]


def brief(base: str, version: Version, flavor: Flavor) -> dict[str, Any]:
    """Return a flavor's entry in the short list."""
    found: dict[str, Any] = {
        "id": flavor.id,
        "name": flavor.name,
        "links": links(base, flavor.id),
    }
    if version >= (2, 55):
        found["description"] = flavor.description
    return found


def detail(base: str, version: Version, flavor: Flavor) -> dict[str, Any]:
    """Return all of a flavor."""
    swap: Any = flavor.swap_mib or ("" if version < (2, 75) else 0)
    found = brief(base, version, flavor) | {
        "ram": flavor.memory_mib,
        "disk": flavor.disk_gib,
        "vcpus": flavor.vcpus,
        "swap": swap,
        "OS-FLV-EXT-DATA:ephemeral": flavor.ephemeral_gib,
        "os-flavor-access:is_public": flavor.is_public,
    }
    if version < (2, 102):
        found |= {"OS-FLV-DISABLED:disabled": flavor.disabled, "rxtx_factor": flavor.rxtx_factor}
    if version >= (2, 61):
        found["extra_specs"] = flavor.extra_specs
    return found


def access(flavor_id: str, projects: list[str]) -> dict[str, Any]:
    """Return who may use a flavor."""
    return {"flavor_access": [{"flavor_id": flavor_id, "tenant_id": one} for one in projects]}
