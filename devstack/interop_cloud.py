"""What the suites need of a cloud beside what devstack/up made: its facts, found or created."""

import configparser
import dataclasses
from typing import Any

from devstack import clouds, interop_web, recipes
from devstack.instance import Instance
from devstack.progress import Failed

ROLES = ("member", "reader", "manager", "heat_stack_owner")
FLAVORS = {"suite-small": (1, 128, 1), "suite-large": (1, 192, 1)}  # vCPUs, MiB, GiB
IMAGES = {"kvm": "tiny-kvm", "container": "tiny-container"}
WEB_IMAGE = next(one.path for one in recipes.RECIPES if one.name == IMAGES["kvm"])
SHARED = "multiattach"  # the type of volumes that several servers may have
STACKS = "suite-stacks"  # the project and the user of the orchestration tests
STACKS_NETWORK = {"name": "suite-stacks", "cidr": "10.99.0.0/24"}
OPERATOR: dict[str, dict[str, object]] = {
    "image": {
        "format_match": False,
        "store": "second={state_dir}/images-second",
        "store_weight": "file=1",
        "locations": True,
        "web_download_allow": f"{interop_web.ADDRESS}/32",
        "web_download_ports": ",".join(str(port) for port in interop_web.PORTS),
    },
    "identity": {
        "password_hash_rounds": 4,
        "password_history": 2,
        "lockout_failures": 2,
        "lockout_duration_s": 5,
    },
    "compute": {"vcpu_ratio": 16.0},
}


@dataclasses.dataclass(frozen=True)
class Facts:
    """What a suite is told.

    images and flavors: two each, by id and name.  web_image: where the cloud can fetch one.
    guest: the kind of the images.
    """

    auth_url: str
    region: str
    admin_password: str
    stacks_password: str
    images: tuple[tuple[str, str], tuple[str, str]]
    flavors: tuple[tuple[str, str], tuple[str, str]]
    public_network: tuple[str, str]
    extensions: tuple[str, ...]
    compute_version: str
    placement_version: str
    web_image: str
    guest: str
    format_match: bool
    compliance: bool
    hosts: int


def prepare(cloud: Instance, guest: str, web_image: str) -> Facts:
    """Create what is missing and return the facts.

    guest: `kvm` or `container`, the kind of the test images.  web_image: see Facts.
    """
    admin = clouds.connect(cloud)
    _roles(admin)
    public = _only(admin.network.networks(is_router_external=True), "external network")
    _stacks(admin, cloud, public.id)
    _types(admin)
    configured = options(cloud)
    return Facts(
        auth_url=cloud.url("identity") + "/v3",
        region=str(admin.config.get_region_name()),
        admin_password=cloud.secret("admin"),
        stacks_password=cloud.secret("demo"),
        images=_images(admin, IMAGES[guest]),
        flavors=_flavors(admin),
        public_network=(public.id, public.name),
        extensions=tuple(sorted(one.alias for one in admin.network.extensions())),
        compute_version=_newest(admin.compute),
        placement_version=_newest(admin.placement),
        web_image=web_image,
        guest=guest,
        format_match=configured.getboolean("image", "format_match", fallback=True),
        compliance=configured.getint("identity", "lockout_failures", fallback=0) == 2
        and configured.getint("identity", "password_history", fallback=0) == 2,
        hosts=sum(one.binary == "nova-compute" for one in admin.compute.services()),
    )


def options(cloud: Instance) -> configparser.RawConfigParser:
    """Return what the cloud's files say, its operator's after its own."""
    found = configparser.RawConfigParser(strict=False)
    overrides = cloud.config_file.with_suffix(".d")
    found.read([cloud.config_file, *sorted(overrides.glob("*.conf"))])
    return found


def _types(admin: Any) -> None:
    """Make the type of volumes that several servers may have."""
    if admin.block_storage.find_type(SHARED) is None:
        specs = {"multiattach": "<is> True"}
        admin.block_storage.create_type(name=SHARED, extra_specs=specs)


def _only(found: Any, what: str) -> Any:
    first = next(iter(found), None)
    if first is None:
        raise Failed(f"the cloud has no {what}")
    return first


def _newest(proxy: Any) -> str:
    """Return the highest microversion that a service claims."""
    return "{}.{}".format(*proxy.get_endpoint_data().max_microversion)


def _roles(admin: Any) -> None:
    for name in ROLES:
        if admin.identity.find_role(name) is None:
            admin.identity.create_role(name=name)


def _flavors(admin: Any) -> tuple[tuple[str, str], tuple[str, str]]:
    found = []
    for name, (vcpus, memory_mib, disk_gib) in FLAVORS.items():
        flavor = admin.compute.find_flavor(name) or admin.compute.create_flavor(
            name=name, vcpus=vcpus, ram=memory_mib, disk=disk_gib
        )
        found.append((flavor.id, name))
    return found[0], found[1]


def _images(admin: Any, name: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the test image, and a second one of the same bytes that is made when missing."""
    recipe = next(one for one in recipes.RECIPES if one.name == name)
    first = _only(admin.image.images(name=name, visibility="public"), f"image {name}")
    copy = dataclasses.replace(recipe, name=f"{name}-alt")
    second = next(iter(admin.image.images(name=copy.name, status="active")), None)
    if second is None:
        second = admin.image.create_image(
            copy.name,
            filename=str(recipe.path),
            disk_format=recipe.disk_format,
            container_format="bare",
            visibility="public",
            validate_checksum=False,
            allow_duplicates=True,
            **recipe.properties,
        )
    return (first.id, name), (second.id, copy.name)


def _stacks(admin: Any, cloud: Instance, public_id: str) -> None:
    """Make the project whose member the orchestration tests are, with a network that leads out."""
    identity, net = admin.identity, admin.network
    project = identity.find_project(STACKS) or identity.create_project(
        name=STACKS, domain_id="default"
    )
    user = identity.find_user(STACKS) or identity.create_user(
        name=STACKS, password=cloud.secret("demo"), domain_id="default"
    )
    for name in ("member", "heat_stack_owner"):
        role = identity.find_role(name, ignore_missing=False)
        identity.assign_project_role_to_user(project, user, role)
    name, own = STACKS_NETWORK["name"], {"project_id": project.id}
    if net.find_network(name, **own):
        return
    network = net.create_network(name=name, **own)
    subnet = net.create_subnet(
        name=name, network_id=network.id, ip_version=4, cidr=STACKS_NETWORK["cidr"], **own
    )
    router = net.create_router(name=name, external_gateway_info={"network_id": public_id}, **own)
    net.add_interface_to_router(router, subnet_id=subnet.id)
