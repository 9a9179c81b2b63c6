"""What a new cloud holds: a member with a project, flavors, a public network, images.

All through the public client, as the administrator; whatever is there already is left alone.
"""

import ipaddress
import time
from typing import Any

from devstack import clouds, recipes
from devstack.instance import Instance
from devstack.progress import Failed, Progress

FLAVORS = {
    "tiny": (1, 128, 1),
    "small": (1, 512, 5),
    "medium": (2, 2048, 20),
    "large": (4, 4096, 40),
}
PUBLIC = "public"
MEMBER = "demo"
HOST_TIMEOUT_S = 30


def create(cloud: Instance, progress: Progress) -> None:
    """Create what is missing."""
    admin = clouds.connect(cloud)
    with progress.step("project, flavors and the public network are there"):
        member(admin, cloud.secret(MEMBER))
        flavors(admin)
        public_network(admin, cloud.public_cidr)
    with progress.step("this machine has reported itself as a compute host"):
        await_host(admin)
    for recipe in recipes.RECIPES:
        if not offered(admin, recipe):
            with progress.step(f"image {recipe.name} is uploaded"):
                upload(admin, recipe)


def await_host(admin: Any) -> None:
    """Return once a host has reported that it can carry servers.  Raises Failed."""
    deadline = time.monotonic() + HOST_TIMEOUT_S
    while not any(
        service.binary == "nova-compute" and service.state == "up"
        for service in admin.compute.services()
    ):
        if time.monotonic() > deadline:
            raise Failed(f"no compute host reported itself within {HOST_TIMEOUT_S} s")
        time.sleep(0.1)


def member(admin: Any, password: str) -> None:
    """Create the demo project and an ordinary member of it."""
    project = admin.identity.find_project(MEMBER, domain_id="default")
    project = project or admin.identity.create_project(name=MEMBER, domain_id="default")
    user = admin.identity.find_user(MEMBER, domain_id="default")
    if user is None:
        user = admin.identity.create_user(name=MEMBER, password=password, domain_id="default")
    role = admin.identity.find_role("member", ignore_missing=False)
    admin.identity.assign_project_role_to_user(project, user, role)


def flavors(admin: Any) -> None:
    """Create the flavors."""
    there = {flavor.name for flavor in admin.compute.flavors(details=False)}
    for name, (vcpus, memory_mib, disk_gib) in FLAVORS.items():
        if name not in there:
            admin.compute.create_flavor(name=name, vcpus=vcpus, ram=memory_mib, disk=disk_gib)


def public_network(admin: Any, cidr: str) -> None:
    """Create the external network that floating addresses come from."""
    network = admin.network.find_network(PUBLIC)
    if network is None:
        network = admin.network.create_network(
            name=PUBLIC,
            is_router_external=True,
            provider_network_type="flat",
            provider_physical_network="physnet1",
        )
    if not list(admin.network.subnets(network_id=network.id)):
        addresses = ipaddress.IPv4Network(cidr)
        admin.network.create_subnet(
            name=f"{PUBLIC}-subnet",
            network_id=network.id,
            ip_version=4,
            cidr=cidr,
            gateway_ip=str(addresses[1]),
            is_dhcp_enabled=False,
            allocation_pools=[{"start": str(addresses[10]), "end": str(addresses[-6])}],
        )


def offered(admin: Any, recipe: recipes.Recipe) -> bool:
    """Tell whether the image is there; one whose upload was cut off is removed first."""
    found = list(admin.image.images(name=recipe.name, visibility="public"))
    for image in found:
        if image.status != "active":
            admin.image.delete_image(image)
    return any(image.status == "active" for image in found)


def upload(admin: Any, recipe: recipes.Recipe) -> None:
    """Create one public image from its file."""
    image = admin.image.create_image(
        recipe.name,
        filename=str(recipe.path),
        disk_format=recipe.disk_format,
        container_format="bare",
        visibility="public",
        min_disk=recipe.min_disk_gib,
        min_ram=recipe.min_ram_mib,
        validate_checksum=False,
        allow_duplicates=True,
        **recipe.properties,
    )
    status = admin.image.get_image(image.id).status
    if status != "active":
        raise Failed(f"image {recipe.name} is {status} after its upload")
