"""What a server needs of a host, read from its flavor and its image."""

from collections.abc import Mapping
from typing import Any

KINDS = {"kvm": "kvm", "qemu": "kvm", "lxc": "container", "container": "container"}


def kind_of(flavor: Mapping[str, Any], image: Mapping[str, Any]) -> str:
    """Return the kind of guest: what the image says, then the flavor, then a KVM guest."""
    said = str(image.get("properties", {}).get("img_hv_type", "")).lower()
    if said in KINDS:
        return KINDS[said]
    specs = flavor.get("extra_specs", {})
    said = str(specs.get("capabilities:hypervisor_type", "")).rpartition(" ")[2].lower()
    if said in KINDS:
        return KINDS[said]
    required, _ = traits_of(flavor, image)
    return "container" if "CUSTOM_GUEST_CONTAINER" in required else "kvm"


def traits_of(
    flavor: Mapping[str, Any], image: Mapping[str, Any]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the required and the forbidden traits: `trait:<name>=required|forbidden`."""
    required: set[str] = set()
    forbidden: set[str] = set()
    for specs in (flavor.get("extra_specs", {}), image.get("properties", {})):
        for key, value in specs.items():
            if key.startswith("trait:"):
                wanted = forbidden if value == "forbidden" else required
                wanted.add(key.removeprefix("trait:"))
    return frozenset(required), frozenset(forbidden)


def resources_of(flavor: Mapping[str, Any]) -> dict[str, int]:
    """Return what the server will hold, by resource class; nothing of a class is left out."""
    disk = flavor["disk"] + flavor["ephemeral"] + -(-flavor["swap"] // 1024)
    wanted = {"VCPU": flavor["vcpus"], "MEMORY_MB": flavor["ram"], "DISK_GB": disk}
    return {name: amount for name, amount in wanted.items() if amount}
